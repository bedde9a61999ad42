/** Sentences of the server in another language. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { Sentences } from "./assets/sentences.js";
import { Words } from "./assets/words.js";

const read = (name) => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf-8"));
const tables = Object.fromEntries(readdirSync(new URL("assets", import.meta.url)).filter((name) => /^sentences\..*\.fi\.json$/.test(name))
  .map((name) => [name.split(".")[1], read(`assets/${name}`)]));

function finnish(...groups) {
  const words = new Words("fi", { ...read("assets/fi.json"), ...read("assets/fi.views.json") });
  for (const group of groups) words.learn(group, tables[group]);
  return words;
}

test("a sentence is said in the other language, with what stands in its blanks", () => {
  const all = new Sentences({ "loose terminal": "löysä liitin", "{signal} was never read": "{signal}: ei koskaan luettu", "is it (a|b)? {a}": "{a}!", "unit {n}": "laite {n}" });
  assert.equal(all.find("loose terminal"), "löysä liitin");
  assert.equal(all.find("a.b was never read"), "a.b: ei koskaan luettu");
  assert.equal(all.find("a.b was never read", (blank, value) => `${blank}=${value}`), "signal=a.b: ei koskaan luettu");
  assert.equal(all.find("is it (a|b)? c"), "c!");
  assert.equal(all.find("unit 17"), "laite 17");
  assert.equal(all.find("unit tests"), null);
  assert.equal(all.find("loose terminals"), null);
  assert.equal(all.find(""), null);
});

test("of the sentences in Finnish each is found by itself, and no other takes its place", () => {
  assert.deepEqual(Object.keys(tables).sort(), ["plant", "procedures", "views"]);
  const shapes = { n: "7", register: "hr 7" };
  for (const [group, table] of Object.entries(tables)) {
    const all = new Sentences(table);
    for (const [text, other] of Object.entries(table)) {
      const filled = (sentence) => sentence.replace(/\{(\w+)\}/g, (_, blank) => shapes[blank] ?? `<${blank}>`);
      assert.equal(all.find(filled(text)), filled(other), group);
    }
  }
});

test("whatever the server can say of refusals, lines, reasons, health and procedures is said in Finnish", () => {
  const told = read("said.json");
  // names of code and of protocols are the same in every language
  const same = new Set(["hukka", "user", "add", "json", "application", "learned", "heat", "pump", "sink", "out", "measured", "modbus", "min", "ms", "utc", "on"]);
  for (const [group, texts] of Object.entries(told)) {
    const words = finnish(...(group === "plant" ? ["plant"] : ["plant", "views", "procedures"]));
    assert.ok(texts.length > 5, group);
    const missing = [];
    for (const text of texts) {
      const said = words.said(text, group === "procedures" ? ["procedures", "views"] : undefined);
      const left = (text.match(/\p{L}{2,}/gu) ?? []).filter((word) => !same.has(word.toLowerCase()) && new RegExp(`(?<!\\p{L})${word}(?!\\p{L})`, "u").test(said));
      if (left.length) missing.push(`"${text}" is said as "${said}"`);
    }
    assert.deepEqual(missing, [], group);
  }
});

test("sentences in sentences, numbers and addresses", () => {
  const words = finnish("plant", "views", "procedures");
  assert.equal(words.said("hp: read hr 40001..40008: hp_line: unit 3 did not answer within 300 ms"), "hp: luku hr 40001..40008: hp_line: laite 3 ei vastannut 300 millisekunnissa");
  assert.equal(words.said("net: read ir 3: net_line: no connection to 10.0.0.5:502: Connection refused"), "net: luku ir 3: net_line: ei yhteyttä osoitteeseen 10.0.0.5:502: yhteys evättiin");
  assert.equal(words.said("cooling_loop.m_facility flows again after 1.5 h"), "Jäähdytyspiiri: Kiertovirta: virtaa taas 1,5 h jälkeen");
  assert.equal(words.said("otto is operator; remove needs engineer"), "otto on operaattori; toimintoon remove tarvitaan insinööri");
  assert.equal(words.said("alarm 12 = 'reset': reset: acknowledge it first"), "hälytys 12 = 'reset': kuittaa hälytys ennen vapautusta");
  assert.equal(words.said("read the manual of unit b"), "read the manual of unit b");
  const steps = (text) => words.said(text, ["procedures", "views"]);
  assert.equal(steps("u_run is 1 within 10 s, for 5 min"), "u_run on 1 ajassa 10 s, 5 min ajan");
  assert.equal(steps("u_source_pump is above 0.2, then u_run is 1, within 2 min"), "u_source_pump on yli 0,2, sitten u_run on 1, ajassa 2 min");
  assert.equal(steps("after 30 s not yet: u_run is 1; u_run is 0"), "30 s kuluttua ei vielä: u_run on 1; u_run on 0");
  assert.equal(steps("set enable = false"), "asetetaan enable = false");
  // a block says which step it ended at, and what came of it
  assert.equal(steps("u_run is 1 within 2 min: after 120 s u_run is 0"), "u_run on 1 ajassa 2 min: 120 s kuluttua u_run on 0");
  assert.equal(steps("u_run is 1 within 2 min: after 120 s not yet: u_run is 1; u_run is 0"), "u_run on 1 ajassa 2 min: 120 s kuluttua ei vielä: u_run on 1; u_run on 0");
  assert.equal(steps("the twin finds heat_pump at fault within 5 min: none after 300 s; heat_pump: healthy"), "kaksonen löytää vian ajassa 5 min: Lämpöpumppu: ei yhtään 300 s kuluessa; Lämpöpumppu: kunnossa");
});

test("in English the server's own words stand", () => {
  assert.equal(new Words("en", read("assets/en.json")).said("log in first"), "log in first");
});
