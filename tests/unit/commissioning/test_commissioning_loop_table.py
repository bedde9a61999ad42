"""Tables of loops: names, units and digits that people read, within 160 columns."""

import pytest

from hil.commissioning.loop_table import lines, loops_of
from hil.commissioning.record import BlockRecord, StepRecord
from hil.commissioning.tuning_said import seconds, sentence
from hil.commissioning.verdict import Verdict

PUMP = """\
procedure: own.pump
title: A trial
of: network
blocks:
  - block: loop
    steps:
      - step_test: {setting: dp_consumer, by: 9 kPa, measured: dp_consumer, lasts: 1 h, rise: 1 h,
          command: u_pump, gain: pump_gain, integral: pump_integral}
"""
MODEL = {"gain [Pa]": 168e3, "time constant [s]": 1107.4, "dead time [s]": 2.6e-16, "R2 [-]": 0.956}
HELD = {"Kp now [1/kPa]": 0.003, "Ti now [s]": 20.0}
FOUND = {
    "rise [s]": 81.66, "overshoot [-]": 0.1, "settling [s]": None, "oscillation index [-]": 0.2,
    **HELD, **MODEL, "based on": "u_pump → dp_consumer", "tau_c [s]": 6.58,
    "Kp proposed [1/kPa]": 0.01454, "Ti proposed [s]": 19.74,
}  # fmt: skip


@pytest.fixture
def loop(load):
    (found,) = loops_of(load(PUMP))
    return found


def record_of(verdict, *steps, why=""):
    records = [
        StepRecord(text="", action=action, verdict=Verdict.PASS, why="", requirement="",
                   begin_s=0.0, end_s=0.0, figures=figures)
        for action, figures in steps
    ]  # fmt: skip
    return BlockRecord(procedure="own.pump", controller="network", block="loop", verdict=verdict,
                       why=why, steps=tuple(records), lasted_s=0.0, trace="", writes=0)  # fmt: skip


def cells(line):
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


def test_a_row_of_answers_and_a_row_of_tunings(loop):
    swings = ("oscillation", {"oscillation index [-]": 0.55})
    record = record_of(
        Verdict.PASS, ("step_test", FOUND), swings, ("stiction", {"stiction": "none"})
    )
    said = lines([(loop, record)])
    assert cells(said[1]) == ["network", "dp_consumer", "u_pump", "reading", "pass", "81.7 s",
                              "0.1", "-", "0.55", "none"]  # fmt: skip
    assert cells(said[4]) == ["network", "pump_gain", "0.003 1/kPa", "0.0145 1/kPa",
                              "pump_integral", "20 s", "19.7 s", "168 kPa", "1107 s", "0 s",
                              "0.956"]  # fmt: skip
    assert max(map(len, said)) <= 160
    assert len(said) == 5


def test_a_loop_without_a_proposal_says_why_below(loop):
    found = {**HELD, **MODEL, "no proposal": "something else moved it"}
    said = lines([(loop, record_of(Verdict.PASS, ("step_test", found)))])
    assert cells(said[4])[3] == "-"
    assert cells(said[4])[-4:] == ["-", "-", "-", "0.956"]  # a model that nobody believes
    assert said[-1] == "own.pump@network/loop: no tuning proposal: something else moved it"


def test_a_loop_that_fails_says_why_below(loop):
    record = record_of(Verdict.FAIL, ("step_test", FOUND), why="it answers: hunts; rise [s] 3")
    assert lines([(loop, record)])[-1] == "own.pump@network/loop: it answers: hunts"


def test_a_loop_that_was_not_tested_says_why_below(loop):
    said = lines([(loop, record_of(Verdict.SKIPPED, why="u_pump stands at its limit"))])
    assert cells(said[1])[4:] == ["skipped", "-", "-", "-", "-", "-"]
    assert said[2:] == ["", "own.pump@network/loop: u_pump stands at its limit"]


@pytest.mark.parametrize(
    ("value", "said"),
    [(2.6e-16, "0 s"), (0.06, "0.1 s"), (19.74, "19.7 s"), (20.0, "20 s"), (99.96, "100 s"),
     (1107.4, "1107 s"), (1.2e4, "12000 s"), (None, "-")],
)  # fmt: skip
def test_times_have_the_digits_that_matter(value, said):
    assert seconds(value) == said


def test_a_proposal_in_a_sentence(loop):
    assert sentence(FOUND, loop.test) == (
        "proposed pump_gain 0.0145 1/kPa, pump_integral 19.7 s (now pump_gain 0.003 1/kPa,"
        " pump_integral 20 s), SIMC with tau_c 6.6 s, for K 168 kPa, T 1107 s, L 0 s, R2 0.956:"
        " u_pump → dp_consumer"
    )
    assert sentence({"no proposal": "it stands"}, loop.test) == "no tuning proposal: it stands"
