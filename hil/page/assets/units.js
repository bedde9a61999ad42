/** Numbers from SI to what people read. */

/** unit -> [factor, offset]: SI value = factor * value + offset; one that is not here is its own SI unit. */
const UNITS = {
  "-": [1, 0], "%": [0.01, 0], K: [1, 0], degC: [1, 273.15], W: [1, 0], kW: [1e3, 0], MW: [1e6, 0],
  J: [1, 0], Wh: [3600, 0], kWh: [3.6e6, 0], MWh: [3.6e9, 0], GWh: [3.6e12, 0], "kg/s": [1, 0],
  Pa: [1, 0], kPa: [1e3, 0], bar: [1e5, 0], mbar: [1e2, 0], MPa: [1e6, 0], s: [1, 0], min: [60, 0], h: [3600, 0],
};

const SHOWN = { degC: "°C", "-": "", "1": "", m3: "m³", "m3/h": "m³/h", "m3/s": "m³/s", "1/min": "min⁻¹" };

/** What is shown where nobody chose a unit. */
const USUAL = { K: "degC", Pa: "kPa", W: "kW", J: "MWh" };

const DECIMALS = { degC: 1, K: 2, "%": 0, kPa: 1, bar: 2, "kg/s": 1, MW: 2, kW: 0, W: 0, MWh: 1, GWh: 2, "-": 2 };

/**
 * Unit that a key `PART.VARIABLE:kind` is shown in.
 * @param {{signals: Record<string, {unit: string}>, keys: Record<string, string>, commands?: Record<string, unknown>}} site
 * @param {string} key
 */
export function unitOf(site, key) {
  const [name, kind] = split(key);
  const signal = site.signals[name];
  if (kind === "band") return differenceUnit(signal ? signal.unit : usual(site.keys[key] ?? "-"));
  if (signal) return signal.unit;
  const si = site.keys[key] ?? site.keys[`${name}:measured`] ?? "-";
  return kind === "command" && si === "-" ? "%" : usual(si);
}

/**
 * `PART.VARIABLE:kind` in two.
 * @param {string} key
 * @returns {[string, string]}
 */
export function split(key) {
  const at = key.lastIndexOf(":");
  return at < 0 ? [key, "measured"] : [key.slice(0, at), key.slice(at + 1)];
}

/**
 * Unit in which a difference of two such values is shown: kelvin for degrees.
 * @param {string} unit
 */
export function differenceUnit(unit) {
  return unit === "degC" ? "K" : unit;
}

/**
 * A value in SI as one in `unit`; null stays null.
 * @param {number | null | undefined} si
 * @param {string} unit
 * @returns {number | null}
 */
export function to(si, unit) {
  if (si === null || si === undefined || Number.isNaN(si)) return null;
  const [factor, offset] = UNITS[unit] ?? [1, 0];
  return (si - offset) / factor;
}

/**
 * A difference in SI as one in `unit`: no offset.
 * @param {number | null | undefined} si
 * @param {string} unit
 */
export function differenceTo(si, unit) {
  if (si === null || si === undefined || Number.isNaN(si)) return null;
  return si / (UNITS[unit] ?? [1, 0])[0];
}

/**
 * Unit that the size of a fault is told in, the same as `twin.site.amounts` has it: the site's own, a share in per cent.
 * @param {string} unit SI unit
 * @param {string | null} own unit of the signal that it is about, where it is about one
 * @param {number} size [SI]
 */
export function sizeUnit(unit, own, size) {
  if (unit === "-" && (own === null || own === "-")) return "%";
  return own ?? (unit === "W" && Math.abs(size) >= 1e6 ? "MW" : usual(unit));
}

/**
 * How people write a unit.
 * @param {string} unit
 */
export function shown(unit) {
  return SHOWN[unit] ?? unit.replace("m2", "m²").replace("m3", "m³");
}

/**
 * Decimals in which a value of that unit is read [-].
 * @param {string} unit
 * @param {number} [size] of the value; large ones need fewer
 */
export function decimals(unit, size = 0) {
  const usualOnes = DECIMALS[unit] ?? 2;
  return Math.abs(size) >= 1000 ? Math.min(usualOnes, 0) : usualOnes;
}

function usual(si) {
  return USUAL[si] ?? si;
}
