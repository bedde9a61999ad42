/** Alarms: what asks for somebody, what stands, what is put aside, and what happened. */

import { acting } from "./alarm_action.js";
import { badge } from "./alarm_badge.js";
import { deedsFor, group, grouped, wanted } from "./alarm_order.js";
import { get } from "./api.js";
import { h, mark, put, say } from "./dom.js";
import { said } from "./marks.js";
import { DAY, HOUR, lasting } from "./times.js";

/**
 * @param {HTMLElement} root
 * @param {any} app
 */
export function show(root, app) {
  const { words, store, site } = app;
  const filter = {};
  const act = acting(app);
  const body = h("div", { class: "alarm-list", role: "list" });
  const count = h("p", { class: "muted", role: "status" });
  const past = h("div", {});
  const select = (name, options) => h("select", { "aria-label": words.t(`alarms.${name}`), onchange: (event) => set(name, event.target.value) },
    h("option", { value: "" }, words.t(`alarms.any_${name}`)), options.map(([value, text]) => h("option", { value }, text)));
  const search = h("input", { type: "search", placeholder: words.t("alarms.search"), "aria-label": words.t("alarms.search"), "data-search": true, oninput: (event) => set("text", event.target.value) });
  const all = h("button", { class: "button", hidden: true, onclick: () => act.open("acknowledge", asking()) });
  put(root, h("div", { class: "toolbar" }, h("h1", {}, words.t("view.alarms")), search,
    select("priority", ["high", "medium", "low", "diagnostic"].map((p) => [p, words.t(`priority.${p}`)])),
    select("state", ["open", "seen", "aside"].map((g) => [g, words.t(`group.${g}`)])),
    select("part", site.parts.map((part) => [part.name, part.title])), all, count),
    body, history(app, past), act.dialog);
  const asking = () => (store.get("alarms") ?? []).filter((a) => wanted(a, filter) && deedsFor(a, leave(app)).includes("acknowledge"));
  const set = (name, value) => {
    filter[name] = value;
    draw(store.get("alarms") ?? []);
  };
  let drawn = "";
  const draw = (alarms) => {
    const shown = grouped(alarms.filter((alarm) => wanted(alarm, filter)));
    const now = JSON.stringify([shown, Boolean(store.get("replay"))]);
    if (now === drawn) return;
    drawn = now;
    const held = document.activeElement?.closest?.("[data-alarm]")?.dataset.alarm;
    put(body, shown.length ? shown.map(({ alarm, below }) => entry(app, alarm, below, act)) : h("p", { class: "empty" }, words.t(alarms.length ? "alarms.none_found" : "alarms.none")));
    if (held && !body.contains(document.activeElement)) body.querySelector(`[data-alarm="${held}"] a`)?.focus();
    say(count, words.t("alarms.count", { n: alarms.length, open: alarms.filter((a) => a.annunciated).length }));
    all.hidden = asking().length < 2;
    say(all, words.t("alarms.acknowledge_all", { n: asking().length }));
  };
  const offs = [store.on("alarms", draw), store.on("replay", () => draw(store.get("alarms") ?? []))];
  const ages = setInterval(() => root.querySelectorAll("[data-since]").forEach((node) => say(node, age(app, Number(node.dataset.since)))), 1000);
  return () => {
    offs.forEach((off) => off());
    clearInterval(ages);
    act.close();
  };
}

/** What this person may do now: nobody changes the past. */
export function leave(app) {
  return app.store.get("replay") ? {} : app.can;
}

function age(app, since) {
  const now = app.store.get("moment")?.t_ms;
  return now ? lasting(now - since) : "";
}

function entry(app, alarm, below, act) {
  const { words } = app;
  return h("div", { class: "alarm-group", role: "listitem" }, row(app, alarm, act),
    below.length ? h("details", { class: "below" }, h("summary", {}, words.t("alarms.below", { n: below.length })), below.map((one) => row(app, one, act))) : null);
}

function row(app, alarm, act) {
  const { words } = app;
  const node = h("article", { class: "alarm", "data-alarm": alarm.number, "data-state": group(alarm.state), "data-priority": alarm.priority },
    badge(alarm.priority, words),
    h("div", { class: "what" }, h("a", { href: app.linkTo("alarm", { number: alarm.number }) }, words.cause(alarm)),
      h("span", { class: "muted" }, [partTitle(app, alarm.part), words.told(alarm.text)].filter(Boolean).join(" · ")),
      alarm.comment ? h("span", { class: "comment" }, `“${alarm.comment}”`) : null),
    h("div", { class: "state" }, h("span", { class: "word" }, words.of("state", alarm.state)),
      alarm.acknowledged_by ? h("span", { class: "muted" }, words.t("alarms.by", { who: alarm.acknowledged_by })) : null,
      alarm.shelved_until_ms ? h("span", { class: "muted" }, words.t("alarms.until", { t: words.time(alarm.shelved_until_ms, "minute") })) : null,
      alarm.chattering ? h("span", { class: "flag" }, words.t("alarms.chattering")) : null, alarm.stale ? h("span", { class: "flag" }, words.t("alarms.stale")) : null),
    h("div", { class: "since" }, h("time", {}, words.time(alarm.since_ms, "minute")), h("span", { class: "muted", "data-since": alarm.since_ms }, age(app, alarm.since_ms))),
    act.buttons(alarm, leave(app)));
  mark(node, "data-asks", alarm.annunciated ? "true" : null);
  return node;
}

/** @param {any} app */
export function partTitle(app, name) {
  return app.site.parts.find((part) => part.name === name)?.title ?? name;
}

/** The journal of the last day, or longer, when somebody wants it. */
function history(app, room) {
  const { words, store } = app;
  const spans = [["8h", 8 * HOUR], ["day", DAY], ["week", 7 * DAY], ["month", 31 * DAY], ["year", 366 * DAY]];
  const fetchIt = async (ms) => {
    const to = (store.get("moment")?.t_ms ?? Date.now()) + 1;
    try {
      const lines = await get("api/alarms/history", { from: to - ms, to });
      put(room, lines.length ? h("ol", { class: "timeline" }, lines.slice(-500).reverse().map((line) => h("li", {}, h("time", {}, words.time(line.t_ms)), " ", said(app, line)))) : h("p", { class: "empty" }, words.t("alarms.no_history")));
    } catch (error) {
      put(room, h("p", { class: "told" }, error.message));
    }
  };
  const details = h("details", { class: "fold history" }, h("summary", {}, words.t("alarms.history")),
    h("div", { class: "chips" }, spans.map(([name, ms]) => h("button", { class: "chip", onclick: () => fetchIt(ms) }, words.t(`span.${name}`)))), room);
  details.addEventListener("toggle", () => details.open && !room.childElementCount && fetchIt(DAY));
  return details;
}
