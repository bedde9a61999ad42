/** Envelopes of a trend on a canvas that remembers what was filled. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { fillBetween, penFor } from "./assets/envelope.js";

/** A chart of 100 px a unit of time and 10 px a unit of value; y grows downwards. */
function chart(times, perUnit = 100) {
  const rects = [];
  const paths = [];
  const ctx = { fillRect: (...r) => rects.push(r), beginPath: () => paths.push([]), lineTo: (...p) => paths.at(-1).push(p), fill() {} };
  const plot = { ctx, data: [times], bbox: { width: 1000, height: 1000 }, scales: { u: { min: 0, max: 100 } }, valToPos: (v, scale) => (scale === "x" ? v * perUnit : 1000 - 10 * v) };
  return { plot, rects, paths };
}

test("narrow stretches are bars that fill each pixel once, from the lowest to the highest that lie in it", () => {
  const times = Array.from({ length: 40 }, (_, i) => i * 0.4);
  const { plot, rects } = chart(times, 1);
  const low = times.map((_, i) => 10 + (i % 5));
  fillBetween(plot, "u", low, low.map((v) => v + 1), "#123");
  const covered = rects.flatMap(([left, , width]) => Array.from({ length: width }, (_, i) => left + i));
  assert.deepEqual(covered, [...new Set(covered)].sort((a, b) => a - b), "no pixel twice");
  assert.equal(covered.length, 16);
  // the first pixel has the stretches 0, 1 and 2: from 10 to 13
  assert.deepEqual(rects[0], [0, 1000 - 130, 1, 30]);
});

test("wide stretches are joined by slopes, and nothing is filled where a value is missing", () => {
  const { plot, rects, paths } = chart([0, 1, 2, 3, 4]);
  fillBetween(plot, "u", [1, 2, null, 4, 5], [2, 3, 4, 5, 6], "#123");
  assert.equal(rects.length, 0);
  assert.deepEqual(paths.map((path) => path.length), [4, 4]);
  assert.deepEqual(paths[0], [[0, 980], [100, 970], [100, 980], [0, 990]]);
});

test("a line that goes up and down all over the chart is thin and whole, any other as it was wanted", () => {
  const wanted = { width: 1.2, dash: [6, 4] };
  const { plot } = chart([]);
  const wave = (height) => Array.from({ length: 200 }, (_, i) => (i % 2 ? height : 0));
  assert.equal(penFor(plot, "u", wave(2), wanted), wanted);
  assert.deepEqual(penFor(plot, "u", wave(20), wanted), { width: 1, dash: [] });
  assert.equal(penFor(plot, "u", wave(20).map((v, i) => (i % 3 ? null : v)), wanted), wanted, "gaps are no way");
});
