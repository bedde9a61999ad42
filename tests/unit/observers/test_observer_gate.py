"""When a part is judged again after the flow through it stood still."""

import numpy as np
import pytest

from twin.estimation.step import STEP_NS
from twin.observers.gate import Gate
from twin.observers.site_observer import _still
from twin.site import load_site

HOUR_NS = 3_600_000_000_000
FLOW = "heat_pump.m_source"


def ready() -> Gate:
    """A gate that has long been open."""
    gate = Gate()
    gate.heard(-100 * HOUR_NS, 0, FLOW, None)
    return gate


def judged_after(rest_ns: int, name: str = FLOW) -> int:
    """When it is judged first after a rest of so long [ns since the flow moves again]."""
    gate = ready()
    end_ns = 0
    while end_ns < rest_ns:
        end_ns += STEP_NS
        gate.flows(end_ns - STEP_NS, end_ns, [name])
        assert gate.judged(end_ns, 0)  # while it rests others decide about it
    since_ns = end_ns
    for _ in range(10 * HOUR_NS // STEP_NS):
        end_ns += STEP_NS
        gate.flows(end_ns - STEP_NS, end_ns, [])
        if gate.judged(end_ns, 0):
            return end_ns - since_ns
        assert gate.reason is not None
        assert gate.reason.startswith(f"{name} flows again after")
    raise AssertionError("never judged again")


@pytest.mark.parametrize("minutes", [0, 5, 30, 58])
def test_a_short_rest_is_none(minutes: int) -> None:
    assert judged_after(minutes * 60 * 10**9) == STEP_NS


@pytest.mark.parametrize(("hours", "waits"), [(1, 1), (2, 2), (3, 3), (5, 3), (50, 3)])
def test_after_a_long_rest_it_waits_as_long_and_no_longer_than_three_hours(
    hours: int, waits: int
) -> None:
    found = judged_after(hours * HOUR_NS)
    assert waits * HOUR_NS <= found <= waits * HOUR_NS + 2 * STEP_NS


def test_one_of_two_flows_that_rests_is_enough() -> None:
    gate = ready()
    for k in range(3 * HOUR_NS // STEP_NS):
        gate.flows(k * STEP_NS, (k + 1) * STEP_NS, ["a", "b"] if k > 2 else ["b"])
    gate.flows(3 * HOUR_NS, 3 * HOUR_NS + STEP_NS, ["a"])
    assert not gate.judged(3 * HOUR_NS + STEP_NS, 0)
    assert str(gate.reason).startswith("b flows again after 3.0 h")


def test_a_flow_that_never_rested_says_nothing() -> None:
    gate = ready()
    for k in range(1000):
        gate.flows(k * STEP_NS, (k + 1) * STEP_NS, [])
        assert gate.judged((k + 1) * STEP_NS, 0)


@pytest.mark.parametrize(("site", "still"), [("mantsala", 5.0), ("kajaani", 40.0)])
def test_what_stands_still_is_two_percent_of_a_flow_meter(site: str, still: float) -> None:
    told = load_site(site)
    assert _still(told, FLOW) == pytest.approx(still)
    assert _still(told, "cooling_loop.T_supply") == -np.inf
    assert _still(told, "heat_pump.u_run") == -np.inf
