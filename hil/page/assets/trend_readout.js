/** What stands under the cursor: each signal with its unit, what the twin says, and how far they are apart. */

import { h, put } from "./dom.js";
import { hue } from "./chart.js";
import { decimals, shown, split, unitOf } from "./units.js";

/**
 * @param {any} app
 * @param {(key: string) => void} remove
 */
export function readout(app, remove) {
  const { words, site } = app;
  const when = h("caption", {});
  const body = h("tbody", {});
  const node = h("table", { class: "readout" }, when,
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, words.t("trend.signal")), ["mean", "low", "high", "predicted", "residual"].map((name) => h("th", { scope: "col", class: "num" }, words.t(`trend.${name}`))), h("th", {}))), body);
  let rows = new Map();
  let made = "";

  /**
   * @param {import("./trend_data.js").Drawn[]} drawn
   * @param {(number | null)[][]} columns
   * @param {number | null} index of the moment; null: the last one with numbers
   */
  const draw = (drawn, columns, index) => {
    const keys = [...new Set(drawn.filter((one) => one.role === "high").map((one) => one.key))];
    if (keys.join() !== made) build((made = keys.join()) ? keys : [], drawn);
    const at = index ?? columns[0].length - 1;
    put(when, columns[0].length ? words.time(columns[0][at]) : "");
    for (const key of keys) fill(key, drawn, columns, index);
  };
  const build = (keys, drawn) => {
    rows = new Map();
    put(body, keys.map((key) => {
      const cells = Object.fromEntries(["mean", "low", "high", "predicted", "residual"].map((name) => [name, h("td", { class: `num ${name}` })]));
      rows.set(key, cells);
      const [name, kind] = split(key);
      const part = site.parts.find((p) => name.startsWith(`${p.name}.`));
      const text = `${words.variable(name)}${kind === "measured" ? "" : ` · ${words.of("kind", kind)}`}`;
      return h("tr", {}, h("th", { scope: "row" }, swatch(drawn.find((one) => one.key === key).hue), text, h("small", {}, ` ${part?.title ?? ""}`)),
        Object.values(cells), h("td", {}, h("button", { class: "quiet", onclick: () => remove(key), "aria-label": words.t("trend.remove", { name: text }) }, "✕")));
    }));
  };
  const fill = (key, drawn, columns, index) => {
    const [name] = split(key);
    const find = (of, role) => drawn.findIndex((one) => one.key === of && one.role === role) + 1;
    const column = find(key, "mean");
    // a moment of an older, longer answer is none of this one
    const at = index !== null && index < columns[0].length ? index : columns[column].findLastIndex((v) => v !== null);
    const read = (c) => (c > 0 && at >= 0 ? columns[c][at] : null);
    const unit = unitOf(site, key);
    const text = (v, signed = false) => (v === null || v === undefined ? "–" : `${words.number(v, decimals(unit, v) + (Math.abs(v) < 1000 ? 1 : 0), signed)} ${shown(unit)}`.trim());
    const mean = read(column);
    const predicted = read(find(`${name}:predicted`, "mean"));
    const cells = rows.get(key);
    put(cells.mean, text(mean));
    put(cells.low, text(read(find(key, "low"))));
    put(cells.high, text(read(find(key, "high"))));
    const twin = key.endsWith(":measured");
    put(cells.predicted, twin ? text(predicted) : "");
    put(cells.residual, twin && mean !== null && predicted !== null ? text(mean - predicted, true).replace("°C", "K") : "");
  };
  return { node, draw };
}

/** Colour and number of a line. */
function swatch(n) {
  return h("span", { class: "swatch", style: { borderColor: hue(n), color: hue(n) } }, String(n + 1));
}
