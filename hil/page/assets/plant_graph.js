/** The site as boxes and pipes: parts by rank, connections of temperatures as pipes that know their flow. */

/**
 * @typedef {object} Pipe
 * @property {string} id
 * @property {string[]} sources parts that it comes from
 * @property {string[]} targets parts that it goes to
 * @property {string} variable `PART.VARIABLE` whose temperature it has
 * @property {string[][]} flows of each of its branches: ends of connections that may say how much flows, the best first
 * @property {boolean} hot
 */

/**
 * Rank of each part, 0 first: a part stands after those that feed it, in the order of the site file.
 * @param {{parts: {name: string}[], connections: {source: string, target: string}[]}} site
 * @returns {Map<string, number>}
 */
export function ranks(site) {
  const order = new Map(site.parts.map((part, i) => [part.name, i]));
  const rank = new Map(site.parts.map((part) => [part.name, 0]));
  for (const part of site.parts)
    for (const { source, target } of site.connections) {
      const [from, into] = [partOf(source), partOf(target)];
      // what flows back to an earlier part says nothing about who comes first
      if (from !== part.name || order.get(into) <= order.get(from)) continue;
      rank.set(into, Math.max(rank.get(into), rank.get(from) + 1));
    }
  return rank;
}

/**
 * Pipes of a site: one for each temperature that is handed on, trees where several take or give it.
 * @param {{parts: {name: string}[], connections: {source: string, target: string}[]}} site
 * @returns {Pipe[]}
 */
export function pipes(site) {
  const found = new Map();
  const temperatures = site.connections.filter((c) => /^T/.test(variableOf(c.source)));
  const flows = site.connections.filter((c) => /^m/.test(variableOf(c.source)));
  const rank = ranks(site);
  for (const c of temperatures) {
    const into = `${partOf(c.target)}.${bare(variableOf(c.target))}`;
    const gathered = /\[\d+\]$/.test(c.target);
    const id = gathered ? `> ${into}` : c.source;
    const pipe = found.get(id) ?? {
      id, sources: [], targets: [], variable: gathered ? into : c.source, flows: [], hot: isHot(c, rank),
    };
    add(pipe.sources, partOf(c.source));
    add(pipe.targets, partOf(c.target));
    pipe.flows.push(flowEnds(c, flows));
    found.set(id, pipe);
  }
  return [...found.values()];
}

/**
 * Part of `PART.VARIABLE`.
 * @param {string} name
 */
export function partOf(name) {
  return name.slice(0, name.indexOf("."));
}

/**
 * Variable of `PART.VARIABLE`.
 * @param {string} name
 */
export function variableOf(name) {
  return name.slice(name.indexOf(".") + 1);
}

/** Water that comes back or leaves a heat pump's cold side is the cooler one of its pair. */
function isHot(connection, rank) {
  const both = `${variableOf(connection.source)} ${variableOf(connection.target)}`;
  if (/return|source_out/i.test(both)) return false;
  return rank.get(partOf(connection.target)) >= rank.get(partOf(connection.source));
}

/** Ends of flows that share a port with this pipe: `T_sink_in` goes with `m_sink`. */
function flowEnds(connection, flows) {
  const ports = [connection.source, connection.target].map(port);
  const scored = flows
    .map((flow) => {
      const ends = [flow.source, flow.target];
      const shared = ends.filter((end) => ports.includes(port(end))).length;
      const between = ends.every((end) => ports.some((p) => p.startsWith(`${partOf(end)} `)));
      return { ends, score: 2 * shared + (between ? 1 : 0), shared };
    })
    .filter(({ shared }) => shared > 0)
    .sort((a, b) => b.score - a.score);
  return scored.flatMap(({ ends }) => ends);
}

function port(end) {
  const stem = variableOf(end).replace(/^[Tm]_/, "").replace(/_(in|out|return)(?=\[|$)/, "");
  return `${partOf(end)} ${stem}`;
}

function bare(variable) {
  return variable.replace(/\[\d+\]$/, "");
}

function add(list, item) {
  if (!list.includes(item)) list.push(item);
}
