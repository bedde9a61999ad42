/** Key figures of a span with how they come about, and how many alarms there were. */

import { write } from "./address.js";
import { get } from "./api.js";
import { h, mark, put } from "./dom.js";
import { calendar, fromInput, toInput } from "./times.js";

const KINDS = ["day", "week", "month", "year"];
const MONEY = /^(EUR|€)$/;

/**
 * @param {HTMLElement} root
 * @param {any} app
 * @param {Record<string, string>} params `kind` and `back`, or `from` and `to`
 * @param {(address: string) => void} keep tells the router what the address has become
 */
export function show(root, app, params, keep) {
  const { words, store, site } = app;
  const state = { kind: KINDS.includes(params.kind) ? params.kind : "day", back: Number(params.back) || 0, from: Number(params.from) || null, to: Number(params.to) || null };
  const tiles = h("div", { class: "tiles" });
  const rates = h("div", {});
  const title = h("h2", { class: "span" });
  const bench = site.kind === "bench";
  const buttons = KINDS.map((kind) => h("button", { class: "chip", onclick: () => set({ kind, back: 0, from: null, to: null }) }, words.t(`span.${kind}`)));
  const fields = ["from", "to"].map((name) => h("input", { type: "datetime-local", "aria-label": words.t(`trend.${name}`), onchange: () => typed() }));
  put(root, h("div", { class: "toolbar" }, h("h1", {}, words.t("view.kpis")),
    bench ? null : [h("div", { class: "chips" }, buttons, h("button", { class: "chip", onclick: () => set({ back: state.back + 1, from: null, to: null }), "aria-label": words.t("trend.earlier") }, "‹"),
      h("button", { class: "chip", onclick: () => set({ back: Math.max(0, state.back - 1), from: null, to: null }), "aria-label": words.t("trend.later") }, "›")),
    h("div", { class: "fields" }, fields[0], " – ", fields[1])]), title, tiles, rates);
  let turn = 0;
  const typed = () => {
    const [from, to] = fields.map((field) => fromInput(field.value));
    if (from !== null && to !== null && to > from) set({ from, to });
  };
  const set = (news) => {
    Object.assign(state, news);
    const { kind, back, from, to } = state;
    const told = from === null ? { kind, back: back || null } : { from, to };
    keep(write("kpis", told));
    history.replaceState(null, "", app.linkTo("kpis", told));
    draw();
  };
  const draw = async () => {
    const mine = (turn += 1);
    const now = store.get("moment")?.t_ms ?? Date.now();
    const span = bench ? null : state.from !== null ? [state.from, state.to] : calendar(state.kind, now, state.back);
    const ends = span ? { from: span[0], to: Math.max(span[0] + 1, Math.min(span[1], now + 1)) } : {};
    buttons.forEach((button, i) => mark(button, "aria-pressed", String(!state.from && KINDS[i] === state.kind)));
    if (span) fields.forEach((field, i) => (field.value = toInput(span[i]).slice(0, 16)));
    put(title, span ? `${words.time(span[0], "minute")} – ${words.time(ends.to, "minute")}` : words.t("span.whole"));
    try {
      const told = await get("api/kpis", ends);
      if (mine !== turn) return;
      const figures = Array.isArray(told) ? told : (told?.figures ?? []);
      put(tiles, figures.length ? figures.map((figure) => tile(app, figure)) : h("p", { class: "empty" }, words.t("kpis.none")));
    } catch (error) {
      if (mine === turn) put(tiles, h("p", { class: "told" }, error.message));
    }
    const counted = await get("api/alarms/rates", ends).catch(() => null);
    if (mine === turn) put(rates, counted?.figures?.length ? ratesOf(app, counted) : null);
  };
  const waiting = store.get("moment") ? () => {} : store.on("moment", () => queueMicrotask(() => (waiting(), draw())));
  draw();
  const off = store.on("replay", () => draw());
  return () => {
    turn = -1;
    off();
    waiting();
  };
}

function tile(app, figure) {
  const { words } = app;
  const value = figure.value ?? null;
  const digits = value === null ? 0 : MONEY.test(figure.unit) ? 0 : Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 100 ? 1 : 2;
  const by = Object.entries(figure.measured_by ?? {});
  return h("article", { class: "tile card" },
    h("h3", {}, words.of("kpi", figure.name)),
    h("p", { class: "figure" }, value === null ? "–" : words.number(value, digits), h("small", {}, ` ${figure.unit === "-" ? "" : (figure.unit ?? "").replace("EUR", "€")}`)),
    figure.missing?.length ? h("p", { class: "muted" }, words.t("kpis.missing", { what: figure.missing.map((name) => (name.startsWith("factors.") ? words.of("factor", name.slice("factors.".length)) : name)).join(", ") })) : h("p", { class: "muted", "data-low": figure.coverage < 0.95 ? "true" : null }, words.t("kpis.coverage", { share: words.quantity(figure.coverage, "%") })),
    figure.reckoned?.length ? h("p", { class: "muted reckoned" }, words.t("kpis.reckoned", { what: figure.reckoned.join(", ") })) : null,
    figure.formula || figure.source ? h("details", { class: "fold" }, h("summary", {}, words.t("kpis.how")), h("p", {}, h("code", {}, figure.formula)), h("p", { class: "muted" }, words.said(figure.source ?? "")),
      h("ul", { class: "plain" }, by.map(([name, formula]) => h("li", {}, h("code", {}, `${name} = ${formula}`))))) : null);
}

function ratesOf(app, counted) {
  const { words } = app;
  const fmt = (figure, value) => (value === null || value === undefined ? "–" : /share|above/.test(figure.name) ? words.quantity(value, "%") : words.number(value, Number.isInteger(value) ? 0 : 1));
  return h("section", { class: "card rates" }, h("h2", {}, words.t("rates.title")), h("div", { class: "scroll-x" }, h("table", { class: "list" },
    h("thead", {}, h("tr", {}, ["rates.figure", "rates.value", "rates.good"].map((key, i) => h("th", { scope: "col", class: i ? "num" : "" }, words.t(key))), h("th", { scope: "col" }, words.t("rates.definition")))),
    h("tbody", {}, counted.figures.map((figure) => {
      const over = figure.acceptable !== null && figure.acceptable !== undefined && figure.value !== null && figure.value > figure.acceptable;
      return h("tr", { "data-over": over ? "true" : null }, h("th", { scope: "row" }, words.of("rate", figure.name)), h("td", { class: "num" }, over ? "▲ " : "", fmt(figure, figure.value)), h("td", { class: "num" }, figure.acceptable === null || figure.acceptable === undefined ? "" : `≤ ${fmt(figure, figure.acceptable)}`), h("td", { class: "muted" }, words.said(figure.definition ?? "")));
    })))),
    counted.top?.length ? h("p", {}, h("strong", {}, `${words.t("rates.top")}: `), counted.top.map(([key, n]) => `${words.alarm(key)} × ${n}`).join(", ")) : null);
}
