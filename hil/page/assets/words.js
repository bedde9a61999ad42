/** Finnish and English: every sentence by its key, numbers and times as the language writes them. */

import { Sentences } from "./sentences.js";
import { sinceStart } from "./times.js";
import { decimals, shown, to, differenceTo, differenceUnit } from "./units.js";

export const LANGUAGES = { fi: "Suomi", en: "English" };
const LOCALES = { fi: "fi-FI", en: "en-GB" };
const MISSING = "–";
/** Groups of sentences that are looked up where nobody says which. */
const SAID = ["plant", "views"];

/**
 * Language to begin with: what was chosen, else what the browser prefers.
 * @param {string | null} kept
 * @param {readonly string[]} preferred
 */
export function choose(kept, preferred) {
  if (kept && kept in LANGUAGES) return kept;
  const found = preferred.map((p) => p.slice(0, 2)).find((p) => p in LANGUAGES);
  return found ?? "en";
}

export class Words {
  #numbers = new Map();
  #times = new Map();
  #sentences = new Map();

  /**
   * @param {string} language
   * @param {Record<string, string>} table
   * @param {boolean} [bench] whether times count from the beginning of a run
   */
  constructor(language, table, bench = false) {
    this.language = language;
    this.locale = LOCALES[language];
    this.table = table;
    this.bench = bench;
  }

  /**
   * A sentence with its blanks filled in: `t("alarms.by", {who: "anna"})`. An unknown key shows itself.
   * @param {string} key
   * @param {Record<string, unknown>} [blanks]
   */
  t(key, blanks = {}) {
    const text = this.table[key] ?? key;
    return text.replace(/\{(\w+)\}/g, (_, name) => String(blanks[name] ?? ""));
  }

  /**
   * A word that may not be known: the server's own stands when it is not.
   * @param {string} group
   * @param {string} word
   */
  of(group, word) {
    return this.table[`${group}.${word}`] ?? word;
  }

