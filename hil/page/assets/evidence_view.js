/** Why an alarm is there: what was seen, which causes compete, what it rests on, and what to check. */

import { acting } from "./alarm_action.js";
import { badge } from "./alarm_badge.js";
import { leave, partTitle } from "./alarms_view.js";
import { get } from "./api.js";
import { h, put } from "./dom.js";
import { residualCharts } from "./evidence_charts.js";
import { said } from "./marks.js";
import { QUALITIES } from "./point.js";
import { DAY, HOUR } from "./times.js";
import { differenceTo, differenceUnit, shown, sizeUnit } from "./units.js";

/**
 * @param {HTMLElement} root
 * @param {any} app
 * @param {Record<string, string>} params `number` of the alarm
 */
export function show(root, app, params) {
  const { words, store } = app;
  const number = Number(params.number);
  const act = acting(app);
  const head = h("header", { class: "evidence-head" });
  const body = h("div", { class: "evidence" });
  put(root, h("p", {}, h("a", { href: app.linkTo("alarms") }, `‹ ${words.t("view.alarms")}`)), head, body, act.dialog);
  let charts = { close() {} };
  let ended = false;
  let known = null;
  let drawn = "";

  const title = () => {
    const alarm = (store.get("alarms") ?? []).find((one) => one.number === number) ?? known;
    if (!alarm) return;
    const now = JSON.stringify([alarm.state, alarm.comment, alarm.acknowledged_by, alarm.priority, Boolean(store.get("replay"))]);
    if (now === drawn) return;
    drawn = now;
    put(head, alarm.priority ? badge(alarm.priority, words) : null, h("div", {}, h("h1", {}, words.cause(alarm)),
      h("p", { class: "muted" }, [`#${number}`, partTitle(app, alarm.part), alarm.state && words.of("state", alarm.state), alarm.acknowledged_by && words.t("alarms.by", { who: alarm.acknowledged_by })].filter(Boolean).join(" · ")),
      alarm.comment ? h("p", { class: "comment" }, `“${alarm.comment}”`) : null),
      act.buttons(alarm, leave(app)));
  };
  const fetchIt = async () => {
    try {
      const told = await get(`api/alarms/${number}/evidence`);
      const at = (told.raised_ms ?? store.get("moment")?.t_ms ?? Date.now());
      const lines = (await get("api/alarms/history", { from: at - DAY, to: (told.cleared_ms ?? store.get("moment")?.t_ms ?? at) + HOUR }).catch(() => [])).filter((line) => line.number === number);
      if (ended) return;
      known = { ...told, cause: told.cause ?? told.fault ?? told.text ?? "", priority: told.priority };
      drawn = "";
      title();
      const room = h("div", { class: "charts" });
      put(body, facts(app, told), causes(app, told), h("section", { class: "card wide" }, h("h2", {}, words.t("evidence.residuals")), room),
        seen(app, told), inputs(app, told), residuals(app, told), journal(app, lines));
      charts = residualCharts(room, app, told);
    } catch (error) {
      put(body, h("p", { class: "told" }, error.message));
    }
  };
  const off = store.on("alarms", title);
  const offReplay = store.on("replay", title);
  fetchIt();
  return () => {
    ended = true;
    off();
    offReplay();
    charts.close();
    act.close();
  };
}

function facts(app, told) {
  const { words } = app;
  const size = told.size === null || told.size === undefined ? null : sizeOf(words, told);
  const rows = [
    ["evidence.verdict", told.verdict && words.of("standing", told.verdict)],
    ["evidence.size", size && `${size}${told.drift ? `, ${words.t("evidence.growing")}` : ""}`],
    ["evidence.since", told.since_ms !== undefined && words.time(told.since_ms)],
    ["evidence.raised", told.raised_ms !== undefined && words.time(told.raised_ms)],
    ["evidence.cleared", told.cleared_ms && words.time(told.cleared_ms)],
    ["evidence.window", words.said(told.window ?? "")],
    ["evidence.text", !told.fault && told.text && words.told(told.text)],
  ].filter(([, value]) => value);
  return h("section", { class: "card" }, h("h2", {}, words.t("evidence.found")), h("dl", { class: "facts" }, rows.map(([key, value]) => [h("dt", {}, words.t(key)), h("dd", {}, value)])),
    told.check ? h("div", { class: "check-this" }, h("h3", {}, words.t("evidence.check")), h("p", {}, words.said(told.check))) : null);
}

/** A size, which is a difference, in the unit in which the list of alarms tells it. */
function sizeOf(words, { size, low, high, unit, own_unit: own }) {
  const shownIn = sizeUnit(unit ?? "-", own ?? null, size);
  const text = (si) => {
    const value = Number((differenceTo(si, shownIn) ?? 0).toPrecision(3));
    return words.number(value, `${value}`.split(".")[1]?.length ?? 0);
  };
  const ends = low === null || low === undefined ? "" : ` (${words.t("told.to", { low: text(low), high: text(high) })})`;
  return `${text(size)} ${shown(differenceUnit(shownIn))}${ends}`;
}

