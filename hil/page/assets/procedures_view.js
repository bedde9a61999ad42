/** Procedures that run, and those that ran with their verdicts. */

import { get } from "./api.js";
import { h, put } from "./dom.js";
import { lasting } from "./times.js";

const EVERY_MS = 2000;

/**
 * @param {HTMLElement} root
 * @param {any} app
 */
export function show(root, app) {
  const { words, store } = app;
  const room = h("div", { class: "grid" });
  put(root, h("h1", {}, words.t("view.procedures")), room);
  let ended = false;
  let timer = 0;
  let drawn = "";
  const fetchIt = async () => {
    try {
      const all = await get("api/procedures");
      if (ended) return;
      const now = JSON.stringify(all);
      if (now !== drawn) put(room, all.length ? all.map((one) => card(app, one)) : h("p", { class: "empty" }, words.t("procedures.none")));
      drawn = now;
    } catch (error) {
      if (!ended && error.status !== 0) put(room, h("p", { class: "told" }, error.message));
    }
    if (!ended) timer = setTimeout(fetchIt, EVERY_MS);
  };
  fetchIt();
  return () => {
    ended = true;
    clearTimeout(timer);
    void store;
  };
}

function card(app, one) {
  const { words, store } = app;
  const now = store.get("moment")?.t_ms;
  const progress = one.steps && one.step_number ? h("progress", { max: one.steps, value: one.step_number, "aria-label": words.t("procedures.progress") }) : null;
  return h("article", { class: "card" }, h("h2", {}, one.title ?? one.name), h("dl", { class: "facts" },
    [["procedures.state", one.state && words.of("procedure", one.state)], ["procedures.step", one.step], ["procedures.since", one.since_ms !== undefined && one.since_ms !== null && `${words.time(one.since_ms)}${now && one.state === "running" ? ` · ${lasting(now - one.since_ms)}` : ""}`], ["procedures.verdict", one.verdict && words.of("verdict", one.verdict)], ["procedures.why", one.why]]
      .filter(([, value]) => value).map(([key, value]) => [h("dt", {}, words.t(key)), h("dd", {}, value)])), progress);
}
