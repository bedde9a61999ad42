/** Signals over time: any of them, from seconds to years. */

import { write as address } from "./address.js";
import { get } from "./api.js";
import { stepOf, tickText, ticks } from "./axis.js";
import { library, looks, signs } from "./chart.js";
import { h, put, say } from "./dom.js";
import { listOf, marksOf } from "./marks.js";
import { picker } from "./signal_picker.js";
import { readout } from "./trend_readout.js";
import { askedFor, columnsOf } from "./trend_data.js";
import { rangeBar } from "./trend_range.js";
import { navigate } from "./trend_nav.js";
import { HOUR } from "./times.js";
import { shown } from "./units.js";

// it is on its way while the site is
library().catch(() => {});

const LEAST_HEIGHT = 260;
const REFRESH_MS = 2000;
const SHORTEST = 60_000;
/** Below this a chart's axes are slim [px]. */
const NARROW = 500;

/** How many stretches a chart is drawn in: each has its lowest and highest, so two pixels are enough. */
function stretches(width) {
  return Math.round(Math.min(5000, Math.max(600, width / 2)));
}

/**
 * @param {HTMLElement} root
 * @param {any} app
 * @param {Record<string, string>} params `keys`, `from` and `to`, or `span` that ends now; `twin=0` leaves predictions out
 * @param {(address: string) => void} keep tells the router what the address has become
 */
