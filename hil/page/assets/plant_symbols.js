/** Symbols of a plant room, after ISO 10628 and ISO 14617, each centred on (0, 0). */

import { s } from "./dom.js";

const path = (d, cls = "line") => s("path", { d, class: cls });
const circle = (r, cls = "body") => s("circle", { r, class: cls });

/** @type {Record<string, () => SVGElement[]>} */
export const SYMBOLS = {
  pump: () => [circle(13), path("M-7 -11 L13 0 L-7 11")],
  fan: () => [circle(14), path("M0 0 C-9 -4 -9 -11 0 -12 C4 -8 3 -3 0 0 C9 4 9 11 0 12 C-4 8 -3 3 0 0")],
  compressor: () => [circle(15), path("M-11 -10 L12 -6 M-11 10 L12 6")],
  valve: () => [path("M-13 -9 L13 9 L13 -9 L-13 9 Z", "body")],
  boiler: () => [
    s("rect", { x: -14, y: -15, width: 28, height: 30, rx: 3, class: "body" }),
    path("M0 10 C-8 6 -6 -1 0 -9 C1 -3 7 0 5 6 C4 9 2 10 0 10 Z"),
  ],
  expansion: () => [path("M-9 -6 L9 6 L9 -6 L-9 6 Z", "body")],
  command: () => [s("rect", { x: -11, y: -11, width: 22, height: 22, rx: 4, class: "body" }), path("M-5 0 L5 0 M1 -4 L5 0 L1 4")],
  racks: () => [-17, 0, 17].flatMap((x) => [
    s("rect", { x: x - 7, y: -27, width: 14, height: 54, rx: 1.5, class: "body" }),
    path([-19, -12, -5, 2, 9, 16].map((y) => `M${x - 4} ${y} h8`).join(" ")),
  ]),
  exchanger: () => [
    s("rect", { x: -14, y: -27, width: 28, height: 54, class: "body" }),
    path("M-14 -14 L-5 -14 L5 0 L-5 0 L5 14 L14 14 M-14 27 L14 -27", "line thin"),
  ],
  header: () => [
    s("rect", { x: -34, y: -24, width: 68, height: 9, rx: 4, class: "body" }),
    s("rect", { x: -34, y: 15, width: 68, height: 9, rx: 4, class: "body" }),
    path("M-22 -15 V15 M0 -15 V15 M22 -15 V15", "line thin"),
  ],
  houses: () => [-26, 0, 26].flatMap((x, i) => [
    s("path", { d: `M${x - 12} ${i === 1 ? -4 : 2} L${x} ${i === 1 ? -18 : -10} L${x + 12} ${i === 1 ? -4 : 2} V24 H${x - 12} Z`, class: "body" }),
    path(`M${x - 3} 24 V14 H${x + 3} V24`, "line thin"),
  ]),
  tank: () => [
    s("rect", { x: -13, y: -27, width: 26, height: 54, rx: 8, class: "body" }),
    path("M-13 -10 H13 M-13 6 H13", "line thin"),
  ],
  box: () => [s("rect", { x: -24, y: -24, width: 48, height: 48, rx: 4, class: "body" }), path("M-12 8 L-4 -6 L4 4 L12 -10")],
};

/**
 * Where things stand in the picture of a model: [symbol, share of the width, line, command, its switch].
 * `span` stands on both lines, `high` on the hot one, `low` on the cool one.
 * @type {Record<string, [string, number, "span" | "high" | "low", string?, string?][]>}
 */
export const PICTURES = {
  CoolingLoop: [
    ["racks", 0.13, "span"], ["pump", 0.32, "low", "u_pump"], ["exchanger", 0.48, "span"],
    ["valve", 0.64, "high", "u_valve"], ["fan", 0.84, "low", "u_fan"], ["pump", 0.84, "low", "u_sea_pump"],
  ],
  HeatPump: [
    ["pump", 0.13, "low", "u_source_pump"], ["exchanger", 0.32, "span"], ["compressor", 0.5, "high", "u_compressor", "u_run"],
    ["expansion", 0.5, "low"], ["exchanger", 0.68, "span"],
  ],
  DistrictNetwork: [["boiler", 0.18, "high", "u_boiler"], ["pump", 0.42, "low", "u_pump"], ["houses", 0.8, "span"]],
  Manifold: [["header", 0.5, "span"]],
};

/** Stretches of the two lines that are refrigerant and no water: from one share of the width to another. */
export const REFRIGERANT = { HeatPump: [0.32, 0.68] };

/**
 * Kind of a part by the name of its model: `HeatPump-1a2b.fmu` is a `HeatPump`.
 * @param {string} fmu
 */
export function kindOf(fmu) {
  const found = Object.keys(PICTURES).find((kind) => fmu.split("/").at(-1)?.startsWith(kind));
  return found ?? (/tank|store|storage/i.test(fmu) ? "Tank" : "");
}
