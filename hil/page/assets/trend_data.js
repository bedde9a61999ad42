/** Numbers of a trend: what is asked for, and as the chart wants them. */

import { differenceTo, differenceUnit, split, to, unitOf } from "./units.js";

const GAP = 2.6;

/**
 * Keys that must be asked for to draw `chosen`: with prediction and band where there are some.
 * @param {string[]} chosen
 * @param {Record<string, string>} known
 * @param {boolean} predicted whether predictions are wanted
 */
export function askedFor(chosen, known, predicted) {
  const all = new Set();
  for (const key of chosen) {
    if (key in known) all.add(key);
    const [name, kind] = split(key);
    if (!predicted || kind !== "measured") continue;
    for (const extra of [`${name}:predicted`, `${name}:band`]) if (extra in known) all.add(extra);
  }
  return [...all];
}

/**
 * A drawn series: where its numbers are in the columns, and how it looks.
 * @typedef {object} Drawn
 * @property {string} key
 * @property {string} name
 * @property {string} kind
 * @property {string} unit
 * @property {number} hue which of the colours, from 0
 * @property {"low" | "mean" | "high" | "lower" | "upper"} role
 */

/**
 * Columns for the chart in the units of the site; gaps get a moment without numbers, so that no line crosses them.
 * @param {any} site
 * @param {string[]} chosen
 * @param {{t: number[], series: Record<string, {low: any[], mean: any[], high: any[]}>}} told
 * @returns {{columns: (number | null)[][], drawn: Drawn[], gaps: [number, number][]}}
 */
export function columnsOf(site, chosen, told) {
  const { t, at, gaps } = withGaps(told.t);
  const columns = [t];
  const drawn = [];
  const add = (key, role, hue, unit, numbers) => {
    const [name, kind] = split(key);
    columns.push(at.map((i) => (i < 0 ? null : numbers[i])));
    drawn.push({ key, name, kind, unit, hue, role });
  };
  chosen.forEach((key, hue) => {
    const series = told.series[key];
    if (!series) return;
    const unit = unitOf(site, key);
    const convert = split(key)[1] === "band" ? (v) => differenceTo(v, differenceUnit(unit)) : (v) => to(v, unit);
    for (const role of ["low", "high", "mean"]) add(key, role, hue, unit, series[role].map(convert));
    const [name] = split(key);
    const predicted = told.series[`${name}:predicted`];
    const band = told.series[`${name}:band`];
    if (!predicted || split(key)[1] !== "measured") return;
    if (band)
      for (const [role, sign] of [["lower", -1], ["upper", 1]])
        add(`${name}:band`, role, hue, unit, predicted.mean.map((p, i) => (p === null || band.mean[i] === null ? null : to(p + sign * band.mean[i], unit))));
    add(`${name}:predicted`, "mean", hue, unit, predicted.mean.map((v) => to(v, unit)));
  });
  return { columns, drawn, gaps };
}

/** Times with one more inside every gap, and which of the told moments each is; -1 is a gap. */
function withGaps(t) {
  const step = usual(t);
  const times = [];
  const at = [];
  const gaps = [];
  t.forEach((moment, i) => {
    const before = t[i - 1];
    if (i > 0 && moment - before > GAP * step) {
      gaps.push([before + step, moment]);
      times.push(before + step);
      at.push(-1);
    }
    times.push(moment);
    at.push(i);
  });
  return { t: times, at, gaps };
}

/** The usual distance of two moments: the middle one of all. */
function usual(t) {
  if (t.length < 2) return 1;
  const steps = t.slice(1).map((moment, i) => moment - t[i]).sort((a, b) => a - b);
  return Math.max(1, steps[Math.floor(steps.length / 2)]);
}

/**
 * Signals that fit what somebody types: every word somewhere, those that begin with it first.
 * @param {{key: string, text: string}[]} all
 * @param {string} typed
 */
export function found(all, typed) {
  const wordsOf = typed.toLowerCase().split(/\s+/).filter(Boolean);
  if (!wordsOf.length) return all;
  return all
    .map((one) => ({ one, hay: `${one.text} ${one.key}`.toLowerCase() }))
    .filter(({ hay }) => wordsOf.every((word) => hay.includes(word)))
    .sort((a, b) => a.hay.indexOf(wordsOf[0]) - b.hay.indexOf(wordsOf[0]))
    .map(({ one }) => one);
}
