/** uPlot with the colours of the page: envelopes, bands, gaps, marks on the time axis. */

import { h } from "./dom.js";
import { fillBetween, penFor } from "./envelope.js";

const FONT = "12px system-ui, sans-serif";
let loading = null;

/** uPlot, fetched when the first chart is drawn. */
export function library() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(h("link", { rel: "stylesheet", href: "assets/vendor/uPlot.css" }));
    document.head.append(h("script", { src: "assets/vendor/uPlot.js", onload: () => resolve(globalThis.uPlot), onerror: () => reject(new Error("uPlot.js")) }));
  });
  return loading;
}

/** A colour of the theme. */
export function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** Colour of the nth signal. */
export function hue(n) {
  return colour(`--series-${n % 8}`);
}

/**
 * Series, scales and axes of uPlot for what is drawn. Ends of envelopes count for the scales; `signs` draws them.
 * @param {import("./trend_data.js").Drawn[]} drawn
 * @param {boolean} narrow whether axes must be slim
 * @param {{clock: (ms: number, step: number) => string, number: (n: number, step: number) => string, unit: (u: string) => string}} write
 */
export function looks(drawn, narrow, write) {
  const units = [...new Set(drawn.map((one) => one.unit))];
  const grid = colour("--grid");
  const ink = colour("--muted");
  const series = [{}, ...drawn.map((one) => {
    if (one.role !== "mean") return { scale: one.unit, label: one.key, paths: () => null, points: { show: false } };
    return { scale: one.unit, label: one.key, stroke: hue(one.hue), ...penOf(one), spanGaps: false, points: { show: one.kind === "predicted" ? false : undefined, size: 4 } };
  })];
  const axes = [
    { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid }, font: FONT, space: 40, values: (_, splits, __, ___, step) => splits.map((t) => write.clock(t, step)) },
    ...units.slice(0, 6).map((unit, i) => ({
      scale: unit, side: i % 2 ? 1 : 3, stroke: ink, font: FONT, label: write.unit(unit), labelSize: narrow ? 14 : 18, labelFont: FONT, size: narrow ? 47 : 58, gap: narrow ? 2 : 4,
      grid: { show: i === 0, stroke: grid, width: 1 }, ticks: { stroke: grid }, values: (_, splits) => splits.map((v) => write.number(v, splits[1] - splits[0])),
    })),
  ];
  const scales = { x: { time: false }, ...Object.fromEntries(units.map((unit) => [unit, { range: padded }])) };
  return { series, axes, scales };
}

/** A prediction is thin and dashed. */
function penOf({ kind }) {
  return kind === "predicted" ? { width: 1.2, dash: [6, 4] } : { width: 1.7, dash: [] };
}

/** Envelopes with their colours, and pens for what the scales have become. */
function envelopes(plot, drawn) {
  drawn.forEach((one, i) => {
    const values = plot.data[i + 1];
    if (one.role === "mean") Object.assign(plot.series[i + 1], penFor(plot, one.unit, values, penOf(one)));
    else if (one.role === "high") fillBetween(plot, one.unit, plot.data[i], values, `${hue(one.hue)}38`);
    else if (one.role === "upper") fillBetween(plot, one.unit, plot.data[i], values, `${hue(one.hue)}20`);
  });
}

/** A tenth of room above and below; a flat line stands in the middle. */
function padded(_, low, high) {
  if (low === null || high === null) return [0, 1];
  const room = Math.max((high - low) * 0.08, Math.abs(high) * 1e-3, 0.1);
  return [low - room, high + room];
}

/**
 * Draws envelopes, gaps as hatching, and marks as signs at the foot of the chart.
 * Each line has the number of its signal at its end, for who cannot tell the colours.
 * @param {() => {gaps: [number, number][], marks: {t: number, kind: string}[], drawn?: import("./trend_data.js").Drawn[]}} what
 */
export function signs(what) {
  return {
    hooks: {
      drawClear: (plot) => {
        const { ctx, bbox } = plot;
        ctx.save();
        ctx.beginPath();
        ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
        ctx.clip();
        ctx.strokeStyle = colour("--grid");
        for (const [a, b] of what().gaps) {
          const [x0, x1] = [plot.valToPos(a, "x", true), plot.valToPos(b, "x", true)];
          ctx.save();
          ctx.beginPath();
          ctx.rect(x0, bbox.top, Math.max(2, x1 - x0), bbox.height);
          ctx.clip();
          ctx.beginPath();
          for (let x = Math.max(x0, bbox.left) - bbox.height; x < Math.min(x1, bbox.left + bbox.width); x += 10) {
            ctx.moveTo(x, bbox.top + bbox.height);
            ctx.lineTo(x + bbox.height, bbox.top);
          }
          ctx.stroke();
          ctx.restore();
        }
        envelopes(plot, what().drawn ?? []);
        ctx.restore();
      },
      draw: (plot) => {
        const { ctx, bbox } = plot;
        const r = devicePixelRatio || 1;
        ctx.save();
        for (const { t, kind } of what().marks) {
          const x = plot.valToPos(t, "x", true);
          if (x < bbox.left || x > bbox.left + bbox.width) continue;
          const y = bbox.top + bbox.height;
          ctx.fillStyle = ctx.strokeStyle = colour(kind === "note" ? "--accent" : kind === "raised" ? "--mark" : "--muted");
          ctx.globalAlpha = 0.4;
          ctx.setLineDash([]);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top);
          ctx.lineTo(x, y);
          ctx.stroke();
          ctx.globalAlpha = 1;
          ctx.beginPath();
          const size = 5 * r;
          if (kind === "note") ctx.rect(x - size, y - 2 * size, 2 * size, 2 * size);
          else if (kind === "raised") (ctx.moveTo(x, y - 2 * size), ctx.lineTo(x + size, y), ctx.lineTo(x - size, y));
          else ctx.arc(x, y - size, size * 0.7, 0, 7);
          ctx.fill();
        }
        ctx.restore();
        numbered(plot, what().drawn ?? []);
      },
    },
  };
}

function numbered(plot, drawn) {
  const { ctx, bbox } = plot;
  const r = devicePixelRatio || 1;
  ctx.save();
  ctx.font = `${700} ${11 * r}px system-ui, sans-serif`;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  drawn.forEach((one, i) => {
    if (one.role !== "mean" || one.kind === "predicted") return;
    const values = plot.data[i + 1];
    const { min, max } = plot.scales.x;
    const at = plot.data[0].findLastIndex((t, k) => t >= min && t <= max && values[k] !== null);
    if (at < 0) return;
    const x = Math.min(plot.valToPos(plot.data[0][at], "x", true), bbox.left + bbox.width) - 9 * r;
    const y = plot.valToPos(values[at], one.unit, true);
    ctx.fillStyle = colour("--surface");
    ctx.strokeStyle = hue(one.hue);
    ctx.lineWidth = 1.4 * r;
    ctx.setLineDash([]);
    ctx.beginPath();
    ctx.arc(x, y, 8 * r, 0, 7);
    ctx.fill();
    ctx.stroke();
    ctx.fillStyle = hue(one.hue);
    ctx.fillText(String(one.hue + 1), x, y + 0.5 * r);
  });
  ctx.restore();
}
