/** Who are you? */

import { post } from "./api.js";
import { h, put, say } from "./dom.js";

/**
 * @param {import("./words.js").Words} words
 * @param {() => void} done
 */
export function login(words, done) {
  const name = h("input", { name: "name", autocomplete: "username", required: true, autofocus: true });
  const password = h("input", { name: "password", type: "password", autocomplete: "current-password", required: true });
  const told = h("p", { class: "told", role: "alert" });
  const send = async (event) => {
    event.preventDefault();
    say(told, "");
    try {
      await post("api/login", { name: name.value, password: password.value });
      done();
    } catch (error) {
      say(told, error.status === 401 || error.status === 403 ? words.t("login.wrong") : error.message);
      password.value = "";
      password.focus();
    }
  };
  put(document.body, h("main", { class: "login" }, h("form", { class: "card stack", onsubmit: send },
    h("h1", {}, h("img", { src: "assets/icon.svg", width: 28, height: 28, alt: "" }), " hukka"),
    h("label", {}, words.t("login.name"), name), h("label", {}, words.t("login.password"), password),
    h("button", { class: "button strong" }, words.t("login.in")), told)));
  document.title = "hukka";
  name.focus();
}
