/** The server's news, one line that comes back by itself, and how long it has been silent. */

const SILENT_MS = 2300;
const LOOK_MS = 200;
const WAITS_MS = [300, 700, 1500, 3000, 5000];

/**
 * How long to wait before the `nth` attempt in a row.
 * @param {number} nth from 0
 * @returns {number} [ms]
 */
export function wait(nth) {
  return WAITS_MS[Math.min(nth, WAITS_MS.length - 1)];
}

/**
 * Listen to a server until told to stop.
 * @param {string} url
 * @param {string[]} names events that carry JSON
 * @param {(name: string, told: any) => void} heard
 * @param {(alive: boolean, sinceMs: number) => void} life called when the server falls silent or comes back
 * @returns {() => void} stop
 */
export function listen(url, names, heard, life) {
  let source = null;
  let last = Date.now();
  let alive = null;
  let failures = 0;
  let retry = 0;

  const sign = () => {
    last = Date.now();
    failures = 0;
    if (alive !== true) life((alive = true), last);
  };
  const open = () => {
    clearTimeout(retry);
    retry = 0;
    source?.close();
    source = new EventSource(url);
    source.addEventListener("open", sign);
    source.addEventListener("beat", sign);
    source.addEventListener("error", again);
    for (const name of names)
      source.addEventListener(name, (event) => {
        sign();
        heard(name, JSON.parse(event.data));
      });
  };
  const again = () => {
    source?.close();
    if (!retry) retry = setTimeout(open, wait(failures++));
  };
  const look = setInterval(() => {
    if (Date.now() - last < SILENT_MS) return;
    if (alive !== false) {
      life((alive = false), last);
      again();
    } else if (!retry && source?.readyState === EventSource.CLOSED) again();
  }, LOOK_MS);
  const wake = () => document.visibilityState === "visible" && alive === false && open();

  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  open();
  return () => {
    clearInterval(look);
    clearTimeout(retry);
    source?.close();
    document.removeEventListener("visibilitychange", wake);
    window.removeEventListener("online", wake);
  };
}
