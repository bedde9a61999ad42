"""Figures of machines and exchangers, against worked numbers; which hours count, and which not."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from twin.diagnosis.blocks import Block
from twin.diagnosis.channel import Channel
from twin.diagnosis.learned import Plant
from twin.diagnosis.performance import (
    HOUR_BLOCKS,
    WEEK_NS,
    Performance,
    Week,
    logarithmic_mean,
    value_of,
)
from twin.diagnosis.settings import BLOCK_NS
from twin.estimation.step import Readings
from twin.site.performance import Sought

STREAM = {"flow": "dh.m", "cold": "dh.T_return", "hot": "hp.T_out", "c_p": 4000.0}
COP = Sought.model_validate({"stream": STREAM, "power": "hp.P"})
CARNOT = Sought.model_validate({"stream": STREAM, "power": "hp.P", "between": ["hp.Te", "hp.Tc"]})
UA = Sought.model_validate(
    {"stream": STREAM, "hot": ["hp.Tc"], "cold": ["dh.T_return", "hp.T_out"]}
)
AT = {"dh.m": 10.0, "dh.T_return": 320.0, "hp.T_out": 345.0, "hp.P": 250e3,
      "hp.Te": 280.0, "hp.Tc": 350.0}  # fmt: skip
"""10 kg/s by 25 K at 4 kJ/(kg K) are 1 MW."""
NAMES = tuple(AT)
WATCHED = {"hp.T_out": 0, "hp.P": 1, "dh.T_return": 2}


def test_worked_examples():
    assert value_of(COP, AT.__getitem__) == pytest.approx(4.0)
    assert value_of(CARNOT, AT.__getitem__) == pytest.approx(4.0 * 70.0 / 350.0)
    # 30 K at one end, 5 K at the other
    assert value_of(UA, AT.__getitem__) == pytest.approx(1e6 * math.log(6.0) / 25.0)
    meter = Sought.model_validate({"heat": "hp.Q", "power": "hp.P"})
    assert value_of(meter, {"hp.Q": 1.2e6, "hp.P": 3e5}.__getitem__) == 4.0


def test_an_exchanger_of_two_streams():
    both = Sought.model_validate({"heat": "q.Q", "hot": ["a.a", "a.b"], "cold": ["b.a", "b.b"]})
    read = {"q.Q": 1e5, "a.a": 360.0, "a.b": 340.0, "b.a": 330.0, "b.b": 350.0}.__getitem__
    assert value_of(both, read) == pytest.approx(1e5 / 10.0)  # 10 K all along


@pytest.mark.parametrize(
    ("of", "reads"),
    [(COP, {"hp.P": 0.0}), (CARNOT, {"hp.Tc": 270.0}), (UA, {"hp.Tc": 344.0})],
)
def test_what_has_no_figure_is_nan(of, reads):
    assert math.isnan(value_of(of, {**AT, **reads}.__getitem__))


@given(st.floats(0.01, 100.0), st.floats(0.01, 100.0))
def test_the_logarithmic_mean_is_between_geometric_and_arithmetic(a, b):
    mean = logarithmic_mean(a, b)
    assert mean == pytest.approx(logarithmic_mean(b, a))
    assert math.sqrt(a * b) * (1 - 1e-7) <= mean <= (a + b) / 2 * (1 + 1e-7)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"power": "a.P"}, "either 'heat' or 'stream'"),
        ({"heat": "a.Q", "stream": STREAM, "power": "a.P"}, "either 'heat' or 'stream'"),
        ({"heat": "a.Q"}, "either 'power', or both"),
        (
            {"heat": "a.Q", "power": "a.P", "hot": ["a.T"], "cold": ["b.T"]},
            "either 'power', or both",
        ),
        ({"heat": "a.Q", "hot": ["a.T"]}, "either 'power', or both"),
        ({"heat": "a.Q", "power": "a.P", "hot": ["a.T"]}, "either 'power', or both"),
        ({"heat": "a.Q", "hot": ["a.T"], "cold": ["b.T"], "between": ["a.T", "b.T"]}, "goes with"),
    ],
)
def test_a_figure_is_one_of_three(told, said):
    with pytest.raises(ValidationError, match=said):
        Sought.model_validate(told)


def plant() -> Plant:
    channels = tuple(
        Channel(n, n[:2], False, WATCHED.get(n), 0.0, 1e9, 0.0, 1.0, ()) for n in NAMES
    )
    return Plant(("hp.T_out", "hp.P", "dh.T_return"), ("hp", "hp", "dh"), (), (), channels)


def block(number: int, reads: dict[str, float], usable: bool = True) -> Block:
    mean = np.array([reads[n] for n in NAMES])
    readings = Readings(*([mean] * 7), np.ones(len(mean)))
    nothing, flags = np.zeros(3), np.full(3, usable)
    return Block(number * BLOCK_NS, nothing, nothing, np.zeros((3, 0)), flags, nothing, readings)


def followed(hours, left=(0.0, 0.0, 0.0), begin=0, of=COP) -> tuple[Week, ...]:
    """Weeks of a figure over hours, each a list of (readings that differ, usable)."""
    performance = Performance(plant(), {"hp.figure": of})
    number = begin
    for hour in hours:
        for k in range(HOUR_BLOCKS):
            number += 1
            reads, usable = hour[k % len(hour)]
            performance.take(block(number, {**AT, **reads}, usable), np.array(left))
    return performance.weeks()["hp.figure"]


STILL = [({}, True)]


def test_steady_hours_are_counted_and_their_median_told():
    weeks = followed([STILL, [({"hp.P": 2e5}, True)], [({"hp.P": 2.5e5}, True)]])
    assert weeks == (Week(0, 3, pytest.approx(4.0), pytest.approx(4.0)),)


@pytest.mark.parametrize(
    "hour",
    [
        [({}, True), ({"hp.P": 3.2e5}, True)],  # the power swings
        [({}, True), ({"dh.m": 13.0}, True)],  # the heat swings
        [({}, True)] * 11 + [({}, False)],  # five minutes that nobody could judge
        [({"dh.m": 0.0}, True)],  # no heat
        [({"dh.m": math.nan}, True)],  # nobody read it
    ],
)
def test_other_hours_are_not(hour):
    assert followed([hour]) == ()
    assert followed([STILL, hour])[0].hours == 1


def test_an_hour_whose_begin_is_missing_is_none():
    assert followed([STILL], begin=6) == ()


def test_expected_is_what_a_healthy_plant_would_read():
    # its own part's model: 1 K too hot at the outlet and 50 kW too much; the return is boundary
    (week,) = followed([STILL], left=(1.0, 5e4, 7.0))
    assert week.value == pytest.approx(4.0)
    assert week.expected == pytest.approx(4000.0 * 10.0 * 24.0 / 2e5)


def test_weeks_are_told_apart():
    blocks = WEEK_NS // BLOCK_NS
    weeks = followed([STILL, STILL, STILL], begin=blocks - HOUR_BLOCKS)
    assert [(w.from_ns, w.hours) for w in weeks] == [(0, 1), (WEEK_NS, 2)]


def test_of_a_part_that_nobody_watches_nothing_is_expected():
    channels = tuple(replace(c, watched=None) for c in plant().channels)
    performance = Performance(replace(plant(), channels=channels), {"hp.figure": COP})
    for number in range(HOUR_BLOCKS):
        performance.take(block(number + 1, AT, usable=False), np.zeros(3))
    (week,) = performance.weeks()["hp.figure"]
    assert week.value == pytest.approx(4.0)
    assert math.isnan(week.expected)


def test_parts_of_two_hours_are_no_hour():
    performance = Performance(plant(), {"hp.figure": COP})
    for number in (*range(1, 7), *range(3 * HOUR_BLOCKS + 7, 4 * HOUR_BLOCKS + 1)):
        performance.take(block(number, AT), np.zeros(3))
    assert performance.weeks()["hp.figure"] == ()


def test_an_hour_of_which_nothing_can_be_expected_spoils_no_week():
    performance = Performance(plant(), {"hp.figure": UA})
    for number in range(1, 2 * HOUR_BLOCKS + 1):
        # 6 K less at the outlet would be right, or 6 K more: hotter than what condenses
        left = np.array([6.0 if number <= HOUR_BLOCKS else -6.0, 0.0, 0.0])
        performance.take(block(number, AT), left)
    (week,) = performance.weeks()["hp.figure"]
    assert week.hours == 1
    assert math.isfinite(week.expected)
