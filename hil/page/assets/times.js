/** Spans of time and steps through them; times are ms since 1970, of a bench ms since its run began. */

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/**
 * The calendar span in local time that a moment lies in.
 * @param {"day" | "week" | "month" | "year"} kind
 * @param {number} t
 * @param {number} [back] so many spans earlier
 * @returns {[number, number]}
 */
export function calendar(kind, t, back = 0) {
  const d = new Date(t);
  const [y, m, day] = [d.getFullYear(), d.getMonth(), d.getDate()];
  const at = (year, month, date) => new Date(year, month, date).getTime();
  switch (kind) {
    case "day":
      return [at(y, m, day - back), at(y, m, day - back + 1)];
    case "week": {
      const monday = day - ((d.getDay() + 6) % 7) - 7 * back;
      return [at(y, m, monday), at(y, m, monday + 7)];
    }
    case "month":
      return [at(y, m - back, 1), at(y, m - back + 1, 1)];
    default:
      return [at(y - back, 0, 1), at(y - back + 1, 0, 1)];
  }
}

/**
 * A span made wider or narrower around one of its moments, which stays where it is.
 * @param {[number, number]} span
 * @param {number} factor below 1: closer
 * @param {number} [around]
 * @param {{least?: number, most?: number}} [limits] [ms]
 * @returns {[number, number]}
 */
export function zoomed([from, to], factor, around = (from + to) / 2, { least = 2 * SECOND, most = 20 * 366 * DAY } = {}) {
  const width = to - from;
  const wanted = Math.min(Math.max(width * factor, least), most);
  const share = width > 0 ? (around - from) / width : 0.5;
  const start = around - share * wanted;
  return [Math.round(start), Math.round(start + wanted)];
}

/**
 * A span moved by a share of its width.
 * @param {[number, number]} span
 * @param {number} share
 * @returns {[number, number]}
 */
export function panned([from, to], share) {
  const by = Math.round((to - from) * share);
  return [from + by, to + by];
}

/**
 * Value of an `<input type="datetime-local">`.
 * @param {number} t
 */
export function toInput(t) {
  const d = new Date(t - new Date(t).getTimezoneOffset() * MINUTE);
  return d.toISOString().slice(0, 19);
}

/**
 * What `toInput` wrote; null for nothing.
 * @param {string} text
 */
export function fromInput(text) {
  const t = new Date(text).getTime();
  return Number.isNaN(t) ? null : t;
}

/**
 * A length of time in at most two units: `2 d 3 h`, `4 min 5 s`.
 * @param {number} ms
 */
export function lasting(ms) {
  const whole = Math.max(0, Math.round(ms / SECOND));
  const parts = [[Math.floor(whole / 86400), "d"], [Math.floor(whole / 3600) % 24, "h"], [Math.floor(whole / 60) % 60, "min"], [whole % 60, "s"]];
  const first = parts.findIndex(([n]) => n > 0);
  if (first < 0) return "0 s";
  return parts.slice(first, first + 2).filter(([n]) => n > 0).map(([n, unit]) => `${n} ${unit}`).join(" ");
}

/**
 * `1 d 02:03:04`, the clock of a bench.
 * @param {number} ms since the run began
 */
export function sinceStart(ms) {
  const whole = Math.floor(Math.abs(ms) / SECOND);
  const two = (n) => String(n).padStart(2, "0");
  const clock = `${two(Math.floor(whole / 3600) % 24)}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  const days = Math.floor(whole / 86400);
  return `${ms < 0 ? "−" : ""}${days ? `${days} d ` : ""}${clock}`;
}
