/** A new password for who is signed in. */

import { get, post } from "./api.js";
import { h, say } from "./dom.js";

/** @param {any} app */
export function passwordForm(app) {
  const { words } = app;
  const field = (name, complete) => h("input", { type: "password", name, autocomplete: complete, required: true, "aria-label": words.t(`password.${name}`), placeholder: words.t(`password.${name}`) });
  const [old, fresh] = [field("old", "current-password"), field("new", "new-password")];
  const told = h("p", { class: "told", role: "status" });
  const send = async (event) => {
    event.preventDefault();
    try {
      await post("api/password", { old: old.value, new: fresh.value }, app);
      // the session is a new one, and so is its token
      app.csrf = (await get("api/site")).csrf;
      old.value = fresh.value = "";
      say(told, words.t("password.changed"));
    } catch (error) {
      say(told, error.message);
    }
  };
  return h("details", { class: "fold" }, h("summary", {}, words.t("password.change")),
    h("form", { class: "stack", onsubmit: send }, old, fresh, h("button", { class: "button" }, words.t("password.change")), told));
}
