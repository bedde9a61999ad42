"""Hydraulics against pressures and flows found by scipy from first principles."""

from collections.abc import Iterator

import casadi as ca
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from model_runs import Runner
from networks import network, pipe, ring
from scipy.optimize import root

from fmus.district_network.hydraulics import Bore, Source, Valve, solve_flows
from fmus.district_network.structure import Structure
from fmus.equations import SX, Model, column

RHO, NU, ROUGH, FITTINGS = 975.0, 0.45e-6, 1e-4, 0.1
HEAD, R_PLANT = 3.2, 45e-5  # bar, bar.s2/kg2


class Hydraulics:
    """Flows of a structure alone: openings `k1`... [kg/s at 1 bar], speed, leak are inputs."""

    def __init__(self, s: Structure) -> None:
        self.s = s
        m = Model("Hydraulics", "flows only")
        m.der(m.state("none", 0.0, "-", "no state"), SX(0.0))
        n = m.input("n", 1.0, "-", "pump speed")
        leak = m.input("leak", 0.0, "kg/s", "leak")
        valves = [
            Valve(c.called, c.node, m.input(f"k{i}", 5.0, "kg/s", "opening"))
            for i, c in enumerate(s.consumers)
        ]
        bores = {p.name: self._bore(p.length, s.type_of(p).inner_diameter) for p in s.pipes}
        leaks = {s.leak_node: leak}
        source = Source(HEAD * n * n, SX(R_PLANT))
        self.flows = solve_flows(m, s.tree, s.ends, bores, source, valves, leaks)
        for p, there, back in zip(s.pipes, self.flows.supply, self.flows.back, strict=True):
            m.output(f"supply.{p.name}", there, "kg/s", "flow")
            m.output(f"return.{p.name}", back, "kg/s", "flow")
        for c, flow in zip(s.consumers, self.flows.valves, strict=True):
            m.output(f"m.{c.called}", flow, "kg/s", "flow")
        for node, dp in self.flows.dp.items():
            m.output(f"dp.{node}", dp, "bar", "differential pressure")
        m.output("plant", self.flows.plant, "kg/s", "flow")
        self.model, self.runner = m, Runner(m)

    @staticmethod
    def _bore(length: float, d: float) -> Bore:
        values = (np.pi / 4 * d * d, length, d, ROUGH, NU, FITTINGS)
        return Bore(*[SX(v) for v in values])

    def at(self, **inputs: float) -> dict[str, float]:
        self.runner.set(**inputs)
        return self.runner.outputs()

    def missing(self, y: dict[str, float], leak: float) -> Iterator[float]:
        """Water that is not accounted for at each node, supply and return [kg/s]."""
        for node in self.s.tree.nodes[1:]:
            drawn = sum(y[f"m.{c.called}"] for c in self.s.consumers if c.node == node)
            for side, lost in (
                ("supply", leak if node == self.s.leak_node else 0.0),
                ("return", 0),
            ):
                comes = sum(y[f"{side}.{p.name}"] for p in self.s.pipes if p.target == node)
                goes = sum(y[f"{side}.{p.name}"] for p in self.s.pipes if p.source == node)
                yield comes - goes - drawn - lost


def _drop(m: float, length: float, d: float) -> float:
    """Pressure lost in turbulent flow [bar], Haaland's friction factor."""
    V = m / (RHO * np.pi / 4 * d * d)
    Re = max(abs(V) * d / NU, 1.0)
    f = (-1.8 * np.log10((ROUGH / d / 3.7) ** 1.11 + 6.9 / Re)) ** -2
    return float((1 + FITTINGS) * f * length / d * RHO / 2 * V * abs(V) / 1e5)


