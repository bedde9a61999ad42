/** All that is known of the signals somebody pointed at. */

import { h, put, say } from "./dom.js";
import { Ages, point } from "./point.js";
import { lasting } from "./times.js";
import { shown } from "./units.js";

/** @param {any} app */
export function pointCard(app) {
  const { words, site, store } = app;
  const node = h("aside", { class: "card point-card", hidden: true, tabindex: "-1", "aria-label": words.t("point.title") });
  const ages = app.ages ?? (app.ages = new Ages());
  let cells = [];
  let before = null;

  const close = () => {
    node.hidden = true;
    cells = [];
    before?.focus?.();
  };
  const show = (names) => {
    before = document.activeElement;
    const part = site.parts.find((p) => names[0].startsWith(`${p.name}.`));
    cells = [];
    put(node,
      h("header", {}, h("h2", {}, part?.title ?? "", " · ", names.length > 1 ? words.t("point.several", { n: names.length }) : words.variable(names[0])),
        h("button", { class: "quiet", onclick: close, "aria-label": words.t("close") }, "✕")),
      h("div", { class: "scroll" }, names.length > 1 ? many(names) : one(names[0])),
      h("footer", {}, h("a", { class: "button", href: app.linkTo("trend", { keys: names.map((n) => `${n}:measured`).join(",") }) }, words.t("point.trend")), h("code", {}, names.length > 1 ? "" : names[0])));
    node.hidden = false;
    node.focus();
    update(store.get("moment"));
  };
  const cell = (name, what) => {
    const made = h("td", { class: "num" });
    cells.push({ name, what, made });
    return made;
  };
  const one = (name) => h("table", { class: "facts" }, h("tbody", {}, ["measured", "predicted", "residual", "band", "quality", "age", "behind"]
    .map((what) => h("tr", {}, h("th", { scope: "row" }, words.t(`point.${what}`)), cell(name, what)))));
  const many = (names) => h("table", { class: "list" },
    h("thead", {}, h("tr", {}, h("th", {}), ["measured", "predicted", "residual", "quality"].map((w) => h("th", { scope: "col", class: "num" }, words.t(`point.${w}`))))),
    h("tbody", {}, names.map((name) => h("tr", {}, h("th", { scope: "row" }, words.variable(name)), ["measured", "predicted", "residual", "quality"].map((w) => cell(name, w))))));
  const update = (moment) => {
    if (!moment || node.hidden) return;
    for (const { name, what, made } of cells) say(made, told(point(name, moment, site), what, moment));
  };
  const told = (p, what, moment) => {
    const unit = site.signals[p.name].unit;
    const age = ages.age(p.name, moment.t_ms);
    switch (what) {
      case "measured": return p.good ? words.quantity(p.measured, unit, 1) : "–";
      case "predicted": return p.predicted === null ? words.t("point.unpredicted") : words.quantity(p.predicted, unit, 1);
      case "residual": return p.residual === null ? "–" : `${words.difference(p.residual, unit)}${p.judged ? "" : ` · ${words.t("point.waits")}`}`;
      case "band": return p.band === null ? "–" : `± ${words.difference(p.band, unit).replace("+", "")}`;
      case "quality": return words.of("quality", p.quality);
      case "age": return age === null ? words.t("point.never") : age === 0 ? words.t("point.fresh") : lasting(age);
      default: return p.behindMs === null ? "–" : lasting(p.behindMs);
    }
  };
  node.addEventListener("keydown", (event) => event.key === "Escape" && close());
  return { node, show, update, close: () => (node.hidden = true), shown };
}
