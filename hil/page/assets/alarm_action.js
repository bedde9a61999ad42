/** One dialog for what a person does to alarms: why, and for a shelf until when. */

import { deedsFor } from "./alarm_order.js";
import { post } from "./api.js";
import { h, put, say } from "./dom.js";
import { HOUR, MINUTE } from "./times.js";

const SHELVES = [15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, 24 * HOUR];
/** An order arrives a moment later than it was given: the longest shelf is a little shorter. */
const LATE = 30_000;

/** @param {any} app */
export function acting(app) {
  const { words, store } = app;
  const dialog = h("dialog", { class: "act" });
  const close = () => dialog.open && dialog.close();

  /**
   * @param {string} deed word of DEEDS
   * @param {any[]} alarms
   */
  const open = (deed, alarms) => {
    const comment = h("textarea", { rows: 3, maxlength: 500, name: "comment", required: deed === "shelve" || deed === "remove" });
    const told = h("p", { class: "told", role: "alert" });
    const shelf = deed === "shelve" ? h("fieldset", { class: "choice" }, h("legend", {}, words.t("shelve.for")),
      SHELVES.map((ms, i) => h("label", {}, h("input", { type: "radio", name: "for", value: ms, checked: i === 1 }), h("span", {}, ms < HOUR ? `${ms / MINUTE} min` : `${ms / HOUR} h`)))) : null;
    const button = h("button", { class: "button strong" }, words.t(`deed.${deed}`));
    const send = async (event) => {
      event.preventDefault();
      button.disabled = true;
      try {
        for (const alarm of alarms) {
          const order = { action: deed, comment: comment.value.trim() };
          if (shelf) order.until_ms = now(store) + Math.min(Number(new FormData(form).get("for")), 24 * HOUR - LATE);
          await post(`api/alarms/${alarm.number}`, order, app);
        }
        close();
      } catch (error) {
        say(told, error.status === 0 ? words.t("stale.word") : error.message);
      }
      button.disabled = false;
    };
    const form = h("form", { class: "stack", onsubmit: send },
      h("h2", {}, words.t(`deed.${deed}`)), h("ul", { class: "plain" }, alarms.slice(0, 8).map((alarm) => h("li", {}, words.cause(alarm))), alarms.length > 8 ? h("li", {}, `+ ${alarms.length - 8}`) : null),
      shelf, h("label", {}, words.t(comment.required ? "act.why" : "act.comment"), comment), told,
      h("div", { class: "buttons" }, h("button", { class: "button", type: "button", onclick: close }, words.t("cancel")), button));
    put(dialog, form);
    dialog.setAttribute("aria-label", words.t(`deed.${deed}`));
    dialog.showModal();
    comment.focus();
  };
  /**
   * A button for each deed that is allowed.
   * @param {any} alarm
   * @param {{order?: boolean, service?: boolean}} leave
   */
  const buttons = (alarm, leave) => h("div", { class: "deeds" }, deedsFor(alarm, leave).map((deed) =>
    h("button", { class: deed === "acknowledge" ? "button strong" : "button", "data-deed": deed, onclick: () => open(deed, [alarm]) }, words.t(`deed.${deed}`))));
  return { dialog, open, close, buttons };
}

/** Time of the plant, for a bench's clock is its own. */
function now(store) {
  return store.get("live")?.t_ms ?? Date.now();
}
