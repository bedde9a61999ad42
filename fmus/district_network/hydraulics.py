"""Flows and pressures of the tree, quasi-static: unknowns that are solved for at every instant.

Unknown are the flow of every consumer and bypass, the root of every node's differential pressure,
and of the pipes' flows those that are not the sum of a few others. Sums of flows are linear in
these unknowns, so no step of an integrator loses water.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import casadi as ca

from fmus.district_network.tree import PLANT, Tree
from fmus.equations import SX, Model, column
from fmus.physics.friction import pressure_drop
from fmus.physics.water import RHO_HEATING

BAR = 1e5
_SMALL_ROOT = 3e-3
"""Root of the differential pressure over 1 bar below which valves count as laminar (1 Pa)."""
_LONGEST_SUM = 3
"""Flows that are added up in place; a longer sum becomes an unknown of its own."""


@dataclass(frozen=True, eq=False)
class Bore:
    """A pipe as the water sees it: `area` [m2], `length`, diameter `d`, `roughness` [m].

    `viscosity` [m2/s] is the water's, kinematic; `fittings` [-] the loss in bends and fittings as
    a share of the straight pipe's.
    """

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
    """From supply to return at `node`, with a non-return valve.

    `m_open` is the flow at 1 bar [kg/s]; `name` is that of its flow.
    """

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
        return _sum(list(self.leaks.values()))


def held(model: Model, flows: Flows) -> Flows:
    """The flows on average in an internal step, in water balance like those that move."""
    now = column(model.algebraics)
    then = [
        model.mean(f"{v.name}.held", v.symbol, v.start, v.unit, v.description)
        for v in model.algebraics
    ]
    parts = [flows.supply, flows.back, flows.valves, [flows.plant]]
    found = [ca.vertsplit(ca.substitute(column(part), now, column(then))) for part in parts]
    supply, back, valves, (plant,) = found
    return replace(flows, supply=supply, back=back, valves=valves, plant=plant)


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

    A ring has two unknowns more, the flows of its chord in supply and return: pressures add up
    to zero around each of the two. They differ only while something leaks.

    Every residual has a positive slope by its own unknown: 1 for sums and valves, that of
    `squared` for pressures, the friction's for a ring. Eliminating the diagonal in any order
    only adds to it.
    """
    names, pipes = list(bores), list(bores.values())
    through = [
        model.algebraic(f"{v.name}.m", 1.0, "kg/s", "flow from supply to return", nominal=10.0)
        for v in valves
    ]
    drawn = _sum_up(model, tree, ends, names, valves, through)
    there, round_supply = _round(model, tree, names, "supply")
    homeward, round_return = _round(model, tree, names, "return")
    behind = _leaks_behind(tree, ends, leaks)
    supply = [m + leak + c for m, leak, c in zip(drawn, behind, there, strict=True)]
    back = [m + c for m, c in zip(drawn, homeward, strict=True)]
    plant = _sum_at_plant(ends, supply, valves, through) + leaks.get(PLANT, SX(0.0))
    root, dp = _roots(model, tree, ends, valves, source, plant)
    lost = [b.drop(m) for b, m in zip(pipes, supply, strict=True)]
    lost_back = [b.drop(m) for b, m in zip(pipes, back, strict=True)]
    for node in tree.nodes[1:]:
        i = tree.parent[node]
        model.solve(root[node], dp[node] - dp[ends[i][0]] + lost[i] + lost_back[i])
    for valve, m in zip(valves, through, strict=True):
        # the plant's own differential pressure may have no unknown: then nothing hangs there
        model.solve(m, m - valve.m_open * ca.fmax(root[valve.node], 0.0))
    if tree.chord is not None:
        usual = RHO_HEATING * pipes[tree.chord].area  # flow at 1 m/s turns bar into kg/s
        for m, lost_in in ((round_supply, lost), (round_return, lost_back)):
            around = [SX(way) * lost_in[i] for i, way in tree.ring.items()]
            model.solve(m, usual * _sum(around))
    return Flows(supply, back, through, leaks, plant, dp)


def _round(model: Model, tree: Tree, names: Sequence[str], side: str) -> tuple[list[SX], SX]:
    """Flow of the chord and what of it every pipe carries; no unknown without a ring."""
    carried = [SX(0.0)] * len(names)
    if tree.chord is None:
        return carried, SX(0.0)
    m = model.algebraic(
        f"{names[tree.chord]}.m_{side}", 0.0, "kg/s", f"flow in the {side}", nominal=10.0
    )
    for i, way in tree.ring.items():
        carried[i] = way * m
    return carried, m


def _sum_up(
    model: Model,
    tree: Tree,
    ends: Sequence[tuple[str, str]],
    names: Sequence[str],
    valves: Sequence[Valve],
    through: Sequence[SX],
) -> list[SX]:
    """What the valves behind every pipe let through, in a tree without the chord."""
    at_node: dict[str, list[SX]] = {node: [] for node in tree.nodes}
    for valve, m in zip(valves, through, strict=True):
        at_node[valve.node].append(m)
    flows = [SX(0.0)] * len(names)
    for node in reversed(tree.nodes[1:]):
        i, terms = tree.parent[node], at_node[node]
        if len(terms) > _LONGEST_SUM:
            total = _sum(terms)
            m = model.algebraic(f"{names[i]}.m", 1.0, "kg/s", "drawn behind it", nominal=10.0)
            model.solve(m, m - total)
            terms = [m]
        flows[i] = _sum(terms)
        at_node[ends[i][0]].extend(terms)
    return flows


def _leaks_behind(tree: Tree, ends: Sequence[tuple[str, str]], leaks: Mapping[str, SX]) -> list[SX]:
    """What leaks at the nodes behind every pipe, in a tree without the chord."""
    at_node, behind = dict(leaks), [SX(0.0)] * len(ends)
    for node in reversed(tree.nodes[1:]):
        if node in at_node:
            i = tree.parent[node]
            behind[i] = at_node[node]
            at_node[ends[i][0]] = at_node.get(ends[i][0], SX(0.0)) + behind[i]
    return behind


def _sum(terms: Sequence[SX]) -> SX:
    total = SX(0.0)
    for term in terms:
        total = total + term
    return total


def _sum_at_plant(
    ends: Sequence[tuple[str, str]],
    supply: Sequence[SX],
    valves: Sequence[Valve],
    through: Sequence[SX],
) -> SX:
    own = [m for v, m in zip(valves, through, strict=True) if v.node == PLANT]
    return _sum([*own, *[m for m, (begin, _) in zip(supply, ends, strict=True) if begin == PLANT]])


def _roots(
    model: Model,
    tree: Tree,
    ends: Sequence[tuple[str, str]],
    valves: Sequence[Valve],
    source: Source,
    plant: SX,
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
    if sum(begin == PLANT for begin, _ in ends) > 1 or any(v.node == PLANT for v in valves):
        s = model.algebraic(f"{PLANT}.root_dp", 1.2, "-", "root of differential pressure, 1 bar")
        model.solve(s, squared(s) - dp[PLANT])
        root[PLANT], dp[PLANT] = s, squared(s)
    return root, dp
