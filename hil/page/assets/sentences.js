/** Sentences that the server writes in English, in the language of the page. */

const BLANK = /\\\{(\w+)\\\}/g;
/** What stands in a blank of these names; in any other, anything. */
const SHAPES = { n: "\\d+", register: "(?:co|di|hr|ir) [\\d.]+" };

/** Sentences with blanks, `{signal} was never read`, each with the same in another language. */
export class Sentences {
  #exact;
  #patterns;

  /** @param {Record<string, string>} table where several fit, the first one counts */
  constructor(table) {
    this.#exact = new Map(Object.entries(table));
    this.#patterns = Object.entries(table).filter(([text]) => text.includes("{")).map(([text, other]) => ({
      rule: new RegExp(`^${text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replace(BLANK, (_, name) => `(?<${name}>${SHAPES[name] ?? ".+?"})`)}$`, "s"), other,
    }));
  }

  /**
   * The sentence in the other language; null where nobody has translated it.
   * @param {string} text
   * @param {(blank: string, value: string) => string} named says what stands in a blank
   */
  find(text, named = (_, value) => value) {
    const exact = this.#exact.get(text);
    if (exact !== undefined) return exact;
    for (const { rule, other } of this.#patterns) {
      const found = rule.exec(text);
      if (found) return other.replace(/\{(\w+)\}/g, (_, blank) => named(blank, found.groups?.[blank] ?? ""));
    }
    return null;
  }
}
