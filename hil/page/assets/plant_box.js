/** A part of the plant as a box: title, standing, picture, and a row a signal. */

import { mark, s, say } from "./dom.js";
import { HEIGHT as MIMIC, mimic, unplaced } from "./plant_mimic.js";
import { variableOf } from "./plant_graph.js";
import { SHAPES, standingOf } from "./plant_standing.js";
import { point, sentence } from "./point.js";

/** Height of a box's head [px]: its picture begins below. */
export const HEAD = 46;
const ROW = 21;
const PAD = 10;
/** Widths of a row's bar, predicted value and measured value [px]. */
const BAR = 44;
const PREDICTED = 52;
const MEASURED = 70;

/** What a row is marked as: a value beyond its band asks for a look only where the twin judges its part. */
function stateOf(points) {
  if (points.every((p) => !p.good)) return "bad";
  const beyond = points.filter((p) => p.good && p.outside);
  return !beyond.length ? null : beyond.some((p) => p.judged) ? "outside" : "unjudged";
}

/**
 * Rows of a part: signals one by one, those of several units together.
 * @param {string[]} signals `PART.VARIABLE`
 * @returns {string[][]}
 */
export function rowsOf(signals) {
  const rows = new Map();
  for (const name of signals) {
    const base = variableOf(name).replace(/^unit\d+\./, "").replace(/\[\d+\]$/, "");
    rows.set(base, [...(rows.get(base) ?? []), name]);
  }
  return [...rows.values()];
}

/**
 * Height of a part's box [px].
 * @param {any} site
 * @param {{name: string, fmu: string}} part
 */
export function heightOf(site, part) {
  const { signals, commands } = contents(site, part);
  const rows = rowsOf(signals).length + unplaced(part, commands).length;
  return HEAD + MIMIC + (rows ? 18 : 0) + rows * ROW + PAD;
}

/**
 * Draw it; `pick` is called with the signal that somebody asks about.
 * @param {any} app
 * @param {any} part
 * @param {import("./plant_layout.js").Box} box
 * @param {(name: string) => void} pick
 */
export function drawBox(app, part, box, pick) {
  const { words, site } = app;
  const { signals, commands } = contents(site, part);
  const picture = mimic(part, commands, box.width, words, box.open);
  picture.node.setAttribute("transform", `translate(0 ${HEAD})`);
  const title = s("text", { x: 12, y: 24, class: "title" }, part.title);
  const standing = s("text", { x: box.width - 12, y: 24, class: "standing", "text-anchor": "end" });
  const why = s("text", { x: box.width - 12, y: 40, class: "why", "text-anchor": "end" });
  const group = s("g", { class: "part", "data-part": part.name, transform: `translate(${box.x} ${box.y})`, role: "group", "aria-label": part.title },
    s("rect", { width: box.width, height: box.height, rx: 6, class: "frame" }),
    s("rect", { x: 4, y: 4, width: box.width - 8, height: box.height - 8, rx: 4, class: "frame second" }),
    title, standing, why, picture.node);
  let y = HEAD + MIMIC + 12;
  const rows = [];
  const groups = rowsOf(signals);
  if (groups.length) group.append(heads(box.width, y, words));
  for (const names of groups) {
    y += ROW;
    rows.push(names.length > 1 ? severalRow(app, group, names, y, box.width, pick) : signalRow(app, group, names[0], y, box.width, pick));
  }
  for (const command of picture.rest) {
    y += ROW;
    rows.push(commandRow(app, group, command, y, box.width));
  }
  const update = (moment, alarms) => {
    const said = standingOf(moment.standing[part.name] ?? "", part.name, alarms);
    mark(group, "data-standing", said || null);
    const told = said ? `${SHAPES[said] ?? ""} ${words.of("standing", said)}`.trim() : "";
    const reason = words.said(moment.reasons[part.name] ?? "");
    say(standing, told);
    say(why, reason && fitted(reason, box.width - 24, 11.5));
    mark(group, "aria-label", [part.title, told, reason].filter(Boolean).join(", "));
    picture.update(moment);
    for (const row of rows) row(moment);
  };
  return { node: group, update };
}

function contents(site, part) {
  const own = (name) => name.startsWith(`${part.name}.`);
  return { signals: Object.keys(site.signals).filter(own), commands: Object.keys(site.commands).filter(own) };
}

function columns(width) {
  const bar = width - 12 - BAR;
  return { label: 12, measured: bar - 8 - PREDICTED, predicted: bar - 8, bar };
}

function heads(width, y, words) {
  const at = columns(width);
  return s("g", { class: "heads" },
    s("text", { x: at.measured, y, "text-anchor": "end" }, words.t("point.measured")),
    s("text", { x: at.predicted, y, "text-anchor": "end" }, words.t("point.twin")),
    s("text", { x: at.bar + BAR / 2, y, "text-anchor": "middle" }, "Δ"));
}

