/** What people write down about a moment of the plant. */

import { post } from "./api.js";
import { h, say } from "./dom.js";
import { fromInput, toInput } from "./times.js";

/** @param {any} app */
export function noteForm(app) {
  const { words, store, site } = app;
  const text = h("textarea", { rows: 2, maxlength: 2000, required: true, "aria-label": words.t("note.text"), placeholder: words.t("note.text") });
  const shownAt = store.get("moment")?.t_ms ?? Date.now();
  const when = site.kind === "bench" ? null : h("input", { type: "datetime-local", step: 1, value: toInput(shownAt), "aria-label": words.t("note.when") });
  const told = h("p", { class: "told", role: "status" });
  const send = async (event) => {
    event.preventDefault();
    try {
      await post("api/notes", { text: text.value, t_ms: (when && fromInput(when.value)) ?? shownAt }, app);
      text.value = "";
      say(told, words.t("note.kept"));
    } catch (error) {
      say(told, error.message);
    }
  };
  return h("details", { class: "fold" }, h("summary", {}, words.t("note.write")),
    h("form", { class: "stack", onsubmit: send }, text, when, h("button", { class: "button" }, words.t("note.keep")), told));
}
