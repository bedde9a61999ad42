/** The keyboard: a letter a view, and the list of all shortcuts. */

import { h, put } from "./dom.js";

const VIEWS = { 1: "plant", 2: "trend", 3: "alarms", 4: "kpis", 5: "health", 6: "procedures" };

/** Shortcuts as the list shows them; views add theirs to what happens on their own elements. */
export const SHORTCUTS = [
  ["1 … 6", "keys.views"], ["?", "keys.help"], ["m", "keys.menu"], ["t", "keys.theme"],
  ["r", "keys.replay"], [", .", "keys.step"], ["< >", "keys.leap"], ["Space", "keys.play"], ["Esc", "keys.escape"],
  ["← →", "keys.pan"], ["+ −", "keys.zoom"], ["Home", "keys.whole"], ["End", "keys.live"], ["/", "keys.search"],
];

/**
 * @param {any} app
 * @param {{open: () => void, nextTheme: () => void}} settings
 */
export function bindKeys(app, settings) {
  const help = helpDialog(app);
  document.body.append(help);
  app.help = () => help.showModal();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (isWriting(event.target) || document.querySelector("dialog[open]")) return;
    const done = () => event.preventDefault();
    if (event.key in VIEWS) return done(), app.go(VIEWS[event.key]);
    switch (event.key) {
      case "?": return done(), help.showModal();
      case "m": return done(), settings.open();
      case "t": return done(), settings.nextTheme();
      case "/": {
        const search = document.querySelector("[data-search]");
        return search ? (done(), search.focus()) : undefined;
      }
      default: app.replayKey?.(event);
    }
  });
}

/** Whether keys are for a field. A dialog that has just closed keeps them for a moment, and nobody sees it. */
function isWriting(element) {
  return /^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) && element.checkVisibility();
}

function helpDialog({ words }) {
  const dialog = h("dialog", { class: "help", "aria-label": words.t("keys.title") });
  put(dialog,
    h("h2", {}, words.t("keys.title")),
    h("dl", {}, SHORTCUTS.map(([keys, what]) => [h("dt", {}, keys.split(" ").map((key) => (key === "…" ? " … " : h("kbd", {}, key)))), h("dd", {}, words.t(what))])),
    h("form", { method: "dialog" }, h("button", { class: "button", autofocus: true }, words.t("close"))));
  return dialog;
}
