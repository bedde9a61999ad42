/** What the page knows now, and who wants to hear when it changes. */

export class Store {
  #values = new Map();
  #listeners = new Map();

  /** @param {string} name */
  get(name) {
    return this.#values.get(name);
  }

  /**
   * Keep a value and tell those who listen.
   * @param {string} name
   * @param {unknown} value
   */
  set(name, value) {
    this.#values.set(name, value);
    for (const listener of [...(this.#listeners.get(name) ?? [])]) listener(value);
  }

  /**
   * Be told of changes, and at once of what is known.
   * @param {string} name
   * @param {(value: any) => void} listener
   * @returns {() => void} stop listening
   */
  on(name, listener) {
    const all = this.#listeners.get(name) ?? new Set();
    this.#listeners.set(name, all.add(listener));
    if (this.#values.has(name)) listener(this.#values.get(name));
    return () => all.delete(listener);
  }

  /** How many listen [-]. */
  get listening() {
    return [...this.#listeners.values()].reduce((sum, all) => sum + all.size, 0);
  }
}
