/** Order, groups and filters of alarms. */

const PRIORITIES = ["high", "medium", "low", "diagnostic"];

/** Words of `twin.diagnosis.isa.State` and what may be done in each by a person. */
const DEEDS = {
  unacknowledged: ["acknowledge", "shelve", "remove"],
  acknowledged: ["shelve", "remove"],
  "returned to normal, unacknowledged": ["acknowledge"],
  "latched, unacknowledged": ["acknowledge", "shelve", "remove"],
  "latched, acknowledged": ["reset", "shelve", "remove"],
  shelved: ["unshelve"],
  "suppressed by design": [],
  "out of service": ["restore"],
};

/** What needs leave beyond that to acknowledge. */
const SERVICE = ["remove", "restore"];

/**
 * What a person may do to an alarm now.
 * @param {{state: string}} alarm
 * @param {{order?: boolean, service?: boolean}} can
 */
export function deedsFor(alarm, can) {
  if (!can.order) return [];
  return (DEEDS[alarm.state] ?? []).filter((deed) => can.service !== false || !SERVICE.includes(deed));
}

/**
 * The most urgent first: those that ask for somebody, then by priority, then the newest.
 * @template {{annunciated: boolean, priority: string, raised_ms: number}} A
 * @param {A[]} alarms
 * @returns {A[]}
 */
export function urgent(alarms) {
  return [...alarms].sort((a, b) =>
    Number(b.annunciated) - Number(a.annunciated)
    || PRIORITIES.indexOf(a.priority) - PRIORITIES.indexOf(b.priority)
    || b.raised_ms - a.raised_ms);
}

/**
 * Alarms under the causes that explain them: those that the server says so of (`under`), and an alarm of
 * a signal that another names as its consequence.
 * @param {any[]} alarms
 * @returns {{alarm: any, below: any[]}[]}
 */
export function grouped(alarms) {
  const ordered = urgent(alarms);
  const under = new Map();
  for (const alarm of ordered) {
    const told = ordered.find((other) => other.number === alarm.under);
    const cause = told ?? ordered.find((other) => other !== alarm && !under.has(other.number) && explains(other, alarm));
    if (cause && !under.has(cause.number)) under.set(alarm.number, cause.number);
  }
  return ordered
    .filter((alarm) => !under.has(alarm.number))
    .map((alarm) => ({ alarm, below: ordered.filter((other) => under.get(other.number) === alarm.number) }));
}

function explains(cause, alarm) {
  if (!cause.consequences?.length || alarm.consequences?.length) return false;
  return alarm.signal !== null && cause.consequences.includes(alarm.signal) && cause.since_ms <= alarm.raised_ms;
}

/**
 * Whether an alarm is asked for.
 * @param {any} alarm
 * @param {{text?: string, priority?: string, state?: string, part?: string}} filter
 */
export function wanted(alarm, { text = "", priority = "", state = "", part = "" }) {
  if (priority && alarm.priority !== priority) return false;
  if (part && alarm.part !== part) return false;
  if (state && group(alarm.state) !== state) return false;
  const all = `${alarm.cause} ${alarm.part} ${alarm.signal ?? ""} ${alarm.text} ${alarm.comment} #${alarm.number}`.toLowerCase();
  return text.toLowerCase().split(/\s+/).every((word) => all.includes(word));
}

/**
 * Kinds of state that a list is filtered by.
 * @param {string} state
 */
export function group(state) {
  if (/unacknowledged/.test(state)) return "open";
  if (/acknowledged/.test(state)) return "seen";
  if (state === "normal") return "gone";
  return "aside";
}
