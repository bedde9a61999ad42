/** The last hours of what matters most, small, below the plant. */

import { get } from "./api.js";
import { h, put, s } from "./dom.js";
import { HOUR, lasting, MINUTE } from "./times.js";

const SPAN_MS = 8 * HOUR;
const EVERY_MS = MINUTE;
const MOST = 6;
const POINTS = 180;
const [WIDTH, HEIGHT] = [300, 64];
/** What a plant is run by, the most telling first. */
const TELLING = ["P_it", "Q_cooling", "T_sink_out", "T_sink", "P_electric", "Q_delivered", "T_consumer", "T_outdoor"];

/** @param {any} app */
export function sparks(app) {
  const { site, words, store } = app;
  const names = chosen(site);
  const node = h("section", { class: "sparks", hidden: true, "aria-label": words.t("sparks.title") });
  let timer = 0;
  let ended = false;
  const draw = async () => {
    clearTimeout(timer);
    const t = store.get("moment")?.t_ms;
    if (t && names.length) {
      const keys = names.flatMap((name) => ["measured", "predicted"].map((kind) => `${name}:${kind}`)).filter((key) => key in site.keys);
      try {
        const told = await get("api/series", { keys: keys.join(","), from: t - SPAN_MS, to: t + 1, most: POINTS });
        if (ended) return;
        // a young record fills its picture too
        const first = told.t.findIndex((_, i) => names.some((name) => told.series[`${name}:measured`].mean[i] !== null));
        put(node, names.map((name) => card(app, name, told, [told.t[first] ?? 0, t])));
        node.hidden = first < 0;
      } catch {
        // the badge says that the server is gone; what is drawn stays until it is back
      }
    }
    if (!ended) timer = setTimeout(draw, EVERY_MS);
  };
  const first = store.on("moment", () => queueMicrotask(() => !timer && draw()));
  const off = store.on("replay", () => queueMicrotask(draw));
  return {
    node,
    close() {
      ended = true;
      clearTimeout(timer);
      first();
      off();
    },
  };
}

function chosen(site) {
  const all = Object.keys(site.signals).filter((name) => `${name}:measured` in site.keys && !/\.unit\d+\./.test(name));
  return TELLING.flatMap((variable) => all.filter((name) => name.endsWith(`.${variable}`))).slice(0, MOST);
}

function card({ site, words, linkTo }, name, told, [from, to]) {
  const measured = told.series[`${name}:measured`];
  const predicted = told.series[`${name}:predicted`]?.mean;
  const numbers = [...measured.low, ...measured.high, ...(predicted ?? [])].filter((v) => v !== null);
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const room = Math.max(high - low, Math.abs(high) * 1e-3, 1e-9);
  const x = (t) => (((t - from) / (to - from)) * WIDTH).toFixed(1);
  const y = (v) => (HEIGHT - 4 - ((v - low) / room) * (HEIGHT - 8)).toFixed(1);
  const line = (values) => values.map((v, i) => (v === null ? "" : `${i && values[i - 1] !== null ? "L" : "M"}${x(told.t[i])} ${y(v)}`)).join("");
  const area = measured.low.map((v, i) => (v === null ? "" : `M${x(told.t[i])} ${y(v)}V${y(measured.high[i])}`)).join("");
  const unit = site.signals[name].unit;
  const part = site.parts.find((one) => name.startsWith(`${one.name}.`));
  const last = measured.mean.findLast((v) => v !== null) ?? null;
  return h("a", { class: "spark card", href: linkTo("trend", { keys: `${name}:measured`, span: SPAN_MS }) },
    h("span", { class: "muted" }, `${part?.title ?? ""} · ${words.variable(name)}`), h("strong", {}, words.quantity(last, unit)),
    s("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": `${words.quantity(low, unit)} … ${words.quantity(high, unit)}` },
      s("path", { d: area, class: "range" }), predicted ? s("path", { d: line(predicted), class: "twin" }) : null, s("path", { d: line(measured.mean), class: "mean" })),
    numbers.length ? h("span", { class: "muted ends" }, h("span", {}, lasting(Math.ceil((to - from) / MINUTE) * MINUTE)), h("span", {}, `${words.value(low, unit)} … ${words.quantity(high, unit)}`)) : null);
}
