/**
 * Where boxes and pipes of a plant go. Works along a main axis `u` (ranks) and a cross axis `v`;
 * a wide page has u to the right, a narrow one has u downwards and a rank for each part.
 */

import { ranks } from "./plant_graph.js";

/**
 * @typedef {object} Box
 * @property {string} name
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 * @property {{left: boolean, right: boolean}} open where pipes come in at the sides
 */

const WIDE = { box: 330, mostBox: 430, gap: 150, mostGap: 250, track: 16, lane: 26, between: 28, margin: 4, port: 80, step: 42 };
const NARROW = { gap: 66, track: 9, lane: 10, between: 0, margin: 4, port: 44, step: 96 };

/** Least width of a plant beside each other [px]. */
export function leastWidth(site) {
  const count = Math.max(...ranks(site).values()) + 1;
  return count * WIDE.box + (count - 1) * WIDE.gap + 2 * WIDE.margin;
}

/**
 * Lay a plant out.
 * @param {{parts: {name: string}[], connections: {source: string, target: string}[]}} site
 * @param {import("./plant_graph.js").Pipe[]} pipes
 * @param {(name: string, width: number) => number} heightOf height of a part's box [px]
 * @param {number} width of the page [px]
 */
export function layout(site, pipes, heightOf, width) {
  const rank = ranks(site);
  const count = Math.max(...rank.values()) + 1;
  return leastWidth(site) <= width ? across(site, pipes, heightOf, width, rank, count) : down(site, pipes, heightOf, width);
}

function across(site, pipes, heightOf, width, rank, count) {
  const room = width - 2 * WIDE.margin;
  const gap = count < 2 ? 0 : Math.min(WIDE.mostGap, Math.max(WIDE.gap, (room - count * WIDE.box) / (count - 1)));
  const boxWidth = Math.min(WIDE.mostBox, (room - (count - 1) * gap) / count);
  const used = count * boxWidth + (count - 1) * gap;
  const left = WIDE.margin + (room - used) / 2;
  const filled = new Array(count).fill(WIDE.margin);
  const boxes = new Map();
  for (const part of site.parts) {
    const at = rank.get(part.name);
    const height = heightOf(part.name, boxWidth);
    boxes.set(part.name, { name: part.name, x: left + at * (boxWidth + gap), y: filled[at], width: boxWidth, height, rank: at });
    filled[at] += height + WIDE.between;
  }
  const bottom = Math.max(...filled) - WIDE.between;
  const along = (box) => ({ u0: box.x, u1: box.x + box.width, v0: box.y, v1: box.y + box.height });
  const gapAt = (i) => [left + i * (boxWidth + gap) + boxWidth, left + (i + 1) * (boxWidth + gap)];
  const routed = route(pipes, boxes, rank, along, gapAt, bottom + 22, WIDE);
  for (const box of boxes.values()) box.open = routed.open(box.name);
  return {
    wide: true, boxes: [...boxes.values()], width, pipes: routed.pipes.map(({ pipe, runs }) => ({ pipe, runs })),
    height: Math.max(bottom, routed.far) + WIDE.margin,
  };
}

function down(site, pipes, heightOf, width) {
  const rank = new Map(site.parts.map((part, i) => [part.name, i]));
  const lanes = lanesNeeded(pipes, rank);
  const boxWidth = Math.min(620, width - 2 * NARROW.margin - lanes * NARROW.lane - (lanes ? 8 : 0));
  const left = Math.max(NARROW.margin, (width - boxWidth - lanes * NARROW.lane) / 2);
  const boxes = new Map();
  const tops = [];
  let y = NARROW.margin;
  for (const [i, part] of site.parts.entries()) {
    const height = heightOf(part.name, boxWidth);
    boxes.set(part.name, { name: part.name, x: left, y, width: boxWidth, height, rank: i, open: { left: false, right: false } });
    tops.push([y, y + height]);
    const passing = pipes.filter((pipe) => touches(pipe, rank, i)).length;
    y += height + Math.max(NARROW.gap, 40 + passing * NARROW.track);
  }
  const along = (box) => ({ u0: box.y, u1: box.y + box.height, v0: box.x, v1: box.x + box.width });
  const gapAt = (i) => [tops[i][1], tops[i + 1] ? tops[i + 1][0] : tops[i][1] + NARROW.gap];
  const routed = route(pipes, boxes, rank, along, gapAt, left + boxWidth + 10, NARROW);
  const turned = routed.pipes.map(({ pipe, runs }) => ({ pipe, runs: runs.map((run) => run.map(([u, v]) => [v, u])) }));
  return { wide: false, boxes: [...boxes.values()], pipes: turned, width, height: Math.max(...tops.flat()) + NARROW.margin };
}

