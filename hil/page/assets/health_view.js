/** How the desk itself is: links, cycle, clock, disk, processes, and whether the twin fits. */

import { get } from "./api.js";
import { h, put, say } from "./dom.js";
import { lasting } from "./times.js";

/** A twin whose innovations are this many times larger or smaller than expected does not fit. */
const FITS = [0.3, 3];

/**
 * @param {HTMLElement} root
 * @param {any} app
 */
export function show(root, app) {
  const { words, store, site } = app;
  const room = h("div", { class: "grid" });
  const then = h("p", { class: "muted then" });
  put(root, h("h1", {}, words.t("view.health")), then, room);
  let asked = 0;
  // a bench keeps nothing of it, and shows how it is now
  const past = () => (site.kind === "monitor" ? store.get("replay")?.t : undefined);
  const draw = async () => {
    const mine = (asked += 1);
    const t = past();
    try {
      const told = t !== undefined ? await get("api/health", { t }) : (store.get("health") ?? (await get("api/health")));
      if (mine !== asked) return;
      say(then, told?.t_ms ? words.t("health.then", { time: words.time(told.t_ms) }) : "");
      put(room, told ? cards(app, told) : h("p", { class: "empty" }, words.t("health.not_kept")));
    } catch (error) {
      if (mine === asked) put(room, h("p", { class: "told" }, error.message));
    }
  };
  const off = [store.on("health", () => past() === undefined && draw()), store.on("replay", draw)];
  draw();
  return () => off.forEach((stop) => stop());
}

function cards(app, health) {
  const { words } = app;
  const late = health.late_us ?? {};
  const micro = (us) => (us === null || us === undefined ? "–" : us >= 1e6 ? `${words.number(us / 1e6, 1)} s` : us >= 1e4 ? `${words.number(us / 1e3, 0)} ms` : `${words.number(us, 0)} µs`);
  const fact = (key, value, bad = false) => [h("dt", {}, words.t(key)), h("dd", { "data-bad": bad ? "true" : null }, bad ? "▲ " : "", value)];
  const days = health.disk_days_left;
  return [
    h("section", { class: "card wide" }, h("h2", {}, words.t("health.links")), links(app, health.links ?? [], micro)),
    h("section", { class: "card" }, h("h2", {}, words.t("health.cycle")), h("dl", { class: "facts" },
      fact("health.late50", micro(late.p50)), fact("health.late99", micro(late.p99)), fact("health.late_max", micro(late.max)),
      fact("health.overruns", words.number(health.overruns, 0), health.overruns > 0), fact("health.dropped", words.number(health.dropped, 0), health.dropped > 0),
      fact("health.clock", `${words.number(health.clock_offset_s, 3, true)} s`, Math.abs(health.clock_offset_s) > 1))),
    h("section", { class: "card" }, h("h2", {}, words.t("health.disk")), h("dl", { class: "facts" },
      fact("health.days", days === null || days === undefined ? words.t("health.days_unknown") : words.t("health.days_n", { n: words.number(days, 0) }), days !== null && days !== undefined && days < 14),
      fact("health.free", bytes(words, health.disk_free_bytes)), fact("health.used", bytes(words, health.disk_used_bytes)))),
    h("section", { class: "card" }, h("h2", {}, words.t("health.twin")), twin(app, health.twin ?? {}, health.twin_unknown)),
    h("section", { class: "card wide" }, h("h2", {}, words.t("health.processes")), processes(app, health.processes ?? [])),
    h("section", { class: "card" }, h("h2", {}, words.t("health.gaps")), gaps(app, health.gaps ?? [])),
    health.notes?.length ? h("section", { class: "card" }, h("h2", {}, words.t("health.notes")), h("ul", { class: "plain" }, health.notes.map((note) => h("li", {}, words.said(note))))) : null,
  ];
}

function table(words, heads, rows) {
  return h("div", { class: "scroll-x" }, h("table", { class: "list" }, h("thead", {}, h("tr", {}, heads.map(([key, num]) => h("th", { scope: "col", class: num ? "num" : "" }, words.t(key))))), h("tbody", {}, rows)));
}

function standing(words, up) {
  return h("td", { "data-bad": up ? null : "true" }, up ? `✓ ${words.t("health.up")}` : `✕ ${words.t("health.down")}`);
}

function links(app, all, micro) {
  const { words } = app;
  if (!all.length) return h("p", { class: "empty" }, words.t("health.no_links"));
  return table(words, [["health.controller"], ["health.link"], ["health.state"], ["health.transactions", 1], ["health.errors", 1], ["health.p50", 1], ["health.p99", 1], ["health.last_error"]],
    all.map((link) => h("tr", {}, h("th", { scope: "row" }, link.name), h("td", {}, link.link || (app.site.controllers.find((one) => one.name === link.name)?.link ?? "")), standing(words, link.up), h("td", { class: "num" }, words.number(link.transactions, 0)),
      h("td", { class: "num" }, words.number(link.errors, 0)), h("td", { class: "num" }, micro(link.p50_us)), h("td", { class: "num" }, micro(link.p99_us)), h("td", { class: "muted" }, words.said(link.last_error || "")))));
}

function processes(app, all) {
  const { words } = app;
  if (!all.length) return h("p", { class: "empty" }, words.t("health.no_processes"));
  return table(words, [["health.process"], ["health.state"], ["health.restarts", 1], ["health.cpu", 1], ["health.memory", 1], ["health.why"]],
    all.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), standing(words, one.up), h("td", { class: "num" }, words.number(one.restarts, 0)), h("td", { class: "num" }, `${words.number(one.cpu_s, 1)} s`),
      h("td", { class: "num" }, bytes(words, one.memory_bytes)), h("td", { class: "muted" }, words.said(one.why || "")))));
}

function twin(app, parts, unknown) {
  const { words, site } = app;
  const rows = Object.entries(parts);
  if (!rows.length) return h("p", { class: "empty" }, words.said(unknown || "") || words.t("health.no_twin"));
  return [h("dl", { class: "facts" }, rows.map(([name, value]) => {
    const bad = value !== null && (value < FITS[0] || value > FITS[1]);
    return [h("dt", {}, site.parts.find((part) => part.name === name)?.title ?? name), h("dd", { "data-bad": bad ? "true" : null }, bad ? "▲ " : "", words.number(value, 2))];
  })), h("p", { class: "muted" }, words.t("health.twin_is"))];
}

function gaps(app, all) {
  const { words } = app;
  if (!all.length) return h("p", { class: "empty" }, words.t("health.no_gaps"));
  return h("ol", { class: "timeline" }, all.slice(-50).reverse().map((gap) => h("li", {}, h("time", {}, words.time(gap.from_ms)), ` ${lasting(gap.to_ms - gap.from_ms)} · ${words.said(gap.why)}`)));
}

function bytes(words, n) {
  if (n === null || n === undefined) return "–";
  const step = n >= 1e12 ? [1e12, "TB"] : n >= 1e9 ? [1e9, "GB"] : n >= 1e6 ? [1e6, "MB"] : [1e3, "kB"];
  return `${words.number(n / step[0], n / step[0] >= 100 ? 0 : 1)} ${step[1]}`;
}
