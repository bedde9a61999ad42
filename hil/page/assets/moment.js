/** The plant at one instant, kept up to date by what the server says has changed. */

const MAPPINGS = ["measured", "quality", "commands", "predicted", "band", "standing", "reasons"];

/**
 * A moment after news of it; news that are whole replace it.
 * @param {any} before
 * @param {any} told
 */
export function merged(before, told) {
  if (!before || told.whole !== false) return filled(told);
  const after = { ...before, t_ms: told.t_ms, predicted_ms: told.predicted_ms };
  for (const name of MAPPINGS) {
    if (!told[name]) continue;
    after[name] = { ...before[name] };
    for (const [key, value] of Object.entries(told[name]))
      // a standing or reason that is gone is null
      if (value === null && (name === "standing" || name === "reasons")) delete after[name][key];
      else after[name][key] = value;
  }
  return after;
}

function filled(told) {
  const moment = { t_ms: told.t_ms, predicted_ms: told.predicted_ms };
  for (const name of MAPPINGS) moment[name] = told[name] ?? {};
  return moment;
}
