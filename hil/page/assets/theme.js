/** Light, dark and night: what the system prefers until somebody chooses, then what was chosen. */

export const THEMES = ["auto", "light", "dark", "night"];
const KEPT = "hukka.theme";

/** The choice that stands. */
export function theme() {
  const kept = localStorage.getItem(KEPT);
  return kept && THEMES.includes(kept) ? kept : "auto";
}

/** @param {string} chosen */
export function setTheme(chosen) {
  localStorage.setItem(KEPT, chosen);
  paint();
}

/** Paint now and whenever the system changes its mind. */
export function keepTheme() {
  paint();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paint);
}

function paint() {
  const chosen = theme();
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  document.documentElement.dataset.theme = chosen === "auto" ? (dark ? "dark" : "light") : chosen;
  window.dispatchEvent(new Event("hukka-theme"));
}
