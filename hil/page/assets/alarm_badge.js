/** Priority of an alarm as shape, number and colour: any one of them says it. */

import { h, s } from "./dom.js";

const SHAPES = {
  high: ["1", "M12 2 23 22H1Z"],
  medium: ["2", "M12 1 23 12 12 23 1 12Z"],
  low: ["3", "M2 4H22L12 22Z"],
  diagnostic: ["4", "M2 12a10 10 0 1 0 20 0a10 10 0 1 0-20 0Z"],
};

/**
 * @param {"high" | "medium" | "low" | "diagnostic"} priority
 * @param {import("./words.js").Words} words
 */
export function badge(priority, words) {
  const [digit, d] = SHAPES[priority] ?? SHAPES.diagnostic;
  const y = priority === "high" ? 19 : priority === "low" ? 15 : 17;
  return h("span", { class: `priority ${priority}`, title: words.t(`priority.${priority}`) },
    s("svg", { viewBox: "0 0 24 24", width: 22, height: 22, role: "img", "aria-label": words.t(`priority.${priority}`) },
      s("path", { d }), s("text", { x: 12, y, "text-anchor": "middle" }, digit)));
}
