/** The picture inside a part's box: its machines on two pipes, each command at its place. */

import { mark, s, say } from "./dom.js";
import { kindOf, PICTURES, SYMBOLS } from "./plant_symbols.js";

export const HEIGHT = 104;
const HOT = 34;
const COOL = 72;
const MIDDLE = (HOT + COOL) / 2;
const MOVING = 0.005;

/**
 * Draw it.
 * @param {{name: string, fmu: string}} part
 * @param {string[]} commands `PART.COMMAND` of this part
 * @param {number} width [px]
 * @param {import("./words.js").Words} words
 */
export function mimic(part, commands, width, words) {
  const kind = kindOf(part.fmu);
  const picture = PICTURES[kind] ?? [[kind === "Tank" ? "tank" : "box", 0.5, "span"]];
  const group = s("g", { class: "mimic" });
  const shown = picture.filter(([, , , command]) => !command || commands.includes(`${part.name}.${command}`));
  group.append(lines(picture, width));
  const setters = new Map();
  for (const [symbol, share, line, command] of shown) {
    const y = { span: MIDDLE, high: HOT, low: COOL }[line];
    const node = s("g", { class: `symbol ${symbol}`, transform: `translate(${share * width} ${y})` }, SYMBOLS[symbol]());
    group.append(node);
    if (command) setters.set(`${part.name}.${command}`, driven(group, node, share * width, line, command, words));
  }
  const placed = new Set(setters.keys());
  return { node: group, rest: commands.filter((command) => !placed.has(command)), update: (moment) => update(setters, moment) };
}

/** Which commands have no place in the picture of a part: they become rows. */
export function unplaced(part, commands) {
  const known = (PICTURES[kindOf(part.fmu)] ?? []).map(([, , , command]) => `${part.name}.${command}`);
  return commands.filter((command) => !known.includes(command));
}

function lines(picture, width) {
  const ends = picture.filter(([, , line]) => line === "span").map(([, share]) => share * width);
  const left = Math.min(...ends, 0.1 * width);
  const right = Math.max(...ends, 0.9 * width);
  return s("g", { class: "within" },
    s("path", { d: `M${left} ${HOT} H${right}`, class: "pipe hot" }),
    s("path", { d: `M${left} ${COOL} H${right}`, class: "pipe cool" }));
}

function driven(group, node, x, line, command, words) {
  const high = line === "high";
  const text = s("text", { x, y: high ? 12 : COOL + 29, class: "command", "text-anchor": "middle" });
  const title = s("title", {});
  node.append(title);
  group.append(text);
  return (value) => {
    const isSwitch = command === "u_run";
    const told = value === null ? "–" : isSwitch ? words.t(value > 0.5 ? "command.on" : "command.off") : words.quantity(value, "%");
    say(text, told);
    say(title, `${words.of("variable", command)}: ${told}`);
    mark(node, "data-runs", value === null ? null : String(value > MOVING));
  };
}

function update(setters, moment) {
  for (const [command, set] of setters) set(moment.commands[command] ?? null);
}
