/** Boxes and pipes of all five sites: nothing lies on anything else, every pipe joins its parts. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";

import { pipes, ranks } from "./assets/plant_graph.js";
import { layout, leastWidth } from "./assets/plant_layout.js";

const sites = JSON.parse(readFileSync(new URL("sites.json", import.meta.url)));
const WIDTHS = [360, 390, 768, 1280, 1600, 1920, 2560];
const heightOf = (site) => (name) => 180 + 21 * Object.keys(site.signals).filter((s) => s.startsWith(`${name}.`)).length;
const placed = Object.entries(sites).flatMap(([name, site]) => WIDTHS.map((width) => [name, site, width, layout(site, pipes(site), heightOf(site), width)]));

test("a chain of three parts has ranks 0, 1, 2", () => {
  assert.deepEqual([...ranks(sites.mantsala).values()], [0, 1, 2]);
});

test("heat pumps beside each other share a rank, before what gathers them", () => {
  const rank = ranks(sites.helsinki);
  assert.equal(rank.get("katri_vala"), rank.get("esplanadi"));
  assert.equal(rank.get("manifold"), rank.get("katri_vala") + 1);
  assert.equal(rank.get("district_network"), 3);
});

test("every temperature that is handed on is in a pipe, and nothing else is", () => {
  for (const site of Object.values(sites)) {
    const ends = pipes(site).reduce((n, pipe) => n + Math.max(pipe.sources.length, pipe.targets.length), 0);
    assert.equal(ends, site.connections.filter((c) => /\.T_/.test(c.source)).length);
  }
});

test("a pipe knows which flow is in it", () => {
  const found = Object.fromEntries(pipes(sites.mantsala).map((pipe) => [pipe.id, pipe.flows.map((ends) => ends[0])]));
  assert.deepEqual(found, {
    "cooling_loop.T_source": ["heat_pump.m_source"], "heat_pump.T_source_out": ["heat_pump.m_source"],
    "heat_pump.T_sink_out": ["district_network.m_network"], "district_network.T_return": ["district_network.m_network"],
  });
  const branches = pipes(sites.helsinki).find((pipe) => pipe.id === "cooling_loop.T_source").flows.map((ends) => ends[0]);
  assert.deepEqual(branches, ["katri_vala.m_source", "katri_vala_7.m_source", "esplanadi.m_source"]);
});

test("supply is hot and return is cool", () => {
  const hot = Object.fromEntries(pipes(sites.mantsala).map((pipe) => [pipe.id, pipe.hot]));
  assert.deepEqual(hot, { "cooling_loop.T_source": true, "heat_pump.T_source_out": false, "heat_pump.T_sink_out": true, "district_network.T_return": false });
});

test("all boxes are on the page and none lies on another", () => {
  for (const [name, site, width, { boxes, height }] of placed) {
    assert.equal(boxes.length, site.parts.length);
    for (const box of boxes) {
      assert.ok(box.x >= 0 && box.x + box.width <= width + 0.01, `${name} at ${width}: ${box.name} leaves the page`);
      assert.ok(box.y >= 0 && box.y + box.height <= height + 0.01);
      assert.ok(box.width >= 230, `${name} at ${width}: ${box.name} is ${box.width} wide`);
      for (const other of boxes)
        assert.ok(other === box || box.x + box.width <= other.x || other.x + other.width <= box.x || box.y + box.height <= other.y || other.y + other.height <= box.y,
          `${name} at ${width}: ${box.name} on ${other.name}`);
    }
  }
});

test("pipes run straight, begin and end at edges of their parts, and pass through no box", () => {
  for (const [name, , width, { boxes, pipes: drawn }] of placed)
    for (const { pipe, runs } of drawn)
      for (const run of runs) {
        const about = `${name} at ${width}: ${pipe.id}`;
        const on = ([x, y], parts) => boxes.some((b) => parts.includes(b.name) && x >= b.x - 0.1 && x <= b.x + b.width + 0.1 && y >= b.y - 0.1 && y <= b.y + b.height + 0.1);
        assert.ok(on(run[0], pipe.sources) && on(run.at(-1), pipe.targets), about);
        run.slice(1).forEach(([x, y], i) => {
          const [px, py] = run[i];
          assert.ok(Math.abs(x - px) < 0.1 || Math.abs(y - py) < 0.1, `${about} is slanted`);
          assert.ok(x >= 0 && x <= width, `${about} leaves the page`);
          for (const b of boxes) {
            const inside = Math.max(x, px) > b.x + 1 && Math.min(x, px) < b.x + b.width - 1 && Math.max(y, py) > b.y + 1 && Math.min(y, py) < b.y + b.height - 1;
            assert.ok(!inside, `${about} passes through ${b.name}`);
          }
        });
      }
});

test("a page is wide where the plant fits beside itself", () => {
  for (const [, site, width, { wide }] of placed) assert.equal(wide, width >= leastWidth(site));
  assert.ok(leastWidth(sites.mantsala) <= 1366);
});
