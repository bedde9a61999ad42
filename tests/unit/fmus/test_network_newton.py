"""Newton in the shell finds a network's flows from anywhere, in a few iterations."""

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from networks import grown, ring
from newton_library import Newton
from test_network_flows import Hydraulics

LIMIT = 60
"""Iterations that are enough; algebra.c allows 100 [-]."""
NETWORKS = {"ring": ring, "tree of 20": lambda: grown(20), "tree of 200": lambda: grown(200)}


class Case:
    """A network's hydraulics, compiled, with points drawn at random."""

    def __init__(self, name: str) -> None:
        self.net = Hydraulics(NETWORKS[name]())
        self.newton = Newton(self.net.model)
        self.names = [v.name for v in self.net.model.inputs]

    def inputs(self, rng: np.random.Generator) -> np.ndarray:
        """Pump speed, leak and openings; each may be exactly at an end, and near standstill."""
        consumers = len(self.names) - 2
        full = 57.0 * rng.dirichlet(np.ones(consumers)) * rng.uniform(0.1, 3.0)
        share = rng.choice([0.0, 1.0, 1e-6, -1.0, -1.0], consumers)
        share = np.where(share < 0.0, rng.uniform(0.0, 1.0, consumers), share)
        if rng.random() < 0.1:
            share[:] = 0.0
        n = float(rng.choice([0.0, 1e-4, 1.0, rng.uniform(0.0, 1.0)]))
        leak = float(rng.choice([0.0, 0.0, 5.0, rng.uniform(0.0, 5.0)]))
        return np.array([n, leak, *(full * share)])

    def anywhere(self, rng: np.random.Generator) -> np.ndarray:
        """Flows, roots of pressures and whatever else, within and beyond what may be."""
        size = 10.0 ** rng.uniform(-3.0, 2.0)
        return rng.uniform(-size, size, self.newton.start.size)


case = cache(Case)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["ring", "tree of 20"]), st.integers(0, 2**32 - 1))
def test_it_is_found_from_anywhere_and_is_the_same(name: str, seed: int) -> None:
    rng, net = np.random.default_rng(seed), case(name)
    u = net.inputs(rng)
    starts = (
        net.newton.start,
        net.anywhere(rng),
        net.newton.solve(net.inputs(rng), net.newton.start)[1],
    )
    found = [net.newton.solve(u, a) for a in starts]
    assert all(ok for ok, *_ in found), [k for _, _, k, _ in found]
    for _, a, *_ in found[1:]:
        np.testing.assert_allclose(a, found[0][1], rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("name", NETWORKS)
def test_how_many_iterations_it_takes(name: str) -> None:
    """From the last solution to the next while everything jumps at once, and from anywhere."""
    rng, net = np.random.default_rng(5), case(name)
    a, counts, halvings = net.newton.start, list[int](), list[int]()
    cold = list[int]()
    for _ in range(1000 if name != "tree of 200" else 100):
        u = net.inputs(rng)
        ok, a, iterations, halved = net.newton.solve(u, a)
        assert ok, (u, iterations)
        counts.append(iterations)
        halvings.append(halved)
        ok, _, iterations, _ = net.newton.solve(u, net.anywhere(rng))
        assert ok, (u, iterations)
        cold.append(iterations)
    for what, found in (("jumps", counts), ("from anywhere", cold)):
        tail = np.percentile(found, [50, 90, 99, 100])
        print(f"{name}, {what}: median, 90 %, 99 %, most iterations {tail}")
    print(f"halvings {np.percentile(halvings, [50, 90, 99, 100])}")
    assert max(*counts, *cold) < LIMIT
