/** What is said of a part as a whole. */

/** Standing -> shape; a colour never says it alone. */
export const SHAPES = { healthy: "✓", undecided: "?", "not observable": "∅", fault: "▲", alarm: "▲", unknown: "◆" };

/**
 * What is said of a part: what the twin says, or an alarm of it that stands. One that the twin did not raise is no fault.
 * @param {string} said by the twin
 * @param {string} part
 * @param {any[]} alarms
 */
export function standingOf(said, part, alarms) {
  if (said === "fault" || said === "unknown") return said;
  const standing = alarms.filter((a) => a.part === part && a.cleared_ms === null && !a.shelved_until_ms && a.state !== "out of service" && a.priority !== "diagnostic");
  if (!standing.length) return said;
  return standing.some((a) => a.kind === "twin") ? "fault" : "alarm";
}
