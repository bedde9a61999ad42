/** Pipes between parts: hot and cool, what flows in them, and how warm it is. */

import { mark, s, say } from "./dom.js";
import { to } from "./units.js";

const DASH = 16;
/** Speed on the screen at the highest flow that was seen [px/s]. */
const FASTEST = 46;
/** Pictures a dash takes to its neighbour's place: smooth enough, and a third of the work of all that a screen has. */
const FRAMES = 8;
const STILL = 0.01;
const CORNER = 8;

/**
 * Draw a pipe; runs are lists of points from source to target.
 * @param {any} app
 * @param {import("./plant_graph.js").Pipe} pipe
 * @param {[number, number][][]} runs
 */
export function drawPipe(app, pipe, runs) {
  const { words, site } = app;
  const d = runs.map(rounded).join(" ");
  const moving = s("path", { d, class: "flow" });
  const label = spot(runs, pipe.hot);
  // what is gathered from several has no place of its own on a narrow page
  const shown = !(label.below && pipe.sources.length > 1);
  const degrees = s("tspan", { class: "degrees" });
  const amount = s("tspan", label.below ? { class: "amount", x: label.x, dy: 18 } : { class: "amount", dx: 7 });
  const text = s("text", { x: label.x, y: label.y, "text-anchor": label.anchor }, degrees, amount);
  const node = s("g", { class: `between ${pipe.hot ? "hot" : "cool"}`, "data-pipe": pipe.id },
    s("path", { d, class: "casing" }), s("path", { d, class: "pipe" }), moving, runs.map(arrow));
  const flows = pipe.flows.map((ends) => ends.find((end) => end in site.signals));
  const measured = flows.length > 0 && flows.every(Boolean);
  const known = pipe.variable in site.signals;
  const full = measured ? flows.reduce((sum, name) => sum + fullFlow(site, name), 0) : 1;
  const animation = animate(moving);
  const update = (moment) => {
    const parts = flows.map((name) => moment.measured[name] ?? null);
    const kgs = measured && !parts.includes(null) ? parts.reduce((sum, one) => sum + one, 0) : null;
    const share = kgs === null ? 0 : Math.max(-1, Math.min(1, kgs / full));
    const still = Math.abs(share) < STILL;
    mark(node, "data-flow", kgs === null ? "unknown" : still ? "still" : "moving");
    animation(still ? 0 : share);
    say(degrees, known ? words.quantity(moment.measured[pipe.variable] ?? null, site.signals[pipe.variable].unit) : "");
    say(amount, measured && shown ? words.quantity(kgs, site.signals[flows[0]].unit) : "");
  };
  return { node, label: s("g", { class: `between ${pipe.hot ? "hot" : "cool"}` }, text), update, stop: () => animation(null) };
}

/** Dashes that move; without motion where people asked for none. */
function animate(path) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !path.animate) return () => {};
  const lap = (DASH / FASTEST) * 1000;
  const animation = path.animate([{ strokeDashoffset: DASH }, { strokeDashoffset: 0 }], { duration: lap, iterations: Infinity, easing: `steps(${FRAMES})` });
  animation.pause();
  return (share) => {
    if (share === null) animation.cancel();
    else if (share === 0) animation.pause();
    else {
      // a change of rate goes on from where the dashes are
      if (Math.abs(animation.playbackRate - share) > 0.02) animation.playbackRate = share;
      if (animation.playState !== "running") animation.play();
    }
  };
}

/** What counts as full flow: half of what the sensor can read, for its range is made with room. */
function fullFlow(site, name) {
  const range = site.signals[name].range;
  const high = to(range?.[1] ?? null, "kg/s");
  return high && Number.isFinite(high) ? high / 2 : 50;
}

function rounded(points) {
  const parts = [`M${points[0][0]} ${points[0][1]}`];
  for (let i = 1; i < points.length; i += 1) {
    const [x, y] = points[i];
    const next = points[i + 1];
    if (!next) {
      parts.push(`L${x} ${y}`);
      continue;
    }
    const [px, py] = points[i - 1];
    const before = toward([x, y], [px, py]);
    const after = toward([x, y], next);
    parts.push(`L${before[0]} ${before[1]} Q${x} ${y} ${after[0]} ${after[1]}`);
  }
  return parts.join(" ");
}

function toward([x, y], [tx, ty]) {
  const length = Math.hypot(tx - x, ty - y) || 1;
  const by = Math.min(CORNER, length / 2);
  return [x + ((tx - x) / length) * by, y + ((ty - y) / length) * by];
}

/** Where the figures stand: at the pipe's single end, above a hot one and below a cool one, beside one that goes down. */
function spot(runs, hot) {
  const run = runs[0];
  const single = runs.length > 1 && runs.every((other) => other.at(-1).join() === run.at(-1).join()) ? [...run].reverse() : run;
  const [[ax, ay], [bx, by]] = single;
  if (Math.abs(ay - by) > 0.5) return { x: ax + 10, y: (ay + by) / 2 - 5, anchor: "start", below: true };
  const y = hot ? ay - 9 : ay + 20;
  // a long stretch has them in its middle, a short one beside the box
  if (Math.abs(bx - ax) >= 130) return { x: (ax + bx) / 2, y, anchor: "middle" };
  return { x: ax + Math.sign(bx - ax) * 8, y, anchor: bx > ax ? "start" : "end" };
}

function arrow(run) {
  const [[px, py], [x, y]] = run.slice(-2);
  const angle = (Math.atan2(y - py, x - px) * 180) / Math.PI;
  return s("path", { class: "arrow", d: "M-11 -6 L0 0 L-11 6 Z", transform: `translate(${x} ${y}) rotate(${angle})` });
}
