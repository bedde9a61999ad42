/**
 * Envelopes and lines as cheap as they look. Without a graphics processor a chart of a year is drawn in software, where
 * clipping to an envelope, dashes and joints of a line that goes up and down at every pixel cost more than all the rest.
 */

/** Stretches narrower than this are bars beside each other; wider ones are joined by slopes [px]. */
const NARROW = 4;
/** A line so many times as long as its chart is wide is a scribble: dashes and width are no more to be seen in it. */
const SCRIBBLE = 6;

/**
 * Fill between two columns of a chart.
 * @param {any} plot
 * @param {string} scale
 * @param {(number | null)[]} low
 * @param {(number | null)[]} high
 * @param {string} fill
 */
export function fillBetween(plot, scale, low, high, fill) {
  const { ctx } = plot;
  const x = plot.data[0].map((t) => plot.valToPos(t, "x", true));
  const y = (value) => plot.valToPos(value, scale, true);
  ctx.fillStyle = fill;
  for (const [first, last] of runs(low, high)) {
    const wide = (x[last] - x[first]) / Math.max(1, last - first);
    if (wide <= NARROW) bars(ctx, x, y, low, high, first, last);
    else slopes(ctx, x, y, low, high, first, last);
  }
}

/** Stretches in a row where both are known: first and last index of each. */
function runs(low, high) {
  const found = [];
  let first = -1;
  for (let i = 0; i <= low.length; i += 1) {
    const known = i < low.length && low[i] !== null && high[i] !== null;
    if (known && first < 0) first = i;
    if (!known && first >= 0) {
      found.push([first, i - 1]);
      first = -1;
    }
  }
  return found;
}

function bars(ctx, x, y, low, high, first, last) {
  // whole pixels, each filled once: seams would be lighter or darker
  let [top, foot] = [Infinity, -Infinity];
  for (let i = first; i <= last; i += 1) {
    top = Math.min(top, y(high[i]));
    foot = Math.max(foot, y(low[i]));
    const left = Math.floor(x[i]);
    const right = i < last ? Math.floor(x[i + 1]) : left + 1;
    if (right === left) continue;
    ctx.fillRect(left, top, right - left, Math.max(0.5, foot - top));
    [top, foot] = [Infinity, -Infinity];
  }
}

function slopes(ctx, x, y, low, high, first, last) {
  ctx.beginPath();
  for (let i = first; i <= last; i += 1) ctx.lineTo(x[i], y(high[i]));
  for (let i = last; i >= first; i -= 1) ctx.lineTo(x[i], y(low[i]));
  ctx.fill();
}

/**
 * Width and dashes of a line: as wanted, but thin and whole where it is a scribble.
 * @param {any} plot
 * @param {string} scale
 * @param {(number | null)[]} values
 * @param {{width: number, dash: number[]}} wanted
 */
export function penFor(plot, scale, values, wanted) {
  const { min, max } = plot.scales[scale];
  if (min === null || min === undefined || max === min) return wanted;
  const perUnit = plot.bbox.height / (max - min);
  let length = 0;
  let before = null;
  for (const value of values) {
    if (value !== null && before !== null) length += Math.abs(value - before) * perUnit;
    before = value;
  }
  return length > SCRIBBLE * plot.bbox.width ? { width: 1 / (globalThis.devicePixelRatio || 1), dash: [] } : wanted;
}