/** Hypotheses with their probabilities; what is missing to 1 is all the rest. */
function causes(app, told) {
  const { words } = app;
  const likely = told.likely?.length ? told.likely : told.fault && told.probability !== null && told.probability !== undefined ? [{ name: told.fault, probability: told.probability }] : [];
  const named = (name) => words.cause({ cause: name, part: name.split(".")[0] });
  const rest = 1 - likely.reduce((sum, one) => sum + one.probability, 0);
  const bars = rest > 0.005 && likely.length ? [...likely, { name: words.t("evidence.rest"), probability: rest }] : likely;
  return h("section", { class: "card" }, h("h2", {}, words.t("evidence.causes")),
    bars.length ? h("table", { class: "bars" }, h("tbody", {}, bars.map((one) => h("tr", {}, h("th", { scope: "row", title: one.name }, named(one.name)), h("td", { class: "bar" }, h("meter", { min: 0, max: 1, value: one.probability, "aria-label": named(one.name) })), h("td", { class: "num" }, words.quantity(one.probability, "%")))))) : h("p", { class: "muted" }, words.t("evidence.no_causes")),
    told.group?.length ? h("p", {}, h("strong", {}, `${words.t("evidence.like")}: `), told.group.map(named).join(", ")) : null,
    told.consequences?.length ? h("p", {}, h("strong", {}, `${words.t("evidence.consequences")}: `), told.consequences.map((name) => words.variable(name)).join(", ")) : null);
}

function seen(app, told) {
  const { words, site } = app;
  if (!told.evidence?.length) return null;
  return h("section", { class: "card" }, h("h2", {}, words.t("evidence.signals")), h("table", { class: "list" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, words.t("trend.signal")), h("th", { scope: "col", class: "num" }, words.t("evidence.innovation")), h("th", { scope: "col", class: "num" }, words.t("evidence.share")))),
    h("tbody", {}, told.evidence.map((one) => h("tr", {}, h("th", { scope: "row" }, h("a", { href: trendLink(app, [one.signal], told) }, words.variable(one.signal))),
      h("td", { class: "num" }, words.difference(one.innovation, site.signals[one.signal]?.unit ?? "-")), h("td", { class: "num" }, words.quantity(one.share, "%")))))));
}

/** Every watched signal of the part as it was when the alarm was raised. */
function residuals(app, told) {
  const { words, site } = app;
  if (!told.residuals?.length) return null;
  const unit = (name) => site.signals[name]?.unit ?? "-";
  return h("section", { class: "card wide" }, h("h2", {}, words.t("evidence.then")), h("p", { class: "muted" }, words.time(told.raised_ms)), h("div", { class: "scroll-x" }, h("table", { class: "list" },
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, words.t("trend.signal")), ["measured", "predicted", "residual", "band", "quality"].map((what) => h("th", { scope: "col", class: "num" }, words.t(`point.${what}`))))),
    h("tbody", {}, told.residuals.map((one) => {
      const outside = one.residual !== null && one.band !== null && Math.abs(one.residual) > one.band;
      return h("tr", { "data-over": outside ? "true" : null }, h("th", { scope: "row" }, h("a", { href: trendLink(app, [one.signal], told) }, words.variable(one.signal))),
        h("td", { class: "num" }, words.quantity(one.measured, unit(one.signal))), h("td", { class: "num" }, words.quantity(one.predicted, unit(one.signal))),
        h("td", { class: "num" }, outside ? "◆ " : "", words.difference(one.residual, unit(one.signal))), h("td", { class: "num" }, one.band === null ? "–" : `± ${words.difference(one.band, unit(one.signal)).replace("+", "")}`),
        h("td", { class: "num" }, qualityOf(words, one.quality)));
    })))));
}

/** What the model was given when the alarm was raised, and how the controllers are that read it. */
function inputs(app, told) {
  const { words, site } = app;
  const unit = (one) => (one.signal ? (site.signals[one.signal]?.unit ?? "-") : "%");
  const links = told.links ?? [];
  return h("section", { class: "card" }, h("h2", {}, words.t("evidence.inputs")),
    told.inputs?.length ? h("table", { class: "list" }, h("tbody", {}, told.inputs.map((one) => h("tr", {},
      h("th", { scope: "row" }, one.signal ? h("a", { href: trendLink(app, [one.signal], told) }, words.variable(one.signal)) : words.variable(one.input)),
      h("td", { class: "num" }, words.quantity(one.value, unit(one))), h("td", { class: "num" }, qualityOf(words, one.quality)))))) : null,
    links.length ? [h("h3", {}, words.t("health.links")), h("ul", { class: "plain" }, links.map((link) => h("li", { "data-bad": link.up ? null : "true" }, `${link.up ? "✓" : "✕"} ${link.name}: ${words.t(link.up ? "health.up" : "health.down")}, ${words.t("evidence.errors", { n: words.number(link.errors, 0) })}${link.last_error ? ` · ${words.said(link.last_error)}` : ""}`)))] : null);
}

function qualityOf(words, number) {
  return number === null || number === undefined ? "" : words.of("quality", QUALITIES[number] ?? "garbled");
}

function journal(app, lines) {
  const { words } = app;
  if (!lines.length) return null;
  return h("section", { class: "card wide" }, h("h2", {}, words.t("alarms.history")), h("ol", { class: "timeline" }, lines.map((line) => h("li", {}, h("time", {}, words.time(line.t_ms)), " ", said(app, line)))));
}

/** The trend of signals around an event. */
export function trendLink(app, names, told) {
  const since = told.since_ms ?? told.raised_ms;
  const end = told.cleared_ms ?? Math.max(told.raised_ms ?? 0, since ?? 0) + 2 * HOUR;
  return app.linkTo("trend", { keys: names.map((name) => `${name}:measured`).join(","), ...(since === undefined ? {} : { from: since - 2 * HOUR, to: end }) });
}
