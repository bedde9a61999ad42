/** Sentences of the server in another language. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Sentences } from "./assets/sentences.js";

test("a sentence is said in the other language, with what stands in its blanks", () => {
  const all = new Sentences({ "loose terminal": "löysä liitin", "{signal} was never read": "{signal}: ei koskaan luettu", "is it (a|b)? {a}": "{a}!" });
  assert.equal(all.said("loose terminal"), "löysä liitin");
  assert.equal(all.said("a.b was never read"), "a.b: ei koskaan luettu");
  assert.equal(all.said("a.b was never read", (blank, value) => `${blank}=${value}`), "signal=a.b: ei koskaan luettu");
  assert.equal(all.said("is it (a|b)? c"), "c!");
  assert.equal(all.said("loose terminals"), "loose terminals");
  assert.equal(all.said(""), "");
});

test("of the sentences in Finnish each is found by itself, and no other takes its place", () => {
  const table = JSON.parse(readFileSync(new URL("./assets/sentences.fi.json", import.meta.url), "utf-8"));
  const all = new Sentences(table);
  for (const [text, other] of Object.entries(table)) {
    const filled = (sentence) => sentence.replace(/\{(\w+)\}/g, (_, blank) => `<${blank}>`);
    assert.equal(all.said(filled(text)), filled(other));
  }
});
