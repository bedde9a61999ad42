/** Who may see, act and change users. */

import { get, post } from "./api.js";
import { h, put, say } from "./dom.js";

const ROLES = ["viewer", "operator", "engineer"];

/**
 * @param {HTMLElement} root
 * @param {any} app
 */
export function show(root, app) {
  const { words, user } = app;
  const body = h("tbody", {});
  const told = h("p", { class: "told", role: "status" });
  const name = h("input", { name: "name", autocomplete: "off", required: true });
  const password = h("input", { name: "password", type: "password", autocomplete: "new-password", required: true });
  const role = h("select", { name: "role" }, ROLES.map((one) => h("option", { value: one }, words.of("role", one))));
  const draw = async () => {
    try {
      const all = await get("api/users");
      put(body, all.map((one) => h("tr", {}, h("th", { scope: "row" }, one.name), h("td", {}, words.of("role", one.role)),
        h("td", {}, one.name === user?.name ? words.t("users.you") : h("button", { class: "button", onclick: () => change({ name: one.name }, "DELETE", words.t("users.gone", { name: one.name })) }, words.t("users.remove"))))));
    } catch (error) {
      say(told, error.message);
    }
  };
  const change = async (what, method, done) => {
    try {
      await post("api/users", what, app, method);
      await draw();
      say(told, done);
    } catch (error) {
      say(told, error.message);
    }
  };
  const add = async (event) => {
    event.preventDefault();
    await change({ name: name.value, password: password.value, role: role.value }, "POST", words.t("users.added", { name: name.value }));
    password.value = "";
  };
  put(root, h("h1", {}, words.t("view.users")), h("div", { class: "grid" },
    h("section", { class: "card" }, h("table", { class: "list" }, h("thead", {}, h("tr", {}, h("th", { scope: "col" }, words.t("login.name")), h("th", { scope: "col" }, words.t("users.role")), h("th", {}))), body)),
    h("section", { class: "card" }, h("h2", {}, words.t("users.add")), h("form", { class: "stack", onsubmit: add }, h("label", {}, words.t("login.name"), name), h("label", {}, words.t("login.password"), password),
      h("label", {}, words.t("users.role"), role), h("button", { class: "button strong" }, words.t("users.add")))),
    h("section", { class: "card" }, h("h2", {}, words.t("users.roles")), h("dl", { class: "facts" }, ROLES.map((one) => [h("dt", {}, words.of("role", one)), h("dd", {}, words.t(`role.${one}.may`))])))), told);
  draw();
}
