/** What stands around every view: name, ways to the views, state of the line, the most urgent alarm. */

import { h, mark, put, s, say } from "./dom.js";
import { bindKeys } from "./keys.js";
import { menu } from "./menu.js";
import { replayBar } from "./replay.js";
import { strip } from "./strip.js";
import { lasting, SECOND } from "./times.js";

/** Views by their tabs, each with the outline of its sign. */
export const TABS = [
  ["plant", "M3 20V9l6 4V9l6 4V5h5v15Z"],
  ["trend", "M3 20V4M3 20h18M6 15l4-5 4 3 6-7"],
  ["alarms", "M12 3 22 20H2ZM12 10v5M12 17.5v.5"],
  ["kpis", "M4 20v-7h4v7M10 20V6h4v14M16 20v-10h4v10"],
  ["health", "M2 12h5l3-7 4 14 3-7h5"],
  ["procedures", "M4 6h2M9 6h11M4 12h2M9 12h11M4 18h2M9 18h11"],
];

/** Views whose tabs say how much there is in them that somebody ought to know. */
const COUNTS = ["alarms", "health"];

/** @param {any} app */
export function shell(app) {
  const { words, site, store } = app;
  const [name, ...more] = words.said(site.title).split(",");
  const main = h("main", { id: "main", tabindex: "-1" });
  const tabs = TABS.map(([view, d]) => {
    const count = COUNTS.includes(view) ? h("span", { class: `count of-${view}`, hidden: true }) : null;
    const link = h("a", { class: "tab", href: app.linkTo(view), "data-view": view },
      s("svg", { viewBox: "0 0 24 24", width: 20, height: 20, "aria-hidden": "true" }, s("path", { d })), h("span", {}, words.t(`view.${view}`)), count);
    return { view, link, count };
  });
  const word = h("strong", {});
  const clock = h("span", { class: "clock" });
  const badge = h("div", { class: "badge", role: "status", "data-life": "waiting" }, word, clock);
  const past = h("button", { class: "icon", onclick: () => (store.get("replay") ? app.replayAt(null) : app.startReplay()), "aria-label": words.t("replay.start"), title: `${words.t("replay.start")} (r)` },
    s("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" }, s("path", { d: "M4 5v5h5M4.5 10a8 8 0 1 1-.4 4M12 8v4.5l3 2" })));
  const settings = menu(app);
  put(document.body,
    h("a", { class: "skip", href: "#main", onclick: (event) => (event.preventDefault(), main.focus()) }, words.t("skip")),
    h("header", { class: "top" },
      h("a", { class: "brand", href: app.linkTo("plant"), "aria-label": site.title }, h("img", { src: "assets/icon.svg", width: 24, height: 24, alt: "" }), h("span", {}, name, h("span", { class: "long" }, more.map((text) => `,${text}`)))),
      h("nav", { class: "tabs", "aria-label": words.t("nav") }, tabs.map(({ link }) => link)),
      badge, past, settings.button),
    replayBar(app), strip(app), main, settings.dialog);
  bindKeys(app, settings);

  const life = () => {
    const { word: text, state } = lifeOf(app);
    mark(badge, "data-life", state);
    mark(document.body, "data-life", state);
    say(word, text);
    const moment = store.get("moment");
    say(clock, moment?.t_ms ? words.time(moment.t_ms, store.get("replay") || state === "stale" ? "full" : "clock") : "");
  };
  for (const name of ["life", "beat", "moment", "replay"]) store.on(name, life);
  store.on("replay", () => tabs.forEach(({ view, link }) => link.setAttribute("href", app.linkTo(view))));
  const counted = (of, n) => {
    const { count } = tabs.find(({ view }) => view === of);
    count.hidden = n === 0;
    say(count, String(n));
  };
  store.on("alarms", (alarms) => counted("alarms", alarms.filter((alarm) => alarm.annunciated).length));
  store.on("health", (health) => counted("health", health.notes?.length ?? 0));
  return {
    main,
    /** @param {string} view */
    show(view) {
      const of = { alarm: "alarms" }[view] ?? view;
      tabs.forEach((tab) => mark(tab.link, "aria-current", tab.view === of ? "page" : null));
      main.className = `view-${view}`;
      main.replaceChildren();
      window.scrollTo(0, 0);
    },
  };
}

/** State of the line in a word: live, stale with the reason, or a past moment. */
function lifeOf({ store, words, site }) {
  const life = store.get("life");
  const beat = store.get("beat");
  const since = life ? Date.now() - life.since : 0;
  if (life && !life.alive) return { state: "stale", word: words.t("stale.server", { for: lasting(since) }) };
  if (store.get("replay")) return { state: "replay", word: words.t("replay.badge") };
  if (!life || !store.get("moment")) return { state: "waiting", word: words.t("waiting") };
  if (beat?.trouble) return { state: "stale", word: words.t("stale.trouble", { why: words.said(beat.trouble) }) };
  if (site.kind === "bench" && beat?.ended) return { state: "ended", word: words.t("ended") };
  const late = Math.max(3 * SECOND, 3 * site.period_ms);
  if (site.kind === "monitor" && beat && beat.silentMs > late) return { state: "stale", word: words.t("stale.values", { for: lasting(beat.silentMs) }) };
  return { state: "live", word: words.t(site.kind === "bench" ? "bench" : "live") };
}