function link(app, group, names, y, width, pick) {
  const node = s("a", { class: "row", href: app.linkTo("trend", { keys: names.map((n) => `${n}:measured`).join(",") }), "data-signal": names[0] },
    s("rect", { x: 5, y: y - 15, width: width - 10, height: ROW - 1, class: "hit" }));
  node.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    pick(names);
  });
  group.append(node);
  return node;
}

function signalRow(app, group, name, y, width, pick) {
  const { words, site } = app;
  const unit = site.signals[name].unit;
  const at = columns(width);
  const node = link(app, group, [name], y, width, pick);
  const text = words.variable(name);
  const measured = s("text", { x: at.measured, y, class: "measured", "text-anchor": "end" });
  const predicted = s("text", { x: at.predicted, y, class: "predicted", "text-anchor": "end" });
  const reason = s("text", { x: width - 12, y, class: "reason", "text-anchor": "end" });
  const bar = deviation(at.bar, y - 5);
  node.append(s("text", { x: at.label, y, class: "label" }, fitted(text, at.measured - at.label - MEASURED)), measured, predicted, bar.node, reason);
  return (moment) => {
    const p = point(name, moment, site);
    mark(node, "data-state", stateOf([p]));
    say(measured, p.good ? words.quantity(p.measured, unit) : "–");
    say(predicted, p.predicted !== null && p.good ? words.value(p.predicted, unit) : "");
    say(reason, p.good ? "" : words.of("quality", p.quality));
    bar.set(p.good ? p.share : null);
    mark(node, "aria-label", sentence(p, unit, words));
  };
}

function severalRow(app, group, names, y, width, pick) {
  const { words, site } = app;
  const unit = site.signals[names[0]].unit;
  const node = link(app, group, names, y, width, pick);
  const base = words.of("variable", variableOf(names[0]).replace(/\[\d+\]$/, ""));
  const room = Math.min(56, (width - 24 - 96) / names.length);
  node.append(s("text", { x: 12, y, class: "label" }, fitted(base, width - 30 - room * names.length)));
  const cells = names.map((name, i) => {
    const cell = s("text", { x: width - 12 - (names.length - 1 - i) * room, y, class: names.length > 4 ? "measured several many" : "measured several", "text-anchor": "end" });
    node.append(cell);
    return { name, cell };
  });
  return (moment) => {
    const points = cells.map(({ name }) => point(name, moment, site));
    cells.forEach(({ cell }, i) => say(cell, points[i].good ? `${points[i].outside && points[i].judged ? "◆" : ""}${words.value(points[i].measured, unit)}` : "–"));
    mark(node, "data-state", stateOf(points));
    mark(node, "aria-label", points.map((p) => sentence(p, unit, words)).join("; "));
  };
}

function commandRow(app, group, command, y, width) {
  const value = s("text", { x: width - 12, y, class: "measured", "text-anchor": "end" });
  group.append(s("text", { x: 12, y, class: "label" }, app.words.variable(command)), value);
  return (moment) => say(value, app.words.quantity(moment.commands[command] ?? null, "%"));
}

/** Residual on its band: the middle is the prediction, the grey field the band, two bands wide. */
function deviation(x, y) {
  const middle = x + BAR / 2;
  const marker = s("path", { class: "marker", d: "M0 -6 L4 0 L0 6 L-4 0 Z" });
  const node = s("g", { class: "deviation", "aria-hidden": "true" },
    s("path", { d: `M${x} ${y} H${x + BAR}`, class: "axis" }),
    s("rect", { x: x + BAR / 4, y: y - 5, width: BAR / 2, height: 10, class: "band" }),
    s("path", { d: `M${middle} ${y - 5} V${y + 5}`, class: "axis" }), marker);
  return {
    node,
    set(share) {
      mark(node, "hidden", share === null ? "" : null);
      mark(node, "visibility", share === null ? "hidden" : null);
      if (share !== null) mark(marker, "transform", `translate(${(middle + Math.max(-2, Math.min(2, share)) * (BAR / 4)).toFixed(1)} ${y})`);
    },
  };
}

const pen = document.createElement("canvas").getContext("2d");

/** Text as far as it fits into `room` px of a row. */
function fitted(text, room, size = 13) {
  pen.font = `${size}px system-ui, sans-serif`;
  if (pen.measureText(text).width <= room) return text;
  let most = text.length - 1;
  while (most > 1 && pen.measureText(`${text.slice(0, most)}…`).width > room) most -= 1;
  return `${text.slice(0, most).trimEnd()}…`;
}
