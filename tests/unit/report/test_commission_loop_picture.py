"""The picture of a loop's test shows the step: from ten minutes before it, reading and command."""

import numpy as np
import pytest

from hil.report.canvas import PREDICTED
from hil.report.commission_data import Block, Step
from hil.report.commission_picture import begin_of, block_picture, panels_of, stages_of
from hil.report.commission_trace import Curve
from twin.site.amounts import scale_for

ANSWERS = "T answers to its set point moved by 1 K, by its reading"
T = np.arange(0.0, 6001.0, 10.0)


def step(number, text, action, begin_s, end_s, **more):
    known = {"point": None, "low": None, "high": None, "verdict": "pass", **more}
    return Step(number=number, text=text, begin_s=begin_s, end_s=end_s, why="", requirement="",
                action=action, **known)  # fmt: skip


PREPARED = [
    step(1, "set u_manual = 40 %, v_manual = 20 %", "set", 300.0, 301.0),
    step(2, "wait 1 h", "wait", 301.0, 3901.0),
    step(3, "shift T by 16 K", "shift", 3901.0, 3902.0),
]
TESTED = [
    step(4, ANSWERS, "step_test", 4500.0, 5400.0, point="T", low=299.0, high=300.0),
    step(5, "T and u do not hunt for 10 min", "oscillation", 5400.0, 6000.0),
]


@pytest.fixture
def block():
    return block_of(*PREPARED, *TESTED)


def block_of(*steps):
    return Block(anchor="b1", key="own.loop@c/loop", procedure="own.loop", controller="c",
                 name="loop", verdict="pass", why="", requirements=(), steps=steps,
                 lasted_s=6000.0, trace="", writes=0)  # fmt: skip


def curve(name, unit, values):
    predicted = values - 15.0 if name == "T" else values[:0]
    return Curve(name, scale_for(unit), False, {}, T, values, len(T), T[: predicted.size],
                 predicted)  # fmt: skip


CURVES = [
    curve("u_manual", "-", np.full_like(T, 0.4)),
    curve("v_manual", "-", np.full_like(T, 0.2)),
    curve("T", "K", np.where(T < 3901.0, 284.0, 300.0) - np.where(T > 4500.0, 1.0, 0.0)),
    curve("u", "-", np.where(T < 4500.0, 0.4, 0.5)),
]


def test_it_begins_ten_minutes_before_the_step(block):
    assert begin_of(block) == 3900.0
    early = step(1, ANSWERS, "step_test", 200.0, 900.0, point="T")
    assert begin_of(block_of(early)) == 0.0
    assert begin_of(block_of(*PREPARED)) == 0.0


@pytest.mark.parametrize("more", [{"point": "T"}, {"verdict": "fail"}], ids=str)
def test_what_is_judged_before_a_step_stays_in_the_picture(more):
    judged = step(0, "T is above 3 degC", "expect", 0.0, 1.0, **more)
    assert begin_of(block_of(judged, *PREPARED, *TESTED)) == 0.0


def test_only_the_loop_is_drawn(block):
    panels, left_out = panels_of(block, CURVES)
    assert [curve.name for curve in panels] == ["T", "u"]
    assert left_out == []
    every, _ = panels_of(block_of(*PREPARED), CURVES)
    assert {curve.name for curve in every} == {"u_manual", "v_manual", "T"}


def test_what_was_done_before_has_no_line(block):
    found = stages_of(block, (begin_of(block), 6000.0))
    assert [(stage.t_s, stage.text.split(" ")[0]) for stage in found] == [(3901.0, "3"),
                                                                         (4500.0, "4")]  # fmt: skip


def test_what_the_twin_predicts_of_a_shifted_reading_is_not_drawn(block):
    """The twin's line is drawn in a colour of its own."""
    panels, _ = panels_of(block, CURVES)
    assert PREDICTED not in block_picture(block, panels, "p")
    assert PREDICTED in block_picture(block_of(*PREPARED, TESTED[1]), panels, "p")
