/** Words at the ticks of a time axis: as much of date and clock as the step needs. */

import { DAY, MINUTE, SECOND } from "./times.js";

const STEPS = [1, 2, 5, 10, 15, 30].map((n) => n * SECOND)
  .concat([1, 2, 5, 10, 15, 30].map((n) => n * MINUTE))
  .concat([1, 2, 3, 6, 12].map((n) => n * 60 * MINUTE))
  .concat([1, 2, 7, 14].map((n) => n * DAY));

/**
 * Moments to write at, on whole steps of local time; beyond weeks on firsts of months or years.
 * @param {number} from
 * @param {number} to
 * @param {number} most how many fit
 * @param {boolean} bench times without a calendar
 * @returns {number[]}
 */
export function ticks(from, to, most, bench) {
  const width = to - from;
  if (!(width > 0) || most < 1) return [];
  const step = STEPS.find((one) => width / one <= most);
  if (!step || (!bench && step > 14 * DAY)) return bench ? regular(from, to, Math.ceil(width / most / DAY) * DAY, () => 0) : months(from, to, most);
  return regular(from, to, step, bench ? () => 0 : offset);
}

/**
 * Distance of ticks; where only one fits, what two would have.
 * @param {any} plot
 * @param {number[]} splits
 */
export function stepOf(plot, splits) {
  return splits.length > 1 ? splits[1] - splits[0] : (plot.scales.x.max - plot.scales.x.min) / 2;
}

/**
 * What is written at a tick.
 * @param {import("./words.js").Words} words
 * @param {number} t
 * @param {number} step between two ticks
 */
export function tickText(words, t, step) {
  if (words.bench) return words.time(t);
  if (step >= 27 * DAY) return new Intl.DateTimeFormat(words.locale, { month: "short", year: "numeric" }).format(t);
  if (step >= DAY) return new Intl.DateTimeFormat(words.locale, { day: "numeric", month: "numeric" }).format(t);
  const clock = step >= MINUTE ? { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } : { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  const text = new Intl.DateTimeFormat(words.locale, clock).format(t);
  const midnight = new Date(t).getHours() === 0 && new Date(t).getMinutes() === 0 && step >= MINUTE;
  return midnight ? new Intl.DateTimeFormat(words.locale, { day: "numeric", month: "numeric" }).format(t) : text;
}

/** Local time less UTC at a moment. */
function offset(t) {
  return -new Date(t).getTimezoneOffset() * MINUTE;
}

/** Whole steps of local time, though clocks are changed between them. */
function regular(from, to, step, shift) {
  const found = [];
  for (let wall = Math.ceil((from + shift(from)) / step) * step; wall <= to + shift(to); wall += step) {
    const t = wall - shift(wall - shift(from));
    if (t >= from && t <= to) found.push(t);
  }
  return found;
}

function months(from, to, most) {
  const count = (to - from) / (30.44 * DAY);
  const by = [1, 2, 3, 6, 12, 24, 60].find((n) => count / n <= most) ?? 120;
  const first = new Date(from);
  const found = [];
  for (let m = Math.ceil((first.getFullYear() * 12 + first.getMonth()) / by) * by; ; m += by) {
    const t = new Date(Math.floor(m / 12), m % 12, 1).getTime();
    if (t > to) return found;
    if (t >= from) found.push(t);
  }
}
