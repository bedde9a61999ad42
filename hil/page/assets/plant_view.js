/** The plant: drawn from the site, moved by what is measured. */

import { h, put, s } from "./dom.js";
import { drawBox, heightOf } from "./plant_box.js";
import { pipes } from "./plant_graph.js";
import { layout, leastWidth } from "./plant_layout.js";
import { drawPipe } from "./plant_pipes.js";
import { pointCard } from "./point_card.js";
import { sparks } from "./sparks.js";

const MOST_SCALE = 1.45;

/**
 * Show it.
 * @param {HTMLElement} root
 * @param {any} app
 */
export function show(root, app) {
  const { site, words, store } = app;
  const canvas = h("div", { class: "plant-canvas" });
  const card = pointCard(app);
  const hours = sparks(app);
  put(root, h("h1", { class: "sr" }, words.t("view.plant")), canvas, legend(words), hours.node, card.node);
  const graph = pipes(site);
  let drawn = { boxes: [], lines: [] };
  let width = 0;

  const draw = () => {
    const now = canvas.clientWidth;
    if (now < 50 || now === width) return;
    width = now;
    drawn.lines.forEach((line) => line.stop());
    const { placed, scale } = fitting(width);
    const picture = s("svg", { class: "plant", width, height: placed.height * scale, viewBox: `0 0 ${placed.width} ${placed.height}`, role: "group", "aria-label": words.t("plant.picture") });
    const lines = placed.pipes.map(({ pipe, runs }) => drawPipe(app, pipe, runs));
    const boxes = placed.boxes.map((box) => drawBox(app, site.parts.find((part) => part.name === box.name), box, (names) => card.show(names)));
    picture.append(...lines.map((line) => line.node), ...lines.map((line) => line.label), ...boxes.map((box) => box.node));
    put(canvas, picture);
    drawn = { boxes: boxes.map((box, i) => ({ ...box, name: placed.boxes[i].name })), lines };
    refresh();
  };
  /** The layout, larger where the screen has room for that. */
  const fitting = (room) => {
    const lay = (wide) => layout(site, graph, (name) => heightOf(site, site.parts.find((part) => part.name === name)), wide);
    const plain = lay(room);
    const most = (window.innerHeight - canvas.getBoundingClientRect().top - 70) / plain.height;
    const scale = Math.max(1, Math.min(MOST_SCALE, room / leastWidth(site), most));
    return plain.wide && scale > 1.02 ? { placed: lay(room / scale), scale } : { placed: plain, scale: 1 };
  };
  const refresh = () => {
    const moment = store.get("moment");
    if (!moment) return;
    const alarms = store.get("alarms") ?? [];
    for (const box of drawn.boxes)
      box.update(moment, alarms);
    for (const line of drawn.lines) line.update(moment);
    card.update(moment);
  };
  const watch = new ResizeObserver(draw);
  watch.observe(canvas);
  draw();
  const offs = [store.on("moment", refresh), store.on("alarms", refresh)];
  return () => {
    offs.forEach((off) => off());
    watch.disconnect();
    drawn.lines.forEach((line) => line.stop());
    card.close();
    hours.close();
  };
}

function legend(words) {
  const line = (kind) => s("svg", { width: 34, height: 12, viewBox: "0 0 34 12", "aria-hidden": "true" }, s("g", { class: `between ${kind}` }, s("path", { d: "M0 6 H34", class: "pipe" })));
  const bar = s("svg", { width: 58, height: 14, viewBox: "0 0 58 14", "aria-hidden": "true" },
    s("g", { class: "deviation" }, s("path", { d: "M0 7 H58", class: "axis" }), s("rect", { x: 14, y: 2, width: 30, height: 10, class: "band" }),
      s("path", { d: "M29 2 V12", class: "axis" }), s("path", { class: "marker", d: "M0 -6 L4 0 L0 6 L-4 0 Z", transform: "translate(36 7)" })));
  return h("p", { class: "legend" },
    h("span", {}, line("hot"), words.t("plant.hot")), h("span", {}, line("cool"), words.t("plant.cool")),
    h("span", {}, bar, words.t("plant.deviation")), h("span", {}, "▲ ◆ ", words.t("plant.marks")));
}
