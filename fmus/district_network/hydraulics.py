"""Flows and pressures of the tree, quasi-static: unknowns that are solved for at every instant.

Unknown are the flow of every consumer and bypass, the root of every node's differential pressure,
and of the pipes' flows those that are not the sum of a few others. Sums of flows are linear in
these unknowns, so no step of an integrator loses water.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import casadi as ca

from fmus.district_network.tree import PLANT, Tree
from fmus.equations import SX, Model
from fmus.physics.friction import pressure_drop
from fmus.physics.water import RHO_HEATING

BAR = 1e5
_SMALL_ROOT = 3e-3
"""Root of the differential pressure over 1 bar below which valves count as laminar (1 Pa)."""
_LONGEST_SUM = 3
"""Flows that are added up in place; a longer sum becomes an unknown of its own."""


@dataclass(frozen=True, eq=False)
class Bore:
    """A pipe as the water sees it: `area` [m2], `length`, diameter `d`, `roughness` [m], water's
    kinematic `viscosity` [m2/s], and `fittings` [-], the loss in bends and fittings as a share of
    the straight pipe's."""

    area: SX
    length: SX
    d: SX
    roughness: SX
    viscosity: SX
    fittings: SX

    def velocity(self, flow: SX) -> SX:
        """Mean velocity [m/s] at `flow` [kg/s]."""
        return flow / (RHO_HEATING * self.area)

    def drop(self, flow: SX) -> SX:
        """Pressure lost along the pipe [bar] at `flow` [kg/s], with its sign."""
        V = self.velocity(flow)
        straight = pressure_drop(V, self.length, self.d, self.roughness, self.viscosity)
        return (1.0 + self.fittings) * straight / BAR


@dataclass(frozen=True, eq=False)
class Valve:
    """From supply to return at `node`, with a non-return valve: `m_open` is the flow at 1 bar
    [kg/s]; `name` is that of its flow."""

    name: str
    node: str
    m_open: SX


@dataclass(frozen=True, eq=False)
class Source:
    """Pump head at no flow [bar] and what is lost in the plant a squared flow [bar.s2/kg2]."""

    head: SX
    resistance: SX


@dataclass(frozen=True, eq=False)
class Flows:
    """Mass flows [kg/s]: in supply pipes away from the plant, in return pipes towards it."""

    supply: list[SX]
    back: list[SX]
    valves: list[SX]
    leaks: dict[str, SX]
    plant: SX
    """Out of the plant; what leaks is made up there."""
    dp: dict[str, SX]
    """Differential pressure at every node [bar]."""

    @property
    def make_up(self) -> SX:
        """Cold water that replaces what leaks [kg/s]."""
        return sum(self.leaks.values(), SX(0.0))


def squared(root: SX) -> SX:
    """`root` times its magnitude, linear within +-0.003: never without slope."""
    return root * ca.sqrt(root * root + _SMALL_ROOT * _SMALL_ROOT)


def solve_flows(
    model: Model,
    tree: Tree,
    ends: Sequence[tuple[str, str]],
    bores: Mapping[str, Bore],
    source: Source,
    valves: Sequence[Valve],
    leaks: dict[str, SX],
) -> Flows:
    """Declare the unknowns and their equations.

    `bores` are the pipes by name, in the order of `ends`; `leaks` is what runs out of the supply
    at nodes [kg/s], whatever the flows are.

    Every residual has a slope by its own unknown that is not zero: 1 for sums, valves and pressures,
    the friction's for the chord; eliminating the diagonal in any order only adds to it.
    """
    names, pipes = list(bores), list(bores.values())
    through = [
        model.algebraic(f"{v.name}.m", 1.0, "kg/s", "flow from supply to return", nominal=10.0)
        for v in valves
    ]
    chord = None if tree.chord is None else _chord(model, names[tree.chord], "m", "flow")
    back = _sum_up(model, tree, ends, names, valves, through, chord)
    uneven = None
    if tree.chord is not None:
        uneven = _chord(model, names[tree.chord], "m_uneven", "flow in supply less that in return")
    supply = _with_leaks(tree, ends, back, leaks, uneven)
    plant = _sum_at_plant(tree, supply, valves, through) + leaks.get(PLANT, SX(0.0))
    root, dp = _roots(model, tree, valves, source, plant)
    lost = [b.drop(m) for b, m in zip(pipes, supply, strict=True)]
    lost_back = [b.drop(m) for b, m in zip(pipes, back, strict=True)]
    for node in tree.nodes[1:]:
        i = tree.parent[node]
        model.solve(root[node], dp[node] - dp[ends[i][0]] + lost[i] + lost_back[i])
    for valve, m in zip(valves, through, strict=True):
        # the plant's own differential pressure may have no unknown: then nothing hangs there
        model.solve(m, m - valve.m_open * ca.fmax(root[valve.node], 0.0))
    if tree.chord is not None and chord is not None and uneven is not None:
        c, (begin, end) = tree.chord, ends[tree.chord]
        usual = RHO_HEATING * pipes[c].area  # flow at 1 m/s turns bar into kg/s
        model.solve(chord, usual * (lost[c] + lost_back[c] + dp[end] - dp[begin]))
        around = sum((SX(sign) * lost[i] for i, sign in tree.ring.items()), SX(0.0))
        model.solve(uneven, usual * around)
    return Flows(supply, back, through, leaks, plant, dp)


