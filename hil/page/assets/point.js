/** What can be said of one signal at a moment: measured, predicted, residual, quality, age. */

/** Names of `twin.signals.Quality`, by number; 0 is good. */
export const QUALITIES = ["good", "not_yet", "timeout", "refused", "garbled", "out_of_range", "no_value", "link_down", "stale"];

/**
 * @typedef {object} Point
 * @property {string} name
 * @property {number | null} measured
 * @property {number | null} predicted
 * @property {number | null} residual measured less predicted
 * @property {number | null} band half-width around predicted
 * @property {number | null} share residual in bands [-]
 * @property {boolean} outside whether the residual is outside the band
 * @property {boolean} judged whether the twin judges its part now: while a plant starts, what is beyond its band says nothing
 * @property {string} quality word of QUALITIES
 * @property {boolean} good
 * @property {number | null} behindMs how far the prediction is behind
 */

/**
 * A signal at a moment.
 * @param {string} name
 * @param {any} moment as the server sends it
 * @param {{watched: Record<string, {band: number | null}>}} site
 * @returns {Point}
 */
export function point(name, moment, site) {
  const measured = moment.measured[name] ?? null;
  const predicted = moment.predicted[name] ?? null;
  const quality = QUALITIES[moment.quality[name] ?? (measured === null ? 1 : 0)] ?? "garbled";
  const band = moment.band[name] ?? site.watched[name]?.band ?? null;
  const residual = measured === null || predicted === null ? null : measured - predicted;
  const share = residual === null || !band ? null : residual / band;
  return {
    name, measured, predicted, residual, band, share, quality, good: quality === "good",
    outside: share !== null && Math.abs(share) > 1,
    judged: moment.standing?.[name.split(".")[0]] !== "not observable",
    behindMs: predicted === null ? null : Math.max(0, moment.t_ms - moment.predicted_ms),
  };
}

/**
 * One sentence of it, for who listens instead of looking.
 * @param {Point} p
 * @param {string} unit
 * @param {import("./words.js").Words} words
 */
export function sentence(p, unit, words) {
  const parts = [`${words.variable(p.name)} ${p.good ? words.quantity(p.measured, unit) : words.of("quality", p.quality)}`];
  if (p.predicted !== null) parts.push(`${words.t("point.predicted")} ${words.quantity(p.predicted, unit)}`);
  if (p.residual !== null) parts.push(`${words.t("point.residual")} ${words.difference(p.residual, unit)}`);
  if (p.outside) parts.push(words.t(p.judged ? "point.outside" : "point.unjudged"));
  return parts.join(", ");
}

/** Follows when each signal was last good, as moments pass. */
export class Ages {
  #good = new Map();

  /** @param {any} moment */
  take(moment) {
    for (const [name, quality] of Object.entries(moment.quality))
      if (quality === 0 && (this.#good.get(name) ?? -Infinity) < moment.t_ms) this.#good.set(name, moment.t_ms);
  }

  /**
   * How old the newest good value is; null when none was seen.
   * @param {string} name
   * @param {number} t
   */
  age(name, t) {
    const good = this.#good.get(name);
    return good === undefined ? null : Math.max(0, t - good);
  }

  forget() {
    this.#good.clear();
  }
}
