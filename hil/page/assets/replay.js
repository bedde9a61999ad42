/** Any past moment on the same pages: a banner, a slider over all that was recorded, and play. */

import { read, write } from "./address.js";
import { get } from "./api.js";
import { h, mark, say } from "./dom.js";
import { DAY, fromInput, HOUR, MINUTE, toInput } from "./times.js";

const SPEEDS = [1, 10, 60, 600, 3600];
const PLAY_MS = 500;
const STEPS = 1000;
/** Views of what is not recorded: they show how it is now, and it is said that they do. */
const OF_NOW = { monitor: ["users"], bench: ["health", "users"] };

/** Take the moment out of the address, and show it or what is live. */
export function followReplay(app) {
  const { store } = app;
  let asked = 0;
  const follow = async () => {
    const { at } = read(location.hash).params;
    const t = at === undefined ? null : Number(at);
    const mine = (asked += 1);
    if (t === null || !Number.isFinite(t)) {
      if (!store.get("replay")) return;
      store.set("replay", null);
      app.ages.forget();
      if (store.get("live")) store.set("moment", store.get("live"));
      store.set("alarms", store.get("liveAlarms") ?? []);
      return;
    }
    store.set("replay", { ...store.get("replay"), t, missing: false });
    try {
      const seen = await get("api/at", { t });
      if (mine !== asked) return;
      if (seen) {
        app.ages.forget();
        app.ages.take(seen);
        store.set("moment", seen);
        store.set("alarms", seen.alarms ?? (await get("api/alarms", { t })));
      } else store.set("replay", { ...store.get("replay"), missing: true });
    } catch (error) {
      if (mine === asked) store.set("replay", { ...store.get("replay"), missing: true, why: error.message });
    }
  };
  window.addEventListener("hashchange", follow);
  follow();
}

/** @param {any} app */
export function replayBar(app) {
  const { words, store, site } = app;
  const slider = h("input", { type: "range", min: 0, max: STEPS, step: 1, "aria-label": words.t("replay.slider") });
  const when = site.kind === "bench" ? h("output", { class: "num" }) : h("input", { type: "datetime-local", step: 1, "aria-label": words.t("replay.when") });
  const play = h("button", { class: "button", onclick: () => toggle() }, words.t("replay.play"));
  const speed = h("select", { "aria-label": words.t("replay.speed") }, SPEEDS.map((n) => h("option", { value: n, selected: n === 60 }, `× ${words.number(n, 0)}`)));
  const told = h("span", { class: "told", role: "status" });
  const ofNow = h("strong", { hidden: true, role: "status" }, words.t("replay.of_now"));
  const step = (label, ms, key) => h("button", { class: "button", onclick: () => move(ms), title: key }, label);
  const bar = h("section", { class: "replay", hidden: true, "aria-label": words.t("replay.title") },
    h("strong", { class: "word" }, words.t("replay.banner")), ofNow,
    h("div", { class: "controls" }, step("−1 h", -HOUR, "<"), step("−1 min", -MINUTE, ","), play, speed, step("+1 min", MINUTE, "."), step("+1 h", HOUR, ">"), when),
    slider, told, h("button", { class: "button strong", onclick: () => go(null) }, words.t("replay.back")));
  let span = null;
  let timer = 0;

  const go = (t) => {
    const { view, params } = read(location.hash);
    const bounded = t === null || !span ? t : Math.round(Math.max(span.from_ms, Math.min(span.to_ms, t)));
    // a slider's every step is no page to come back to
    history.replaceState(null, "", write(view, { ...params, at: bounded }));
    window.dispatchEvent(new HashChangeEvent("hashchange"));
  };
  const move = (ms) => go((store.get("replay")?.t ?? store.get("live")?.t_ms ?? Date.now()) + ms);
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    say(play, words.t("replay.play"));
  };
  const toggle = () => {
    if (timer) return stop();
    say(play, words.t("replay.pause"));
    timer = setInterval(() => {
      if (span && store.get("replay")?.t >= span.to_ms) stop();
      else move(Number(speed.value) * PLAY_MS);
    }, PLAY_MS);
  };
  const start = async () => {
    span = await get("api/span");
    if (span) go(Math.max(span.from_ms, (store.get("live")?.t_ms ?? span.to_ms) - HOUR));
  };
  slider.addEventListener("input", () => span && go(span.from_ms + ((span.to_ms - span.from_ms) * Number(slider.value)) / STEPS));
  when.addEventListener("change", () => fromInput(when.value) !== null && go(fromInput(when.value)));
  store.on("place", ({ view }) => (ofNow.hidden = !(OF_NOW[site.kind] ?? []).includes(view)));
  store.on("replay", async (replay) => {
    bar.hidden = !replay;
    if (!replay) return stop();
    span ??= await get("api/span").catch(() => null);
    if (span && document.activeElement !== slider) slider.value = String(Math.round((STEPS * (replay.t - span.from_ms)) / Math.max(1, span.to_ms - span.from_ms)));
    mark(slider, "aria-valuetext", words.time(replay.t));
    if (when.tagName === "OUTPUT") say(when, words.time(replay.t));
    else if (document.activeElement !== when) when.value = toInput(replay.t);
    say(told, replay.missing ? (replay.why ?? words.t("replay.nothing")) : "");
  });
  app.startReplay = start;
  app.replayAt = go;
  app.replayKey = (event) => {
    const replaying = Boolean(store.get("replay"));
    if (event.key === "r") return event.preventDefault(), replaying ? go(null) : start();
    if (!replaying) return undefined;
    const by = { ",": -MINUTE, ".": MINUTE, "<": -HOUR, ">": HOUR, "[": -DAY, "]": DAY }[event.key];
    if (by) return event.preventDefault(), move(by);
    const onButton = event.target.tagName === "BUTTON" || event.target.tagName === "A";
    if (event.key === " " && !onButton) return event.preventDefault(), toggle();
    return event.key === "Escape" ? go(null) : undefined;
  };
  return bar;
}