def _chord(model: Model, name: str, what: str, description: str) -> SX:
    return model.algebraic(f"{name}.{what}", 0.0, "kg/s", description, nominal=10.0)


def _sum_up(
    model: Model,
    tree: Tree,
    ends: Sequence[tuple[str, str]],
    names: Sequence[str],
    valves: Sequence[Valve],
    through: Sequence[SX],
    chord: SX | None,
) -> list[SX]:
    """Return flow of every pipe: what the valves behind it let through."""
    at_node: dict[str, list[SX]] = {node: [] for node in tree.nodes}
    for valve, m in zip(valves, through, strict=True):
        at_node[valve.node].append(m)
    flows: list[SX] = [SX(0.0)] * len(names)
    if tree.chord is not None and chord is not None:
        begin, end = ends[tree.chord]
        at_node[begin].append(chord)
        at_node[end].append(-chord)
        flows[tree.chord] = chord
    for node in reversed(tree.nodes[1:]):
        i, terms = tree.parent[node], at_node[node]
        total = sum(terms, SX(0.0))
        if len(terms) > _LONGEST_SUM:
            m = model.algebraic(f"{names[i]}.m", 1.0, "kg/s", "flow", nominal=10.0)
            model.solve(m, m - total)
            terms, total = [m], m
        flows[i] = total
        at_node[ends[i][0]].extend(terms)
    return flows


def _with_leaks(
    tree: Tree,
    ends: Sequence[tuple[str, str]],
    back: Sequence[SX],
    leaks: Mapping[str, SX],
    uneven: SX | None,
) -> list[SX]:
    """Supply flow of every pipe: the return's and what leaks behind it."""
    behind = dict(leaks)
    for node in reversed(tree.nodes[1:]):
        if node in behind:
            begin = ends[tree.parent[node]][0]
            behind[begin] = behind.get(begin, SX(0.0)) + behind[node]
    feeds = {i: node for node, i in tree.parent.items()}
    supply = []
    for i, m in enumerate(back):
        leak = behind.get(feeds[i]) if i in feeds else None
        flow = m if leak is None else m + leak
        if uneven is not None and i in tree.ring:
            flow = flow + tree.ring[i] * uneven
        supply.append(flow)
    return supply


def _sum_at_plant(
    tree: Tree, supply: Sequence[SX], valves: Sequence[Valve], through: Sequence[SX]
) -> SX:
    own = [m for v, m in zip(valves, through, strict=True) if v.node == PLANT]
    return sum([*own, *[supply[i] for i in tree.children[PLANT]]], SX(0.0))


def _roots(
    model: Model, tree: Tree, valves: Sequence[Valve], source: Source, plant: SX
) -> tuple[dict[str, SX], dict[str, SX]]:
    """Root of the differential pressure over 1 bar of every node, and the pressure [bar].

    The plant's pressure needs no unknown where a single pipe begins there and nothing else.
    """
    root = {
        node: model.algebraic(f"{node}.root_dp", 0.9, "-", "root of differential pressure, 1 bar")
        for node in tree.nodes[1:]
    }
    dp = {node: squared(s) for node, s in root.items()}
    dp[PLANT] = source.head - source.resistance * plant * ca.fabs(plant)
    if len(tree.children[PLANT]) > 1 or any(v.node == PLANT for v in valves):
        s = model.algebraic(f"{PLANT}.root_dp", 1.2, "-", "root of differential pressure, 1 bar")
        model.solve(s, squared(s) - dp[PLANT])
        root[PLANT], dp[PLANT] = s, squared(s)
    return root, dp
