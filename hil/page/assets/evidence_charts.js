/** Residuals of the signals of an event, on their bands, from before it began. */

import { get } from "./api.js";
import { tickText, ticks } from "./axis.js";
import { colour, library, signs } from "./chart.js";
import { h, put } from "./dom.js";
import { HOUR, MINUTE } from "./times.js";
import { differenceTo, differenceUnit, shown } from "./units.js";

const MOST = 4;

/**
 * @param {HTMLElement} room
 * @param {any} app
 * @param {any} told evidence
 */
export function residualCharts(room, app, told) {
  const { site, words, store } = app;
  const plots = [];
  let ended = false;
  const names = [...new Set([...(told.evidence ?? []).map((one) => one.signal), ...(told.signals ?? []), told.signal])]
    .filter((name) => name && `${name}:measured` in site.keys).slice(0, MOST);
  const since = told.since_ms ?? told.raised_ms;
  const now = store.get("moment")?.t_ms ?? Date.now();
  const end = Math.min(now, told.cleared_ms ?? now, Math.max(told.raised_ms ?? since, since) + 6 * HOUR);
  const before = Math.max(20 * MINUTE, Math.min(6 * HOUR, (end - since) / 2));
  const [from, to] = [since - before, end + (end - since) * 0.05 + MINUTE];

  const one = async (name, uPlot) => {
    const keys = ["measured", "predicted", "band"].map((kind) => `${name}:${kind}`).filter((key) => key in site.keys);
    const numbers = await get("api/series", { keys: keys.join(","), from, to, most: 500 });
    if (ended) return;
    const unit = differenceUnit(site.signals[name].unit);
    const twin = `${name}:predicted` in numbers.series;
    const of = (kind) => numbers.series[`${name}:${kind}`]?.mean;
    const band = (of("band") ?? numbers.t.map(() => site.watched[name]?.band ?? null)).map((b) => differenceTo(b, unit));
    const residual = numbers.t.map((_, i) => (twin && of("measured")[i] !== null && of("predicted")[i] !== null ? differenceTo(of("measured")[i] - of("predicted")[i], unit) : null));
    const stage = h("div", { class: "stage small" });
    room.append(h("figure", {}, h("figcaption", {}, `${words.variable(name)} · ${words.t("point.residual")} [${shown(unit) || "–"}]`), stage));
    if (!residual.some((v) => v !== null)) return put(stage, h("p", { class: "empty" }, words.t("trend.empty")));
    const muted = colour("--muted");
    const edge = { stroke: muted, width: 1, dash: [5, 4], points: { show: false } };
    const plot = new uPlot({
      width: Math.max(200, stage.clientWidth), height: 190, legend: { show: false }, padding: [8, 12, 0, 0],
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(low, 0) - 0.1 * (high - low || 1), Math.max(high, 0) + 0.1 * (high - low || 1)] } },
      axes: [
        { stroke: muted, grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid") }, splits: (self, _, min, max) => ticks(min, max, Math.max(2, Math.floor(self.width / 110)), words.bench), values: (_, s) => s.map((t) => tickText(words, t, s.length > 1 ? s[1] - s[0] : 1000)) },
        { stroke: muted, size: 58, grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid") }, values: (_, s) => s.map((v) => words.number(v, Math.abs(s[1] - s[0]) < 0.1 ? 2 : Math.abs(s[1] - s[0]) < 1 ? 1 : 0)) },
      ],
      series: [{}, edge, edge, { stroke: colour("--series-0"), width: 1.6, points: { show: false } }],
      bands: [{ series: [2, 1], fill: `${muted}22` }],
      plugins: [signs(() => ({ gaps: [], marks: [{ t: since, kind: "other" }, { t: told.raised_ms ?? since, kind: "raised" }] }))],
    }, [numbers.t, band.map((b) => (b === null ? null : -b)), band, residual], stage);
    plots.push({ plot, stage });
  };
  const begin = async () => {
    if (!names.length || since === undefined || since === null) return put(room, h("p", { class: "muted" }, words.t("evidence.no_residuals")));
    try {
      const uPlot = await library();
      for (const name of names) await one(name, uPlot);
    } catch (error) {
      room.append(h("p", { class: "told" }, error.message));
    }
    return undefined;
  };
  const again = new ResizeObserver(() => plots.forEach(({ plot, stage }) => stage.clientWidth && stage.clientWidth !== plot.width && plot.setSize({ width: stage.clientWidth, height: 190 })));
  again.observe(room);
  begin();
  return {
    close() {
      ended = true;
      again.disconnect();
      plots.forEach(({ plot }) => plot.destroy());
    },
  };
}
