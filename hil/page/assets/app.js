/** Beginning of the page: site, language, news of the server, and which view is shown. */

import { read, write } from "./address.js";
import { get, Refused, refuseWith } from "./api.js";
import { h, put } from "./dom.js";
import { merged } from "./moment.js";
import { Ages } from "./point.js";
import { followReplay } from "./replay.js";
import { shell } from "./shell.js";
import { Store } from "./store.js";
import { listen } from "./stream.js";
import { keepTheme } from "./theme.js";
import { choose, Words } from "./words.js";

/** View -> module that shows it; each exports `show(root, app, params)`, which gives a way to end it. */
const VIEWS = {
  plant: () => import("./plant_view.js"),
  trend: () => import("./trend_view.js"),
  alarms: () => import("./alarms_view.js"),
  alarm: () => import("./evidence_view.js"),
  kpis: () => import("./kpis_view.js"),
  health: () => import("./health_view.js"),
  procedures: () => import("./procedures_view.js"),
  users: () => import("./users_view.js"),
};

/** Views that need other sentences of the server than most: those of the plant are there at once. */
const SAID_IN = { plant: [], procedures: ["views", "procedures"] };

keepTheme();
begin().catch((error) => put(document.body, h("p", { class: "waiting" }, `hukka: ${error.message}`)));

async function begin() {
  const language = choose(localStorage.getItem("hukka.language"), navigator.languages ?? []);
  document.documentElement.lang = language;
  const tables = new Map();
  /** A table of words; one that could not be fetched is asked for again. */
  const ask = (name) => tables.get(name) ?? tables.set(name, get(`assets/${name}.json`).catch((error) => (tables.delete(name), Promise.reject(error)))).get(name);
  /** Let `words` know what is said in a view, by the page and by the server, who says it in English itself. */
  const learn = (groups) => Promise.all(groups.map(async (group) => {
    const [own, said] = await Promise.all([group === "views" ? ask(`${language}.views`) : {}, language === "en" ? {} : ask(`sentences.${group}.${language}`)]);
    words.add(own);
    words.learn(group, said);
  }));
  if (language !== "en") ask(`sentences.plant.${language}`).catch(() => {});
  // what is looked at first is fetched meanwhile
  (VIEWS[read(location.hash).view] ?? VIEWS.plant)().catch(() => {});
  const [table, site] = await Promise.all([ask(language), askSite()]);
  const words = new Words(language, table, site?.kind === "bench");
  refuseWith(async (text) => (await learn(["views"]), words.said(text)));
  if (!site) {
    const { login } = await import("./login_view.js");
    login(words, () => location.reload());
    return;
  }
  await learn(["plant"]);
  const store = new Store();
  for (const part of site.parts) part.title = words.table[`part.${part.name}`] ?? capital(part.title);
  const app = { site, words, store, language, csrf: site.csrf ?? "", user: site.user ?? null, can: site.can ?? {}, ages: new Ages(), learn, linkTo, go };
  const frame = shell(app);
  document.title = `${words.said(site.title)} · hukka`;
  news(app);
  followReplay(app);
  route(app, frame);

  /** Address of a view; a moment that is replayed stays with it. */
  function linkTo(view, params = {}) {
    const at = store.get("replay")?.t;
    return write(view, at === undefined ? params : { ...params, at });
  }
  function go(view, params) {
    location.hash = linkTo(view, params);
  }
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The site; null where somebody must sign in first. It waits for a server that is not there yet. */
async function askSite() {
  for (;;)
    try {
      return await get("api/site");
    } catch (error) {
      if (error instanceof Refused && error.status === 401) return null;
      if (!(error instanceof Refused) || ![0, 502, 503, 504].includes(error.status)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 1500));
    }
}

/** News become what the views look at, unless a past moment is replayed. */
function news(app) {
  const { store } = app;
  const isLive = () => !store.get("replay");
  let changedAt = Date.now();
  const heard = (name, told) => {
    if (name === "now") {
      const moment = merged(store.get("live"), told);
      if (moment.t_ms !== store.get("live")?.t_ms) changedAt = Date.now();
      app.ages.take(moment);
      store.set("live", moment);
      if (isLive()) store.set("moment", moment);
    } else if (name === "alarms") {
      store.set("liveAlarms", told);
      if (isLive()) store.set("alarms", told);
    } else if (name === "health") store.set("health", told);
    else if (name === "beat") store.set("beat", { ...told, silentMs: Date.now() - changedAt });
  };
  listen("api/stream", ["now", "alarms", "health", "beat"], heard, (alive, since) => {
    changedAt = Date.now();
    store.set("life", { alive, since });
    if (!alive) get("api/site").catch((error) => error.status === 401 && location.reload());
  });
}

function route(app, frame) {
  let end = () => {};
  let turn = 0;
  let shown = "";
  const show = async () => {
    const { view, params } = read(location.hash);
    const known = view in VIEWS ? view : "plant";
    app.store.set("place", { view: known, params });
    const { at, ...rest } = params;
    const address = write(known, rest);
    if (address === shown) return;
    shown = address;
    const mine = (turn += 1);
    const [module] = await Promise.all([VIEWS[known](), app.learn(SAID_IN[known] ?? ["views"])]);
    if (mine !== turn) return;
    end();
    frame.show(known);
    end = module.show(frame.main, app, rest, (kept) => (shown = kept)) ?? (() => {});
  };
  window.addEventListener("hashchange", show);
  show();
}