def test_two_branches_share_the_flow_as_their_pressures_say() -> None:
    pipes = [
        pipe("trunk", "plant", "a", 500.0, "DN150"),
        pipe("near", "a", "b", 100.0, "DN65"),
        pipe("far", "a", "c", 900.0, "DN80"),
    ]
    s = network(pipes, ["b", "c"])
    y = Hydraulics(s).at(n=0.8, k0=4.0, k1=6.0)
    size = {p.name: (p.length, s.type_of(p).inner_diameter) for p in s.pipes}

    def unbalanced(m: np.ndarray) -> list[float]:
        total = m[0] + m[1]
        at_a = HEAD * 0.64 - R_PLANT * total**2 - 2 * _drop(total, *size["trunk"])
        return [
            at_a - 2 * _drop(m[0], *size["near"]) - (m[0] / 4.0) ** 2,
            at_a - 2 * _drop(m[1], *size["far"]) - (m[1] / 6.0) ** 2,
        ]

    expected = root(unbalanced, [3.0, 3.0], tol=1e-12).x
    assert y["m.b"] == pytest.approx(expected[0], rel=3e-4)
    assert y["m.c"] == pytest.approx(expected[1], rel=3e-4)
    assert y["plant"] == pytest.approx(sum(expected), rel=3e-4)
    assert y["dp.c"] == pytest.approx((expected[1] / 6.0) ** 2, rel=1e-3)


@pytest.mark.parametrize("leak", [0.0, 3.0])
def test_a_ring_with_a_leak_against_all_pressures_of_supply_and_return(leak: float) -> None:
    """Oracle: supply and return pressure of every node and the flow of every pipe, all unknown."""
    s = ring()
    y = Hydraulics(s).at(n=1.0, leak=leak, k0=3.0, k1=9.0, k2=2.0, k3=5.0)
    opening = dict(zip(["n2", "n3", "n4", "n5"], [3.0, 9.0, 2.0, 5.0], strict=True))
    nodes = list(s.tree.nodes)
    n, e = len(nodes), len(s.pipes)
    size = [(p.length, s.type_of(p).inner_diameter) for p in s.pipes]

    def unbalanced(z: np.ndarray) -> list[float]:
        p_s, p_r = dict(zip(nodes, z[:n], strict=True)), dict(zip(nodes, z[n : 2 * n], strict=True))
        m_s, m_r = z[2 * n : 2 * n + e], z[2 * n + e :]
        left = [p_r["plant"]]
        left.append(p_s["plant"] - HEAD + R_PLANT * sum(m_s[:1]) ** 2)
        for i, (a, b) in enumerate(s.ends):
            left.append(p_s[a] - p_s[b] - _drop(m_s[i], *size[i]))
            left.append(p_r[b] - p_r[a] - _drop(m_r[i], *size[i]))
        for node in nodes[1:]:
            dp = p_s[node] - p_r[node]
            drawn = opening.get(node, 0.0) * np.sign(dp) * np.sqrt(abs(dp))
            for m, lost in ((m_s, leak if node == "n4" else 0.0), (m_r, 0.0)):
                comes = sum(m[i] for i, (_, b) in enumerate(s.ends) if b == node)
                goes = sum(m[i] for i, (a, _) in enumerate(s.ends) if a == node)
                left.append(comes - goes - drawn - lost)
        return left

    start = [*np.linspace(3.0, 2.0, n), *np.linspace(0.0, 1.0, n), *([5.0] * 2 * e)]
    found = root(unbalanced, start, tol=1e-11)
    assert np.abs(unbalanced(found.x)).max() < 1e-8
    m_s, m_r = found.x[2 * n : 2 * n + e], found.x[2 * n + e :]
    for i, p in enumerate(s.pipes):
        assert y[f"supply.{p.name}"] == pytest.approx(m_s[i], rel=1e-3, abs=1e-3)
        assert y[f"return.{p.name}"] == pytest.approx(m_r[i], rel=1e-3, abs=1e-3)


