/** Moving through time: wheel, drag with shift, fingers, keys. */

import { panned, zoomed } from "./times.js";

const CLOSER = 0.72;
const SETTLE_MS = 160;
/** Two fingers nearer than this are one: what they mean would jump [px]. */
const APART = 24;

/**
 * The span after fingers have moved from `before` to `after`: what was under them stays under them.
 * One finger moves it; two draw it wider or closer, in whatever direction they lie.
 * @param {[number, number]} span when they were at `before`
 * @param {{x: number, y: number}[]} before [px] from the left end of the chart
 * @param {{x: number, y: number}[]} after
 * @param {number} width of the chart [px]
 * @returns {[number, number]}
 */
export function dragged(span, before, after, width) {
  const middle = (all) => all.reduce((sum, { x }) => sum + x, 0) / all.length;
  const apart = ([a, b]) => (b ? Math.max(APART, Math.hypot(a.x - b.x, a.y - b.y)) : 1);
  const [from, to] = span;
  const around = from + ((to - from) * middle(before)) / width;
  return panned(zoomed(span, apart(before) / apart(after), around), (middle(before) - middle(after)) / width);
}

/**
 * Bind them to a chart.
 * @param {any} plot
 * @param {HTMLElement} stage
 * @param {{span: () => [number, number], set: (span: [number, number], soon?: number) => void, whole: () => void, live: () => void}} to
 */
export function navigate(plot, stage, to) {
  const over = plot.over;
  over.addEventListener("wheel", (event) => {
    event.preventDefault();
    const span = now();
    if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) return to.set(panned(span, Math.sign(event.deltaX || event.deltaY) * 0.12), SETTLE_MS);
    const around = plot.posToVal(event.clientX - over.getBoundingClientRect().left, "x");
    to.set(zoomed(span, event.deltaY > 0 ? 1 / CLOSER : CLOSER, around), SETTLE_MS);
  }, { passive: false });
  over.addEventListener("dblclick", () => to.set(zoomed(now(), 3)));
  drag(over, now, (span) => to.set(span, SETTLE_MS));
  stage.onkeydown = (event) => {
    const span = now();
    const moves = {
      ArrowLeft: () => to.set(panned(span, event.shiftKey ? -0.8 : -0.15), SETTLE_MS),
      ArrowRight: () => to.set(panned(span, event.shiftKey ? 0.8 : 0.15), SETTLE_MS),
      "+": () => to.set(zoomed(span, CLOSER), SETTLE_MS),
      "=": () => to.set(zoomed(span, CLOSER), SETTLE_MS),
      "-": () => to.set(zoomed(span, 1 / CLOSER), SETTLE_MS),
      Home: to.whole,
      End: to.live,
    };
    if (!(event.key in moves) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    moves[event.key]();
  };
  /** What is on the screen, which may be ahead of what was asked for. */
  function now() {
    const { min, max } = plot.scales.x;
    return min === null || min === undefined ? to.span() : [min, max];
  }
}

/** Fingers, and a mouse with shift or its middle button; a mouse alone chooses a span, which is the chart's own. */
function drag(over, now, set) {
  const held = new Map();
  let begun = { span: [0, 1], places: [] };
  // where one comes or goes, what is on the screen is where the others go on from
  const begin = () => (begun = { span: now(), places: [...held.values()] });
  const place = (event) => ({ x: event.clientX - over.getBoundingClientRect().left, y: event.clientY });
  over.addEventListener("pointerdown", (event) => {
    if (!event.shiftKey && event.button !== 1 && event.pointerType !== "touch") return;
    event.stopPropagation();
    if (held.size >= 2) return;
    held.set(event.pointerId, place(event));
    over.setPointerCapture(event.pointerId);
    begin();
  }, true);
  over.addEventListener("mousedown", (event) => event.shiftKey && event.stopImmediatePropagation(), true);
  over.addEventListener("pointermove", (event) => {
    if (!held.has(event.pointerId)) return;
    held.set(event.pointerId, place(event));
    set(dragged(begun.span, begun.places, [...held.values()], over.clientWidth || 1));
  });
  for (const end of ["pointerup", "pointercancel"])
    over.addEventListener(end, (event) => held.delete(event.pointerId) && begin());
}
