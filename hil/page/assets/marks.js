/** What happened on the time axis: alarms that came and went, what people did and wrote. */

import { h } from "./dom.js";

const MOST = 12;
/** Who does what alarms do by themselves. */
const ITSELF = "desk";

/**
 * @param {any[]} history journal of alarms with notes among it
 * @returns {{t: number, kind: "raised" | "note" | "other", line: any}[]}
 */
export function marksOf(history) {
  return history.map((line) => ({ t: line.t_ms, kind: line.action === "raised" ? "raised" : isNote(line) ? "note" : "other", line }));
}

/** Whether a line of the journal is a note and no alarm's. */
export function isNote(line) {
  return line.action === "note" || line.number === null || line.number === undefined;
}

/**
 * The same in words, for who does not see the signs.
 * @param {any} app
 * @param {ReturnType<typeof marksOf>} marks
 */
export function listOf(app, marks) {
  const { words } = app;
  if (!marks.length) return null;
  return h("details", { class: "fold", open: marks.length <= MOST }, h("summary", {}, words.t("marks.title", { n: marks.length })),
    h("ol", { class: "timeline" }, marks.slice(-200).reverse().map(({ kind, line }) => h("li", {}, h("span", { class: `sign ${kind}`, "aria-hidden": "true" }, { raised: "▲", note: "■", other: "●" }[kind]),
      h("time", {}, words.time(line.t_ms)), " ", said(app, line)))));
}

/** A line of the journal in words. */
export function said(app, line) {
  const { words } = app;
  const who = line.who && line.who !== ITSELF ? ` · ${line.who}` : "";
  const told = line.comment || line.text;
  // what people write stays as they wrote it
  const comment = told ? `: ${isNote(line) || who ? told : words.said(told)}` : "";
  if (isNote(line)) return h("span", {}, h("strong", {}, words.t("note.word")), who, comment);
  return h("span", {}, h("a", { href: app.linkTo("alarm", { number: line.number }) }, words.cause({ cause: line.cause ?? `#${line.number}`, part: line.part ?? "" })), ` ${words.of("action", line.action)}${who}${comment}`);
}
