/** Residuals of the signals of an event, on their bands, from before it began. */

import { get } from "./api.js";
import { stepOf, tickText, ticks } from "./axis.js";
import { colour, library, signs } from "./chart.js";
import { h, put } from "./dom.js";
import { MINUTE } from "./times.js";
import { differenceTo, differenceUnit, shown, split } from "./units.js";

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
  const drawn = told.draw ?? { keys: [], from_ms: 0, to_ms: 1 };
  const names = [...new Set(drawn.keys.map((key) => split(key)[0]))].slice(0, MOST);
  const since = told.since_ms ?? told.raised_ms;
  const [from, to] = [drawn.from_ms, Math.min(drawn.to_ms, Math.max(since, store.get("moment")?.t_ms ?? drawn.to_ms) + MINUTE)];

  const one = async (name, stage, uPlot) => {
    const keys = drawn.keys.filter((key) => split(key)[0] === name);
    const numbers = await get("api/series", { keys: keys.join(","), from, to, most: 500 });
    if (ended) return;
    const unit = differenceUnit(site.signals[name].unit);
    const twin = `${name}:predicted` in numbers.series;
    const of = (kind) => numbers.series[`${name}:${kind}`]?.mean;
    const band = (of("band") ?? numbers.t.map(() => site.watched[name]?.band ?? null)).map((b) => differenceTo(b, unit));
    const residual = numbers.t.map((_, i) => (twin && of("measured")[i] !== null && of("predicted")[i] !== null ? differenceTo(of("measured")[i] - of("predicted")[i], unit) : null));
    if (!residual.some((v) => v !== null)) return put(stage, h("p", { class: "empty" }, words.t("trend.empty")));
    const muted = colour("--muted");
    const edge = { stroke: muted, width: 1, dash: [5, 4], points: { show: false } };
    const plot = new uPlot({
      width: Math.max(200, stage.clientWidth), height: 190, legend: { show: false }, padding: [8, 12, 0, 0],
      cursor: { drag: { x: false, y: false } },
      scales: { x: { time: false }, y: { range: (_, low, high) => [Math.min(low, 0) - 0.1 * (high - low || 1), Math.max(high, 0) + 0.1 * (high - low || 1)] } },
      axes: [
        { stroke: muted, grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid") }, splits: (self, _, min, max) => ticks(min, max, Math.max(2, Math.floor(self.width / 110)), words.bench), values: (self, s) => s.map((t) => tickText(words, t, stepOf(self, s))) },
        { stroke: muted, size: 58, grid: { stroke: colour("--grid"), width: 1 }, ticks: { stroke: colour("--grid") }, values: (_, s) => s.map((v) => words.number(v, Math.abs(s[1] - s[0]) < 0.1 ? 2 : Math.abs(s[1] - s[0]) < 1 ? 1 : 0)) },
      ],
      series: [{}, edge, edge, { stroke: colour("--series-0"), width: 1.6, points: { show: false } }],
      bands: [{ series: [2, 1], fill: `${muted}22` }],
      plugins: [signs(() => ({ gaps: [], marks: [{ t: since, kind: "other" }, { t: told.raised_ms ?? since, kind: "raised" }] }))],
    }, [numbers.t, band.map((b) => (b === null ? null : -b)), band, residual], stage);
    plots.push({ plot, stage });
  };
  const begin = async () => {
    if (!names.length) return put(room, h("p", { class: "muted" }, words.t("evidence.no_residuals")));
    try {
      const uPlot = await library();
      // all of them first: a chart is as wide as its neighbours leave it
      const stages = names.map((name) => {
        const stage = h("div", { class: "stage small" });
        const unit = shown(differenceUnit(site.signals[name].unit)) || "–";
        room.append(h("figure", {}, h("figcaption", {}, `${words.variable(name)} · ${words.t("point.residual")} [${unit}]`), stage));
        return stage;
      });
      for (const [i, name] of names.entries()) await one(name, stages[i], uPlot);
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
