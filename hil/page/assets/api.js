/** Questions to the server, and what it refuses in words. */

/** A refusal or no answer; `status` is 0 when nobody answered. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} text
   */
  constructor(status, text) {
    super(text);
    this.status = status;
  }
}

let inWords = async (text) => text;

/**
 * Say refusals in the language of the page from now on.
 * @param {(text: string) => Promise<string>} translate
 */
export function refuseWith(translate) {
  inWords = translate;
}

/**
 * GET.
 * @param {string} path
 * @param {Record<string, string | number | undefined>} [query]
 * @param {AbortSignal} [signal]
 */
export function get(path, query = {}, signal = undefined) {
  const asked = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) asked.set(name, typeof value === "number" ? String(Math.round(value)) : value);
  const text = asked.toString();
  return ask(text ? `${path}?${text}` : path, { signal });
}

/**
 * POST, or another method, with a body of JSON; `app` gives the token that shows it is this page that asks.
 * @param {string} path
 * @param {unknown} body
 * @param {{csrf?: string}} [app]
 * @param {string} [method]
 */
export function post(path, body, app = {}, method = "POST") {
  const headers = { "Content-Type": "application/json", "X-CSRF-Token": app.csrf ?? "" };
  return ask(path, { method, body: JSON.stringify(body), headers });
}

async function ask(path, options) {
  let answer;
  try {
    answer = await fetch(path, { credentials: "same-origin", cache: path.startsWith("assets/") ? "default" : "no-store", ...options });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refused(0, String(error));
  }
  const text = await answer.text();
  const told = parsed(text);
  if (answer.ok) return told;
  const why = told?.error ?? told?.detail ?? (text && text.length < 200 ? text : answer.statusText);
  // words of the page that cannot be fetched are no reason to hide what was refused
  throw new Refused(answer.status, path.startsWith("assets/") ? why : await inWords(why).catch(() => why));
}

function parsed(text) {
  try {
    return text === "" ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
