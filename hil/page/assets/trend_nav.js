/** Moving through time: wheel, drag with shift or a finger, arrows. */

import { panned, zoomed } from "./times.js";

const CLOSER = 0.72;
const SETTLE_MS = 160;

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
  let held = null;
  over.addEventListener("pointerdown", (event) => {
    if (!event.shiftKey && event.button !== 1 && event.pointerType !== "touch") return;
    event.stopPropagation();
    held = { x: event.clientX, span: now() };
    over.setPointerCapture(event.pointerId);
  }, true);
  over.addEventListener("mousedown", (event) => event.shiftKey && event.stopImmediatePropagation(), true);
  over.addEventListener("pointermove", (event) => {
    if (!held) return;
    const width = over.clientWidth || 1;
    to.set(panned(held.span, (held.x - event.clientX) / width), SETTLE_MS);
  });
  for (const end of ["pointerup", "pointercancel"]) over.addEventListener(end, () => (held = null));
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