export function show(root, app, params, keep) {
  const { site, words, store } = app;
  const state = {
    keys: (params.keys ?? "").split(",").filter((key) => key in site.keys),
    from: number(params.from), to: number(params.to), span: number(params.span) ?? HOUR, twin: params.twin !== "0",
  };
  if (!state.keys.length) state.keys = usual(site);
  const stage = h("div", { class: "stage", tabindex: "0", role: "img", "aria-label": words.t("trend.chart") });
  const told = h("p", { class: "told", role: "status" });
  const list = h("div", { class: "marks" });
  const reading = readout(app, (key) => change({ keys: state.keys.filter((k) => k !== key) }));
  const range = rangeBar(app, { span: () => spanOf(), set: (span) => fix(span), live: (ms) => follow(ms), twin: (on) => change({ twin: on }), state });
  put(root, h("h1", { class: "sr" }, words.t("view.trend")),
    h("div", { class: "toolbar" }, picker(app, () => state.keys, (key) => change({ keys: [...state.keys, key] })), range.node),
    h("div", { class: "trend" }, stage, reading.node), told, list);
  let plot = null;
  let shape = "";
  let marks = [];
  let gaps = [];
  let timer = 0;
  let question = null;
  let ended = false;

  const newest = () => store.get("moment")?.t_ms ?? Date.now();
  const live = () => state.from === null || state.to === null;
  /** A run has nothing before it began. */
  const begins = (ms) => (words.bench ? Math.max(0, newest() - Math.max(ms, SHORTEST)) : newest() - ms);
  const spanOf = () => (live() ? [begins(state.span), newest() + 1] : [state.from, state.to]);
  const change = (news) => {
    Object.assign(state, news);
    const text = address("trend", { keys: state.keys.join(","), from: state.from, to: state.to, span: live() && state.span !== HOUR ? state.span : null, twin: state.twin ? null : 0 });
    keep(text);
    const at = store.get("replay")?.t;
    history.replaceState(null, "", at === undefined ? text : `${text}&at=${at}`);
    range.draw();
    ask();
  };
  const fix = ([from, to], soon = 0) => {
    Object.assign(state, { from: Math.round(from), to: Math.round(to) });
    plot?.setScale("x", { min: state.from, max: state.to });
    clearTimeout(timer);
    timer = setTimeout(() => change({}), soon);
  };
  const follow = (ms) => change({ from: null, to: null, span: ms });
  const size = () => ({ width: Math.max(200, stage.clientWidth), height: Math.max(LEAST_HEIGHT, Math.min(620, window.innerHeight - stage.getBoundingClientRect().top - 150)) });

  const ask = async () => {
    clearTimeout(timer);
    question?.abort();
    const mine = (question = new AbortController());
    const [from, to] = spanOf();
    const keys = askedFor(state.keys, site.keys, state.twin).slice(0, 50);
    try {
      const [uPlot, numbers, history] = await Promise.all([
        library(),
        keys.length ? get("api/series", { keys: keys.join(","), from, to, most: stretches(size().width) }, mine.signal) : { t: [], series: {} },
        get("api/alarms/history", { from, to }, mine.signal).catch(() => []),
      ]);
      if (ended || mine !== question) return;
      marks = marksOf(history);
      draw(uPlot, numbers, [from, to]);
      say(told, numbers.t.length || !keys.length ? "" : words.t("trend.empty"));
      put(list, listOf(app, marks));
    } catch (error) {
      if (error.name !== "AbortError") say(told, error.message);
    }
    // a run that has ended has no news
    const goesOn = live() && !store.get("beat")?.ended;
    if (!ended && goesOn && mine === question) timer = setTimeout(ask, Math.max(REFRESH_MS, (to - from) / 2000));
  };
  const draw = (uPlot, numbers, [from, to]) => {
    const { columns, drawn, gaps: holes } = columnsOf(site, state.keys, numbers);
    gaps = holes;
    const now = JSON.stringify([drawn, document.documentElement.dataset.theme, stage.clientWidth]);
    if (!plot || now !== shape) {
      shape = now;
      plot?.destroy();
      plot = new uPlot(options(drawn), columns, stage);
      plot.setScale("x", { min: from, max: to });
      navigate(plot, stage, { span: spanOf, set: fix, whole: range.whole, live: () => follow(state.span) });
    } else
      plot.batch(() => {
        plot.setData(columns, false);
        plot.setScale("x", { min: from, max: to });
      });
    reading.draw(drawn, columns, plot.cursor.idx ?? null);
  };
  const options = (drawn) => {
    const looking = looks(drawn, stage.clientWidth < NARROW, { clock: (t, step) => tickText(words, t, step), number: (v, step) => words.number(v, Math.max(0, Math.min(4, Math.ceil(-Math.log10(Math.abs(step || 1)) - 1e-9)))), unit: shown });
    looking.axes[0].splits = (self, _, min, max) => ticks(min, max, Math.max(2, Math.floor(self.bbox.width / devicePixelRatio / (words.bench ? 90 : 70))), words.bench);
    looking.axes[0].values = (self, splits) => splits.map((t) => tickText(words, t, stepOf(self, splits)));
    return {
      ...size(), ...looking, legend: { show: false }, padding: [10, 30, 0, 8],
      cursor: { drag: { x: true, y: false, setScale: false }, points: { size: 7 } },
      hooks: {
        setSelect: [(self) => self.select.width > 4 && fix([self.posToVal(self.select.left, "x"), self.posToVal(self.select.left + self.select.width, "x")])],
        setCursor: [(self) => reading.draw(drawn, self.data, self.cursor.idx ?? null)],
      },
      plugins: [signs(() => ({ gaps, marks, drawn }))],
    };
  };
  const again = new ResizeObserver(() => plot && stage.clientWidth !== plot.width && ask());
  again.observe(stage);
  window.addEventListener("hukka-theme", ask);
  const off = store.on("replay", () => live() && ask());
  range.draw();
  if (live() && !store.get("moment")) {
    const once = store.on("moment", () => queueMicrotask(() => (once?.(), ask())));
  } else ask();
  return () => {
    ended = true;
    off();
    clearTimeout(timer);
    question?.abort();
    again.disconnect();
    window.removeEventListener("hukka-theme", ask);
    plot?.destroy();
  };
}

function number(text) {
  const n = Number(text);
  return text === undefined || !Number.isFinite(n) ? null : n;
}

/** What is drawn when nobody chose: the first watched temperatures of each part. */
function usual(site) {
  const watched = Object.keys(site.watched).filter((name) => `${name}:measured` in site.keys);
  const firsts = site.parts.map((part) => watched.find((name) => name.startsWith(`${part.name}.T_s`)) ?? watched.find((name) => name.startsWith(`${part.name}.`)));
  return firsts.filter(Boolean).slice(0, 4).map((name) => `${name}:measured`);
}