function touches(pipe, rank, gap) {
  const all = [...pipe.sources, ...pipe.targets].map((part) => rank.get(part));
  return Math.min(...all) <= gap && Math.max(...all) > gap;
}

function lanesNeeded(pipes, rank) {
  return pipes.filter((pipe) => !adjacent(pipe, rank)).length;
}

/** Whether all ends of a pipe lie around one gap. */
function adjacent(pipe, rank) {
  const all = [...pipe.sources, ...pipe.targets].map((part) => rank.get(part));
  return Math.max(...all) - Math.min(...all) === 1;
}

/** Runs of points (u, v) of every pipe: a tree of a trunk in its tracks and lane, and a run to each end. */
function route(pipes, boxes, rank, along, gapAt, laneFrom, size) {
  const ports = portsOf(pipes, boxes, rank, along, size);
  const tracks = new Map();
  let lanes = 0;
  const made = pipes.map((pipe) => {
    const ends = ports.filter((port) => port.pipe === pipe);
    const gaps = [...new Set(ends.map((end) => end.gap))].sort((a, b) => a - b);
    const trackIn = new Map(gaps.map((gap) => [gap, trackAt(gap)]));
    const lane = gaps.length > 1 ? laneFrom + size.lane * lanes++ : null;
    return { pipe, ends, gaps, trackIn, lane };
  });

  function trackAt(gap) {
    const taken = tracks.get(gap) ?? 0;
    tracks.set(gap, taken + 1);
    return taken;
  }
  const place = (gap, index) => {
    const [a, b] = gapAt(gap);
    const count = tracks.get(gap);
    return (a + b) / 2 + (index - (count - 1) / 2) * Math.min(size.track, (b - a - 36) / Math.max(1, count - 1));
  };
  const drawn = made.map(({ pipe, ends, gaps, trackIn, lane }) => ({
    pipe, runs: lane === null ? local(ends, place(gaps[0], trackIn.get(gaps[0]))) : far(ends, gaps, (g) => place(g, trackIn.get(g)), lane),
  }));
  const open = (name) => ({ left: ports.some((p) => p.part === name && !p.after), right: ports.some((p) => p.part === name && p.after) });
  return { pipes: drawn, open, far: lanes ? laneFrom + size.lane * (lanes - 1) + 14 : 0 };
}

/** All ends around one gap: every source to the track, every target from it. */
function local(ends, track) {
  const sources = ends.filter((end) => end.out);
  const targets = ends.filter((end) => !end.out);
  if (sources.length === 1 && targets.length === 1) return [straight(sources[0], track, targets[0])];
  const root = (sources.length === 1 ? sources : targets)[0];
  return ends
    .filter((end) => end !== root)
    .map((end) => (end.out ? straight(end, track, root) : straight(root, track, end)));
}

function straight(a, track, b) {
  if (Math.abs(a.v - b.v) < 0.5) return [[a.u, a.v], [b.u, b.v]];
  return [[a.u, a.v], [track, a.v], [track, b.v], [b.u, b.v]];
}

/** Ends in several gaps: they meet in a lane beside all boxes. */
function far(ends, gaps, trackOf, lane) {
  const sources = ends.filter((end) => end.out);
  const targets = ends.filter((end) => !end.out);
  const pairs = sources.length === 1 ? targets.map((t) => [sources[0], t]) : sources.map((from) => [from, targets[0]]);
  return pairs.map(([a, b]) => {
    if (a.gap === b.gap) return straight(a, trackOf(a.gap), b);
    const [ta, tb] = [trackOf(a.gap), trackOf(b.gap)];
    return [[a.u, a.v], [ta, a.v], [ta, lane], [tb, lane], [tb, b.v], [b.u, b.v]];
  });
}

/** Where pipes leave and enter boxes: hot ones first, so that pairs of neighbours line up. */
function portsOf(pipes, boxes, rank, along, size) {
  const found = [];
  for (const pipe of pipes)
    for (const [parts, others, out] of [[pipe.sources, pipe.targets, true], [pipe.targets, pipe.sources, false]])
      for (const part of parts) {
        const own = rank.get(part);
        const after = others.some((other) => rank.get(other) > own) || others.every((other) => rank.get(other) === own);
        found.push({ pipe, part, out, after, gap: after ? own : own - 1, u: 0, v: 0 });
      }
  for (const box of boxes.values())
    for (const after of [true, false]) {
      const side = found.filter((port) => port.part === box.name && port.after === after);
      side.sort((a, b) => Number(b.pipe.hot) - Number(a.pipe.hot));
      const { u0, u1, v0, v1 } = along(box);
      const step = Math.min(size.step, (v1 - v0 - 2 * size.port + size.step) / Math.max(1, side.length));
      side.forEach((port, i) => {
        port.u = after ? u1 : u0;
        port.v = v0 + size.port + i * Math.max(step, 20);
      });
    }
  return found;
}
