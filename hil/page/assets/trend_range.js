/** Which time a trend shows: the last hour, day, week... up to now, or from one moment to another. */

import { get } from "./api.js";
import { h, mark, put } from "./dom.js";
import { DAY, fromInput, HOUR, MINUTE, panned, toInput, zoomed } from "./times.js";

const SPANS = { "10min": 10 * MINUTE, hour: HOUR, "8h": 8 * HOUR, day: DAY, week: 7 * DAY, month: 31 * DAY, year: 366 * DAY };

/**
 * @param {any} app
 * @param {{span: () => [number, number], set: (span: [number, number]) => void, live: (ms: number) => void, twin: (on: boolean) => void, state: any}} trend
 */
export function rangeBar(app, trend) {
  const { words, site } = app;
  const buttons = Object.entries(SPANS).map(([name, ms]) => h("button", { class: "chip", onclick: () => trend.live(ms), "data-ms": ms }, words.t(`span.${name}`)));
  const bench = site.kind === "bench";
  const fields = ["from", "to"].map((name) => h("input", { type: "datetime-local", step: 1, "aria-label": words.t(`trend.${name}`), onchange: () => typed() }));
  const twin = h("input", { type: "checkbox", onchange: () => trend.twin(twin.checked) });
  const tool = (label, text, act) => h("button", { class: "chip", onclick: act, "aria-label": text, title: text }, label);
  const whole = async () => {
    const span = await get("api/span");
    if (span) trend.set([span.from_ms, Math.max(span.to_ms, span.from_ms + 1000)]);
  };
  const typed = () => {
    const [from, to] = fields.map((field) => fromInput(field.value));
    if (from !== null && to !== null && to > from) trend.set([from, to]);
  };
  const share = h("button", { class: "chip", onclick: () => copy(share, words) }, words.t("trend.share"));
  const node = h("div", { class: "range" },
    h("div", { class: "chips", role: "group", "aria-label": words.t("trend.spans") }, buttons, h("button", { class: "chip", onclick: whole }, words.t("span.whole"))),
    h("div", { class: "chips" }, tool("‹", words.t("trend.earlier"), () => trend.set(panned(trend.span(), -0.5))), tool("−", words.t("trend.wider"), () => trend.set(zoomed(trend.span(), 2))),
      tool("+", words.t("trend.closer"), () => trend.set(zoomed(trend.span(), 0.5))), tool("›", words.t("trend.later"), () => trend.set(panned(trend.span(), 0.5)))),
    bench ? null : h("div", { class: "fields" }, fields[0], " – ", fields[1]),
    h("label", { class: "check" }, twin, words.t("trend.twin")), share);
  const draw = () => {
    const { state } = trend;
    const live = state.from === null;
    buttons.forEach((button) => mark(button, "aria-pressed", String(live && Number(button.dataset.ms) === state.span)));
    twin.checked = state.twin;
    const span = trend.span();
    if (!bench) fields.forEach((field, i) => document.activeElement !== field && (field.value = toInput(span[i])));
  };
  return { node, draw, whole };
}

async function copy(button, words) {
  const text = location.href;
  try {
    await navigator.clipboard.writeText(text);
    put(button, words.t("trend.copied"));
  } catch {
    // without leave to write there the address bar has the same link
    put(button, words.t("trend.address"));
  }
  setTimeout(() => put(button, words.t("trend.share")), 2500);
}
