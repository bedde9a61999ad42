/** A search box over all that can be drawn. */

import { h, mark, put } from "./dom.js";
import { found } from "./trend_data.js";
import { shown, split, unitOf } from "./units.js";

const MOST = 40;

/**
 * @param {any} app
 * @param {() => string[]} chosen
 * @param {(key: string) => void} take
 */
export function picker(app, chosen, take) {
  const { site, words } = app;
  const all = Object.keys(site.keys).filter((key) => !key.endsWith(":quality")).map((key) => {
    const [name, kind] = split(key);
    const part = site.parts.find((p) => name.startsWith(`${p.name}.`));
    return { key, text: `${words.variable(name)} · ${part?.title ?? ""} · ${words.of("kind", kind)}`, unit: shown(unitOf(site, key)) };
  });
  all.sort((a, b) => rank(a.key) - rank(b.key));
  const list = h("ul", { id: "found", role: "listbox", class: "found", hidden: true });
  const input = h("input", {
    type: "search", role: "combobox", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list", autocomplete: "off",
    placeholder: words.t("trend.search"), "aria-label": words.t("trend.search"), "data-search": true,
  });
  let shownNow = [];
  let at = -1;

  const open = () => {
    const taken = new Set(chosen());
    shownNow = found(all, input.value).filter(({ key }) => !taken.has(key)).slice(0, MOST);
    at = input.value && shownNow.length ? 0 : -1;
    put(list, shownNow.length ? shownNow.map((one, i) => h("li", { id: `found-${i}`, role: "option", onmousedown: (event) => (event.preventDefault(), pick(one)) },
      h("span", {}, one.text), h("code", {}, one.key), h("span", { class: "muted" }, one.unit))) : h("li", { class: "muted" }, words.t("trend.none")));
    list.hidden = false;
    mark(input, "aria-expanded", "true");
    point();
  };
  const close = () => {
    list.hidden = true;
    mark(input, "aria-expanded", "false");
    mark(input, "aria-activedescendant", null);
  };
  const point = () => {
    [...list.children].forEach((item, i) => mark(item, "aria-selected", String(i === at)));
    mark(input, "aria-activedescendant", at >= 0 ? `found-${at}` : null);
    list.children[at]?.scrollIntoView({ block: "nearest" });
  };
  const pick = (one) => {
    input.value = "";
    close();
    take(one.key);
  };
  input.addEventListener("focus", open);
  input.addEventListener("input", open);
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) open();
      at = (at + (event.key === "ArrowDown" ? 1 : -1) + shownNow.length) % Math.max(1, shownNow.length);
      point();
    } else if (event.key === "Enter" && shownNow[at]) {
      event.preventDefault();
      pick(shownNow[at]);
    } else if (event.key === "Escape") {
      event.stopPropagation();
      close();
      input.blur();
    }
  });
  return h("div", { class: "picker" }, input, list);
}

/** Measured ones first. */
function rank(key) {
  return ["measured", "command", "predicted", "band", "truth"].indexOf(split(key)[1]);
}