  /**
   * A number as the language writes it.
   * @param {number | null | undefined} value
   * @param {number} [digits] after the point
   * @param {boolean} [signed]
   */
  number(value, digits = 1, signed = false) {
    if (value === null || value === undefined || !Number.isFinite(value)) return MISSING;
    const key = `${digits}${signed}`;
    if (!this.#numbers.has(key))
      this.#numbers.set(key, new Intl.NumberFormat(this.locale, {
        minimumFractionDigits: digits, maximumFractionDigits: digits, signDisplay: signed ? "exceptZero" : "negative",
      }));
    // the hyphen of some locales is too short to be seen beside a figure
    return this.#numbers.get(key).format(value).replace("-", "−");
  }

  /**
   * A value in SI, in `unit`, without it.
   * @param {number | null | undefined} si
   * @param {string} unit
   * @param {number} [more] decimals more than usual
   */
  value(si, unit, more = 0) {
    const value = to(si, unit);
    if (value === null) return MISSING;
    return this.number(value, unit === "-" && Number.isInteger(value) ? 0 : decimals(unit, value) + more);
  }

  /**
   * A difference of two values in SI, with its sign and unit.
   * @param {number | null | undefined} si
   * @param {string} unit of the values
   */
  difference(si, unit) {
    const value = differenceTo(si, unit);
    if (value === null) return MISSING;
    const of = differenceUnit(unit);
    return `${this.number(value, decimals(of, value), true)} ${shown(of)}`.trim();
  }

  /**
   * A value in SI with its unit.
   * @param {number | null | undefined} si
   * @param {string} unit
   * @param {number} [more]
   */
  quantity(si, unit, more = 0) {
    const value = this.value(si, unit, more);
    return value === MISSING ? value : `${value} ${shown(unit)}`.trim();
  }

  /**
   * Date and time; `style` says how much of it.
   * @param {number | null | undefined} ms
   * @param {"full" | "clock" | "date" | "minute"} [style]
   */
  time(ms, style = "full") {
    if (ms === null || ms === undefined) return MISSING;
    if (this.bench) return sinceStart(ms);
    if (!this.#times.has(style)) this.#times.set(style, new Intl.DateTimeFormat(this.locale, STYLES[style]));
    return this.#times.get(style).format(ms);
  }

  /**
   * What a signal or command is called; unknown ones go by their name.
   * @param {string} name `PART.VARIABLE`
   */
  variable(name) {
    const [, variable] = this.#halves(name);
    const unit = /^unit(\d+)\.(.+)$/.exec(variable);
    const index = /^(.+)\[(\d+)\]$/.exec(variable);
    if (unit) return `${this.of("variable", unit[2])} ${unit[1]}`;
    if (index) return `${this.of("variable", index[1])} ${index[2]}`;
    return this.of("variable", variable);
  }

  /**
   * What an alarm is about: the twin's name of a fault in words, where they are known.
   * @param {{cause: string, part: string}} alarm
   */
  cause({ cause, part }) {
    const link = /^link lost: (.+)$/.exec(cause);
    if (link) return this.t("cause.link", { name: link[1] });
    const [first, ...rest] = cause.split(".");
    const what = this.table[`fault.${rest.at(-1)}`];
    const title = this.of("part", part || first);
    if (cause === `${part} deviates`) return this.t("cause.of", { part: title, what: this.t("cause.deviates") });
    if (!what) return cause;
    const about = rest.slice(0, -1).join(".");
    if (!about) return this.t("cause.of", { part: title, what });
    return this.t("cause.sensor", { part: title, signal: this.variable(`${first}.${about}`), what });
  }

  /**
   * More words of the page, as they are fetched.
   * @param {Record<string, string>} table
   */
  add(table) {
    Object.assign(this.table, table);
  }

  /**
   * Sentences of the server in this language, as they are fetched.
   * @param {string} group
   * @param {Record<string, string>} table
   */
  learn(group, table) {
    this.#sentences.set(group, new Sentences(table));
  }

  /**
   * A sentence of the server: what to check, a reason, a refusal. As it is where nobody has translated it.
   * @param {string} text
   * @param {string[]} [groups] where it may be found; what stands in the blank of a sentence may be one, too
   */
  said(text, groups = SAID) {
    for (const group of groups) {
      const found = this.#sentences.get(group)?.find(text, (blank, value) => this.#blank(blank, value, groups));
      if (typeof found === "string") return found;
    }
    return text;
  }

  #blank(blank, value, groups) {
    switch (blank) {
      case "why": case "then": case "more": return this.said(value, groups);
      case "cause": return this.cause({ cause: value, part: value.split(".")[0] });
      case "part": case "standing": return this.table[`${blank}.${value}`] ?? this.said(value, groups);
      case "role": case "needed": return this.of("role", value);
      case "signal": return this.signal(value);
      default: return this.figures(value);
    }
  }

  /**
   * Numbers in a text of the server as the language writes them; addresses of machines stay.
   * @param {string} text
   */
  figures(text) {
    return this.language === "fi" ? text.replace(/(?<![\w.:/])(\d+)\.(\d+)(?![\w.:/])/g, "$1,$2") : text;
  }

  /**
   * Part and signal in words.
   * @param {string} name `PART.VARIABLE`
   */
  signal(name) {
    if (!name.includes(".")) return this.said(name);
    return `${this.of("part", name.split(".")[0])}: ${this.variable(name)}`;
  }

  /**
   * What an alarm is about, by its key: `PART/FAULT`, `link:NAME`, `limit:NAME`.
   * @param {string} key
   */
  alarm(key) {
    if (key.startsWith("link:")) return this.cause({ cause: `link lost: ${key.slice(5)}`, part: "" });
    const [part, fault] = key.split("/");
    return fault ? this.cause({ cause: fault, part }) : key.replace(/^limit:/, "");
  }

  /**
   * What the server says of an alarm, with the twin's names of faults in words.
   * @param {string} text
   */
  told(text) {
    return this.figures(this.said(text)).replace(/cannot be told from (.+)$/, (_, names) => {
      const all = names.split(", ").map((name) => this.cause({ cause: name, part: name.split(".")[0] }));
      return this.t("told.group", { names: all.join(", ") });
    }).replace(/\((\S+) to (\S+)\)/, (_, low, high) => `(${this.t("told.to", { low: this.figures(low), high: this.figures(high) })})`)
      .replace(", growing", `, ${this.t("evidence.growing")}`);
  }

  #halves(name) {
    const at = name.indexOf(".");
    return at < 0 ? ["", name] : [name.slice(0, at), name.slice(at + 1)];
  }
}

const CLOCK = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const DATE = { year: "numeric", month: "numeric", day: "numeric" };
const STYLES = {
  full: { ...DATE, ...CLOCK },
  minute: { ...DATE, hour: "2-digit", minute: "2-digit", hourCycle: "h23" },
  clock: CLOCK,
  date: DATE,
};