def test_the_flow_across_the_ring_turns_with_the_demand() -> None:
    net = Hydraulics(ring())
    one = net.at(k0=0.1, k1=9.0, k2=1.0, k3=1.0)
    other = net.at(k0=9.0, k1=0.1, k2=0.5, k3=0.5)
    assert one["supply.back"] < -0.5 < 0.5 < other["supply.back"]


OPENINGS = st.floats(0.0, 20.0) | st.just(0.0)
SPEED = st.sampled_from([0.0, 1e-6, 0.01, 0.3, 1.0])


@settings(max_examples=60, deadline=None)
@given(st.tuples(OPENINGS, OPENINGS, OPENINGS, OPENINGS), SPEED, st.sampled_from([0.0, 1e-3, 4.0]))
def test_no_water_is_lost_at_any_node_whatever_happens(
    k: tuple[float, ...], n: float, leak: float
) -> None:
    y = NET.at(n=n, leak=leak, **{f"k{i}": v for i, v in enumerate(k)})
    size = max(1.0, *(abs(v) for v in y.values()))
    assert max(abs(v) for v in NET.missing(y, leak)) < 1e-13 * size
    for c, opening in zip(NET.s.consumers, k, strict=True):
        assert y[f"m.{c.called}"] >= -1e-13
        if opening == 0.0:
            assert y[f"m.{c.called}"] == pytest.approx(0.0, abs=1e-13)


NET = Hydraulics(ring())


def test_standstill_is_exact_and_left_again() -> None:
    net = Hydraulics(ring())
    before = net.at(n=1.0)
    for standing in ({"n": 0.0}, {f"k{i}": 0.0 for i in range(4)}):
        y = net.at(**standing)
        assert max(abs(v) for k, v in y.items() if not k.startswith("dp")) < 1e-9
    assert net.at(n=1.0, **{f"k{i}": 5.0 for i in range(4)}) == pytest.approx(before, rel=1e-9)


@pytest.mark.parametrize(
    "inputs",
    [{}, {"n": 0.0}, {f"k{i}": 0.0 for i in range(4)}, {"leak": 5.0}, {"n": 0.0, "leak": 5.0}],
)
def test_the_diagonal_can_be_eliminated_in_any_order(inputs: dict[str, float]) -> None:
    net = Hydraulics(ring())
    net.at(**inputs)
    m, run = net.model, net.runner
    a = column(m.algebraics)
    slope = ca.Function("slope", [a, column(m.inputs)], [ca.jacobian(m.residuals(), a)])
    rng = np.random.default_rng(1)
    for _ in range(100):
        order = rng.permutation(len(m.algebraics))
        left = np.array(slope(run.a, run.u))[np.ix_(order, order)]
        for i in range(len(left)):
            assert left[i, i] > 1e-4
            left[i + 1 :] -= np.outer(left[i + 1 :, i] / left[i, i], left[i])


def test_a_plant_that_feeds_two_pipes_and_a_consumer_of_its_own() -> None:
    pipes = [pipe("west", "plant", "a", 300.0), pipe("east", "plant", "b", 300.0)]
    net = Hydraulics(network(pipes, ["a", "b", "plant"]))
    y = net.at(k0=4.0, k1=4.0, k2=4.0)
    assert y["supply.west"] == pytest.approx(y["supply.east"], rel=1e-9)
    assert y["m.plant"] == pytest.approx(4.0 * y["dp.plant"] ** 0.5, rel=1e-4)
    assert y["plant"] == pytest.approx(y["m.a"] + y["m.b"] + y["m.plant"], rel=1e-13)
    assert y["dp.plant"] == pytest.approx(HEAD - R_PLANT * y["plant"] ** 2, rel=1e-9)


def test_a_pipe_that_nobody_draws_from_stands_still() -> None:
    net = Hydraulics(network([pipe("p1", "plant", "a"), pipe("p2", "a", "b")], ["a"]))
    y = net.at(k0=4.0)
    assert y["supply.p2"] == y["return.p2"] == 0.0
    assert y["dp.b"] == pytest.approx(y["dp.a"], rel=1e-9)
