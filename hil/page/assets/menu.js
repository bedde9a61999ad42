/** Language, theme, who is signed in. */

import { post } from "./api.js";
import { h, put, s } from "./dom.js";
import { noteForm } from "./notes.js";
import { passwordForm } from "./password.js";
import { setTheme, theme, THEMES } from "./theme.js";
import { LANGUAGES } from "./words.js";

/** @param {any} app */
export function menu(app) {
  const { words, user, language, can } = app;
  const dialog = h("dialog", { class: "menu", "aria-label": words.t("menu") });
  const open = () => {
    draw();
    dialog.showModal();
  };
  const button = h("button", { class: "icon", onclick: open, "aria-label": words.t("menu"), title: words.t("menu") },
    s("svg", { viewBox: "0 0 24 24", width: 22, height: 22, "aria-hidden": "true" }, s("path", { d: "M4 6h16M4 12h16M4 18h16" })));
  const choice = (name, all, chosen, label, take) => h("fieldset", { class: "choice" }, h("legend", {}, words.t(name)),
    all.map((one) => h("label", {}, h("input", { type: "radio", name, value: one, checked: one === chosen, onchange: () => take(one) }), h("span", {}, label(one)))));
  const draw = () => put(dialog,
    h("h2", {}, words.t("menu")),
    choice("language", Object.keys(LANGUAGES), language, (one) => h("span", { lang: one }, LANGUAGES[one]), (one) => {
      localStorage.setItem("hukka.language", one);
      location.reload();
    }),
    choice("theme", THEMES, theme(), (one) => words.t(`theme.${one}`), setTheme),
    h("div", { class: "stack" },
      user ? h("p", {}, words.t("user.is", { name: user.name, role: words.of("role", user.role) })) : h("p", { class: "muted" }, words.t("user.none")),
      can.order ? noteForm(app) : null,
      can.users ? h("a", { class: "button", href: app.linkTo("users"), onclick: () => dialog.close() }, words.t("view.users")) : null,
      user && can.password !== false ? passwordForm(app) : null,
      user ? h("button", { class: "button", onclick: () => signOut(app) }, words.t("user.out")) : null,
      h("button", { class: "button", onclick: () => (dialog.close(), app.help()) }, words.t("keys.title"), " ", h("kbd", {}, "?"))),
    h("form", { method: "dialog" }, h("button", { class: "button strong" }, words.t("close"))));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  return {
    button, dialog, open,
    nextTheme: () => setTheme(THEMES[(THEMES.indexOf(theme()) + 1) % THEMES.length]),
  };
}

async function signOut(app) {
  try {
    await post("api/logout", {}, app);
  } finally {
    // whatever came of it, the server says who is there
    location.reload();
  }
}
