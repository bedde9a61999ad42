/** Procedures that run, step by step, and those that ran with their verdicts; or that did then. */

import { get } from "./api.js";
import { h, put } from "./dom.js";
import { lasting } from "./times.js";

const EVERY_MS = 1000;
const SIGNS = { pass: "✓", fail: "✕", inconclusive: "?", blocked: "⊘", skipped: "–" };

/**
 * @param {HTMLElement} root
 * @param {any} app
 */
export function show(root, app) {
  const { words, store, site } = app;
  const room = h("div", { class: "grid" });
  put(root, h("h1", {}, words.t("view.procedures")), room);
  const unfolded = new Set();
  let asked = 0;
  let timer = 0;
  let drawn = "";
  // times of a bench are of its run, and no procedure runs on one
  const past = () => (site.kind === "monitor" ? store.get("replay")?.t : undefined);
  const draw = async () => {
    clearTimeout(timer);
    const mine = (asked += 1);
    const t = past();
    try {
      const all = await get("api/procedures", t === undefined ? {} : { t });
      if (mine !== asked) return;
      const seen = JSON.stringify([all, t]);
      const none = t === undefined ? "procedures.none" : "procedures.none_then";
      if (seen !== drawn) put(room, all.length ? all.map((one) => card(app, one, unfolded, t ?? Date.now())) : h("p", { class: "empty" }, words.t(none)));
      drawn = seen;
    } catch (error) {
      if (mine === asked && error.status !== 0) put(room, h("p", { class: "told" }, error.message));
    }
    if (mine === asked && t === undefined) timer = setTimeout(draw, EVERY_MS);
  };
  const off = store.on("replay", draw);
  draw();
  return () => {
    asked += 1;
    clearTimeout(timer);
    off();
  };
}

/** One block, as it is at `t` [ms]. */
function card(app, one, unfolded, t) {
  const { words } = app;
  const running = one.state === "running";
  const facts = [
    ["procedures.name", one.title && one.name],
    ["procedures.run", one.run],
    ["procedures.state", words.of("procedure", one.state)],
    ["procedures.began", one.began_ms && words.time(one.began_ms)],
    ["procedures.since", one.since_ms && `${words.time(one.since_ms)} · ${lasting(t - one.since_ms)}`],
    ["procedures.ended", one.ended_ms && words.time(one.ended_ms)],
    ["procedures.verdict", one.verdict && verdict(words, one.verdict)],
    ["procedures.why", inWords(words, one.why)],
  ].filter(([, value]) => value);
  return h("article", { class: "card", "data-procedure": one.name, "data-state": one.state, "data-verdict": one.verdict },
    h("h2", {}, inWords(words, one.title) || one.name),
    h("dl", { class: "facts" }, facts.map(([key, value]) => [h("dt", {}, words.t(key)), h("dd", {}, value)])),
    running && one.of ? h("progress", { max: one.of, value: one.steps.filter((step) => step.verdict).length, "aria-label": words.t("procedures.progress") }) : null,
    one.steps.length ? list(words, one, running, unfolded) : null);
}

/** What the record of a procedure says, in the language of the page. */
function inWords(words, text) {
  return words.said(text ?? "", ["procedures", "views"]);
}

/** Steps with their verdicts: in sight while the block runs, else behind a line that opens them. */
function list(words, one, running, unfolded) {
  const steps = h("ol", { class: "steps" }, one.steps.map((step) => h("li", { "data-verdict": step.verdict ?? "running", "aria-current": step.verdict ? null : "step" },
    step.verdict ? `${verdict(words, step.verdict)} · ` : "▸ ", inWords(words, step.text), step.why ? h("span", { class: "muted" }, ` · ${inWords(words, step.why)}`) : null)));
  if (running) return steps;
  const key = `${one.run}/${one.name}`;
  const fold = h("details", { class: "fold", open: unfolded.has(key) }, h("summary", {}, words.t("procedures.steps", { n: one.of })), steps);
  fold.addEventListener("toggle", () => (fold.open ? unfolded.add(key) : unfolded.delete(key)));
  return fold;
}

function verdict(words, word) {
  return `${SIGNS[word] ?? ""} ${words.of("verdict", word)}`.trim();
}
