/** The most urgent alarm that nobody has acknowledged, on every view; new ones are read out. */

import { h, put, say } from "./dom.js";
import { urgent } from "./alarm_order.js";
import { badge } from "./alarm_badge.js";

/** @param {any} app */
export function strip(app) {
  const { words, store } = app;
  const bar = h("div", { class: "strip", hidden: true });
  const spoken = h("div", { class: "sr", role: "alert", "aria-live": "assertive" });
  let known = null;
  store.on("alarms", (alarms) => {
    const asking = urgent(alarms.filter((alarm) => alarm.annunciated));
    bar.hidden = asking.length === 0;
    if (asking.length) {
      const [first] = asking;
      put(bar, badge(first.priority, words), h("a", { href: app.linkTo("alarm", { number: first.number }) }, h("strong", {}, words.cause(first))),
        h("span", { class: "muted" }, words.time(first.raised_ms, "minute")),
        asking.length > 1 ? h("a", { class: "more", href: app.linkTo("alarms") }, words.t("strip.more", { n: asking.length - 1 })) : null);
    }
    const fresh = known === null ? [] : asking.filter((alarm) => !known.has(alarm.number));
    known = new Set(asking.map((alarm) => alarm.number));
    if (fresh.length && !store.get("replay")) say(spoken, fresh.map((a) => `${words.t("strip.new")}: ${words.t(`priority.${a.priority}`)}, ${words.cause(a)}`).join(". "));
  });
  return h("div", { class: "strip-room" }, bar, spoken);
}
