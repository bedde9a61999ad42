/** The picture inside a part's box: its machines on two pipes, each command at its place. */

import { mark, s, say } from "./dom.js";
import { kindOf, PICTURES, REFRIGERANT, SYMBOLS } from "./plant_symbols.js";

export const HEIGHT = 110;
/** Where the two pipes of the picture are, from its top [px]. */
export const HOT = 34;
export const COOL = 76;
const MIDDLE = (HOT + COOL) / 2;
const MOVING = 0.005;

/**
 * Draw it.
 * @param {{name: string, fmu: string}} part
 * @param {string[]} commands `PART.COMMAND` of this part
 * @param {number} width [px]
 * @param {import("./words.js").Words} words
 * @param {{left: boolean, right: boolean}} open where pipes come in at the sides
 */
export function mimic(part, commands, width, words, open) {
  const kind = kindOf(part.fmu);
  const picture = PICTURES[kind] ?? [[kind === "Tank" ? "tank" : "box", 0.5, "span"]];
  const group = s("g", { class: "mimic" });
  const shown = picture.filter(([, , , command]) => !command || commands.includes(`${part.name}.${command}`));
  group.append(lines(picture, width, open, REFRIGERANT[kind]));
  const setters = new Map();
  const placed = new Set();
  for (const [symbol, share, line, command, onOff] of shown) {
    const y = { span: MIDDLE, high: HOT, low: COOL }[line];
    const node = s("g", { class: `symbol ${symbol}`, transform: `translate(${share * width} ${y})` }, SYMBOLS[symbol]());
    group.append(node);
    if (!command) continue;
    const set = driven(group, node, share * width, line, command, words);
    const [own, by] = [`${part.name}.${command}`, `${part.name}.${onOff}`];
    setters.set(own, (moment) => set(moment.commands[own] ?? null, moment.commands[by] ?? null));
    placed.add(own).add(by);
  }
  return { node: group, rest: commands.filter((command) => !placed.has(command)), update: (moment) => setters.forEach((set) => set(moment)) };
}

/** Which commands have no place in the picture of a part: they become rows. */
export function unplaced(part, commands) {
  const known = (PICTURES[kindOf(part.fmu)] ?? []).flatMap(([, , , ...own]) => own.map((command) => `${part.name}.${command}`));
  return commands.filter((command) => !known.includes(command));
}

function lines(picture, width, open, refrigerant) {
  const ends = picture.filter(([, , line]) => line === "span").map(([, share]) => share * width);
  const left = open.left ? 0 : Math.min(...ends, 0.12 * width);
  const right = open.right ? width : Math.max(...ends, 0.88 * width);
  const group = s("g", { class: "within" });
  for (const [y, kind] of [[HOT, "hot"], [COOL, "cool"]]) {
    group.append(s("path", { d: `M${left} ${y} H${right}`, class: `pipe ${kind}` }));
    if (refrigerant) group.append(s("path", { d: `M${refrigerant[0] * width} ${y} H${refrigerant[1] * width}`, class: "pipe refrigerant" }));
  }
  return group;
}

/** A machine that moves with its command, and stands still when its switch is off. */
function driven(group, node, x, line, command, words) {
  const text = s("text", { x, y: line === "high" ? 12 : COOL + 28, class: "command", "text-anchor": "middle" });
  const title = s("title", {});
  node.append(title);
  group.append(text);
  return (value, on) => {
    const off = on !== null && on <= 0.5;
    const told = value === null ? "–" : off ? words.t("command.off") : words.quantity(value, "%");
    say(text, told);
    say(title, `${words.of("variable", command)}: ${told}`);
    mark(node, "data-runs", value === null ? null : String(!off && value > MOVING));
  };
}
