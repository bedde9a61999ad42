/** What is looked at, as the part of the address after `#`: a link that can be sent to somebody. */

/**
 * @typedef {object} Place
 * @property {string} view
 * @property {Record<string, string>} params
 */

/**
 * Read `#/trend?keys=a,b&from=1`.
 * @param {string} hash
 * @returns {Place}
 */
export function read(hash) {
  const [path, query = ""] = hash.replace(/^#\/?/, "").split("?");
  return { view: path || "plant", params: Object.fromEntries(new URLSearchParams(query)) };
}

/**
 * Write what `read` reads; empty parameters are left out.
 * @param {string} view
 * @param {Record<string, string | number | null | undefined>} [params]
 * @returns {string}
 */
export function write(view, params = {}) {
  const kept = Object.entries(params).filter(([, value]) => value !== null && value !== undefined && value !== "");
  const query = new URLSearchParams(kept.map(([name, value]) => [name, String(value)])).toString();
  // these three are legal after `#` and are read by people
  const plain = query.replaceAll("%3A", ":").replaceAll("%2C", ",").replaceAll("%2F", "/");
  return `#/${view}${plain ? `?${plain}` : ""}`;
}
