/** Units, times, words, addresses, alarms and trends. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { read, write } from "./assets/address.js";
import { deedsFor, grouped, urgent, wanted } from "./assets/alarm_order.js";
import { ticks } from "./assets/axis.js";
import { merged } from "./assets/moment.js";
import { Ages, point, sentence } from "./assets/point.js";
import { Store } from "./assets/store.js";
import { wait } from "./assets/stream.js";
import { calendar, DAY, fromInput, HOUR, lasting, MINUTE, panned, sinceStart, toInput, zoomed } from "./assets/times.js";
import { askedFor, columnsOf, found } from "./assets/trend_data.js";
import { dragged } from "./assets/trend_nav.js";
import { differenceTo, sizeUnit, to, unitOf } from "./assets/units.js";
import { choose, Words } from "./assets/words.js";

const file = (name) => JSON.parse(readFileSync(new URL(`assets/${name}.json`, import.meta.url)));
const table = (name) => ({ ...file(name), ...file(`${name}.views`) });
const [en, fi] = [new Words("en", table("en")), new Words("fi", table("fi"))];
const site = JSON.parse(readFileSync(new URL("sites.json", import.meta.url))).mantsala;

test("values and differences of temperatures are not the same", () => {
  assert.ok(Math.abs(to(300, "degC") - 26.85) < 1e-9);
  assert.equal(differenceTo(1.5, "degC"), 1.5);
  assert.equal(to(0.25, "%"), 25);
  assert.equal(to(null, "degC"), null);
  assert.equal(to(Number.NaN, "kW"), null);
});

test("a key is shown in the site's own unit, a command in per cent, a band as a difference", () => {
  assert.equal(unitOf(site, "heat_pump.T_sink_out:measured"), "degC");
  assert.equal(unitOf(site, "heat_pump.T_sink_out:band"), "K");
  assert.equal(unitOf({ ...site, keys: { "heat_pump.u_run:command": "-" } }, "heat_pump.u_run:command"), "%");
});

test("numbers are written as the language does, missing ones as a dash", () => {
  assert.equal(en.quantity(350.15, "degC"), "77.0 °C");
  assert.equal(fi.quantity(350.15, "degC"), "77,0 °C");
  assert.equal(en.quantity(null, "degC"), "–");
  assert.equal(en.difference(-1.234, "degC"), "−1.23 K");
  assert.equal(en.difference(0.5, "degC"), "+0.50 K");
});

test("names of signals, units and faults become words, unknown ones stay", () => {
  assert.equal(fi.variable("heat_pump.T_evaporating"), "Höyrystyminen");
  assert.equal(en.variable("heat_pump.unit3.T_condensing"), "Condensing 3");
  assert.equal(en.variable("manifold.m_sink[2]"), "Sink flow 2");
  assert.equal(en.variable("x.T_of_mine"), "T_of_mine");
  assert.equal(en.cause({ cause: "heat_pump.condenser_fouling", part: "heat_pump" }), "Heat pump: condenser fouled");
  assert.equal(en.cause({ cause: "cooling_loop.T_supply.bias", part: "cooling_loop" }), "Cooling loop, Supply temperature: reads wrong by a constant amount");
  assert.equal(en.cause({ cause: "limit of mine", part: "heat_pump" }), "limit of mine");
  assert.equal(fi.told("0.3 (0.25 to 0.35); cannot be told from heat_pump.undercharge"), "0,3 (0,25 … 0,35); ei erotu: Lämpöpumppu: kylmäainetta puuttuu");
  assert.equal(fi.alarm("heat_pump/heat_pump.undercharge"), "Lämpöpumppu: kylmäainetta puuttuu");
  assert.equal(fi.alarm("link:network"), "Yhteys poikki: network");
  assert.equal(fi.alarm("limit:too hot"), "too hot");
});

test("a language is chosen by hand, else by the browser, else English", () => {
  assert.equal(choose("fi", ["en-GB"]), "fi");
  assert.equal(choose(null, ["sv-SE", "fi-FI"]), "fi");
  assert.equal(choose("xx", ["de"]), "en");
});

test("calendar spans follow local time through the change of clocks", () => {
  // Helsinki set clocks back on 25 October 2026: that day has 25 hours
  const [from, until] = calendar("day", new Date(2026, 9, 25, 12).getTime());
  assert.equal(until - from, 25 * HOUR);
  const week = calendar("week", new Date(2026, 10, 27, 8).getTime());
  assert.equal(new Date(week[0]).getDay(), 1);
  assert.deepEqual(calendar("month", new Date(2026, 0, 31).getTime(), 1).map((t) => new Date(t).getMonth()), [11, 0]);
  assert.equal(new Date(calendar("year", Date.now(), 0)[0]).getMonth(), 0);
});

test("zooming keeps the moment under the cursor and the limits", () => {
  const [a, b] = zoomed([0, 1000 * MINUTE], 0.5, 250 * MINUTE);
  assert.equal((250 * MINUTE - a) / (b - a), 0.25);
  assert.equal(b - a, 500 * MINUTE);
  const least = zoomed([0, 4000], 0.001);
  assert.equal(least[1] - least[0], 2000);
  assert.deepEqual(panned([0, 100], -0.5), [-50, 50]);
});

test("times of inputs come back, lengths are told in two units", () => {
  const t = new Date(2026, 6, 1, 23, 59, 58).getTime();
  assert.equal(fromInput(toInput(t)), t);
  assert.equal(fromInput(""), null);
  assert.equal(lasting(2 * DAY + 3 * HOUR + 4 * MINUTE), "2 d 3 h");
  assert.equal(lasting(61_000), "1 min 1 s");
  assert.equal(lasting(0), "0 s");
  assert.equal(sinceStart(DAY + 3_723_000), "1 d 01:02:03");
});

test("ticks lie on whole steps, few enough, from seconds to decades", () => {
  const begin = new Date(2026, 2, 28, 22, 13, 7).getTime();
  for (const width of [5000, 3 * MINUTE, HOUR, DAY, 9 * DAY, 90 * DAY, 366 * DAY, 12 * 366 * DAY]) {
    const at = ticks(begin, begin + width, 8, false);
    assert.ok(at.length >= 1 && at.length <= 10, `${at.length} ticks in ${lasting(width)}`);
    assert.ok(at.every((t) => t >= begin && t <= begin + width));
    if (width >= 9 * DAY) assert.ok(at.every((t) => new Date(t).getHours() === 0), "days begin at midnight, before and after clocks change");
    if (width > 120 * DAY) assert.ok(at.every((t) => new Date(t).getDate() === 1));
  }
});

test("an address comes back as it was written", () => {
  const params = { keys: "a.b:measured,c.d[1]:command", from: 5, to: null, at: "" };
  assert.equal(write("trend", params), "#/trend?keys=a.b:measured,c.d%5B1%5D:command&from=5");
  assert.deepEqual(read(write("trend", params)), { view: "trend", params: { keys: params.keys, from: "5" } });
  assert.deepEqual(read(""), { view: "plant", params: {} });
});

test("news change what they name and leave the rest", () => {
  const whole = merged(null, { whole: true, t_ms: 1, predicted_ms: 1, measured: { a: 1, b: 2 }, standing: { p: "fault" } });
  const after = merged(whole, { whole: false, t_ms: 2, predicted_ms: 1, measured: { b: null }, standing: { p: null } });
  assert.deepEqual([after.measured, after.standing, after.t_ms], [{ a: 1, b: null }, {}, 2]);
  assert.deepEqual(whole.measured, { a: 1, b: 2 });
});

test("a point is outside its band only where it can be judged", () => {
  const moment = { t_ms: 9000, predicted_ms: 4000, measured: { a: 12, b: null }, predicted: { a: 10, b: 1 }, band: { a: 1.5 }, quality: { a: 0, b: 2 } };
  const told = point("a", moment, { watched: {} });
  assert.deepEqual([told.residual, told.outside, told.behindMs], [2, true, 5000]);
  const lost = point("b", moment, { watched: { b: { band: 1 } } });
  assert.deepEqual([lost.good, lost.quality, lost.outside, lost.residual], [false, "timeout", false, null]);
});

test("of a part that is not judged now a value outside its band says so", () => {
  const at = (standing) => ({ t_ms: 9, predicted_ms: 9, measured: { "p.a": 12 }, predicted: { "p.a": 10 }, band: { "p.a": 1 }, quality: { "p.a": 0 }, standing });
  const judged = (standing) => point("p.a", at(standing), { watched: {} }).judged;
  assert.deepEqual([judged({ p: "healthy" }), judged({ p: "undecided" }), judged({ p: "fault" }), judged({}), judged({ q: "not observable" })], [true, true, true, true, true]);
  assert.equal(judged({ p: "not observable" }), false);
  const told = (standing) => sentence(point("p.a", at(standing), { watched: {} }), "-", en);
  assert.match(told({ p: "healthy" }), /outside its band$/);
  assert.match(told({ p: "not observable" }), /outside its band, not judged now$/);
});

test("what is under fingers stays under them", () => {
  const at = (...xs) => xs.map((x) => ({ x, y: 0 }));
  const under = ([from, to], x, width) => from + ((to - from) * x) / width;
  const span = [0, 1000 * MINUTE];
  assert.deepEqual(dragged(span, at(300), at(100), 400), [500 * MINUTE, 1500 * MINUTE]);
  const [before, after] = [at(100, 200), at(50, 300)];
  const closer = dragged(span, before, after, 400);
  assert.ok(closer[1] - closer[0] < 1000 * MINUTE);
  before.forEach(({ x }, i) => assert.ok(Math.abs(under(span, x, 400) - under(closer, after[i].x, 400)) < 2, "ms"));
  // fingers one above the other zoom as well, and fingers that meet do not tear the chart apart
  assert.equal(dragged(span, [{ x: 200, y: 100 }, { x: 200, y: 200 }], [{ x: 200, y: 50 }, { x: 200, y: 250 }], 400)[1], 750 * MINUTE);
  const met = dragged(span, at(190, 210), at(200, 200), 400);
  assert.equal(met[1] - met[0], 1000 * MINUTE);
  const least = dragged([0, 4000], at(199, 225), at(0, 400), 400);
  assert.equal(least[1] - least[0], 2000);
});

test("the size of a fault is told in the unit that the list of alarms tells it in", () => {
  assert.equal(sizeUnit("-", null, 0.4), "%");
  assert.equal(sizeUnit("-", "%", 0.1), "%");
  assert.equal(sizeUnit("Pa", "bar", 2e4), "bar");
  assert.equal(sizeUnit("Pa", null, 2e4), "kPa");
  assert.equal(sizeUnit("K", "degC", 2), "degC");
  assert.deepEqual([sizeUnit("W", null, 2e5), sizeUnit("W", null, -2e6), sizeUnit("W", "MW", 2e5)], ["kW", "MW", "MW"]);
  assert.equal(sizeUnit("s", null, 60), "s");
});

test("an age is that of the newest good value", () => {
  const ages = new Ages();
  ages.take({ t_ms: 1000, quality: { a: 0, b: 8 } });
  ages.take({ t_ms: 4000, quality: { a: 8, b: 8 } });
  assert.equal(ages.age("a", 4000), 3000);
  assert.equal(ages.age("b", 4000), null);
});

const alarm = (number, more) => ({ number, annunciated: true, priority: "low", raised_ms: number, since_ms: number, state: "unacknowledged", cause: "", part: "p", signal: null, text: "", comment: "", consequences: [], under: null, ...more });

test("what asks for somebody comes first, then priority, then the newest", () => {
  const all = [alarm(1), alarm(2, { priority: "high", annunciated: false }), alarm(3, { priority: "high" }), alarm(4)];
  assert.deepEqual(urgent(all).map((a) => a.number), [3, 4, 1, 2]);
});

test("alarms stand under what explains them, once", () => {
  const all = [alarm(1, { consequences: ["n.T"] }), alarm(2, { signal: "n.T" }), alarm(3, { under: 1 }), alarm(4, { signal: "n.x" })];
  assert.deepEqual(grouped(all).map(({ alarm: a, below }) => [a.number, below.map((b) => b.number)]), [[4, []], [1, [3, 2]]]);
  assert.equal(grouped(all).flatMap(({ alarm: a, below }) => [a, ...below]).length, 4);
});

test("nobody is offered what is not allowed", () => {
  assert.deepEqual(deedsFor(alarm(1), {}), []);
  assert.deepEqual(deedsFor(alarm(1), { order: true, service: false }), ["acknowledge", "shelve"]);
  assert.deepEqual(deedsFor(alarm(1, { state: "out of service" }), { order: true, service: true }), ["restore"]);
  assert.equal(wanted(alarm(1, { cause: "condenser fouling" }), { text: "fouling cond" }), true);
  assert.equal(wanted(alarm(1), { state: "aside" }), false);
});

test("a trend asks for prediction and band of what is measured, where there are some", () => {
  const known = { "a:measured": "K", "a:predicted": "K", "a:band": "K", "b:command": "-" };
  assert.deepEqual(askedFor(["a:measured", "b:command", "gone:measured"], known, true), ["a:measured", "a:predicted", "a:band", "b:command"]);
  assert.deepEqual(askedFor(["a:measured"], known, false), ["a:measured"]);
});

test("no line crosses a gap", () => {
  const key = "heat_pump.T_sink_out:measured";
  const numbers = [300, 301, 302, 303];
  const told = { t: [0, 10, 20, 100], series: { [key]: { low: numbers, mean: numbers, high: numbers } } };
  const { columns, gaps, drawn } = columnsOf(site, [key], told);
  assert.deepEqual(columns[0], [0, 10, 20, 30, 100]);
  assert.deepEqual(gaps, [[30, 100]]);
  assert.equal(columns[1][3], null);
  assert.deepEqual(drawn.map((one) => one.role), ["low", "high", "mean"]);
  assert.ok(Math.abs(columns[3][4] - 29.85) < 1e-9);
});

test("a search finds every word, in any order", () => {
  const all = [{ key: "heat_pump.T_sink_out:measured", text: "Sink out · Heat pump" }, { key: "x:measured", text: "Other" }];
  assert.deepEqual(found(all, "pump sink").map((one) => one.key), [all[0].key]);
  assert.equal(found(all, "").length, 2);
  assert.equal(found(all, "nothing").length, 0);
});

test("listeners hear what is known and what changes, until they stop", () => {
  const store = new Store();
  const heard = [];
  store.set("a", 1);
  const off = store.on("a", (value) => heard.push(value));
  store.set("a", 2);
  off();
  store.set("a", 3);
  assert.deepEqual([heard, store.listening], [[1, 2], 0]);
});

test("attempts come slower and slower, but never stop", () => {
  assert.deepEqual([0, 1, 4, 50].map(wait), [300, 700, 5000, 5000]);
});
