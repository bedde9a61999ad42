/** What a box says of its part: the twin's word, or that of an alarm that stands. */

import assert from "node:assert/strict";
import test from "node:test";

import { standingOf } from "./assets/plant_standing.js";

const alarm = (more) => ({ part: "heat_pump", kind: "limit", cleared_ms: null, shelved_until_ms: null, state: "unacknowledged", priority: "high", ...more });

test("a limit that is passed is an alarm, and no fault that the twin has seen", () => {
  assert.equal(standingOf("not observable", "heat_pump", [alarm({})]), "alarm");
  assert.equal(standingOf("healthy", "heat_pump", [alarm({}), alarm({ kind: "twin" })]), "fault");
});

test("what the twin says of faults is said in any case", () => {
  assert.equal(standingOf("unknown", "heat_pump", [alarm({})]), "unknown");
  assert.equal(standingOf("fault", "heat_pump", []), "fault");
});

test("an alarm of another part, over, put aside or of the desk itself says nothing", () => {
  for (const more of [{ part: "network" }, { cleared_ms: 1 }, { shelved_until_ms: 1 }, { state: "out of service" }, { priority: "diagnostic" }])
    assert.equal(standingOf("healthy", "heat_pump", [alarm(more)]), "healthy");
});
