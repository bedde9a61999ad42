"""What goes wrong for the first time while a test ends is not swallowed."""

import pytest
from plugin_desk import WARM, run

PLAYED = """
import os
import signal

from firmware_sim import make_controller


def make(kind, settings):
    if settings.get("T_sink_max") == 75.0:  # its power is back, with what the test had written
        WRONG
    return make_controller(kind, settings)
"""
SUITE = """
import os
import signal

import pytest

from twin.errors import PlantLost


def test_ends(bench):
    bench.set("heat_pump:T_sink_max", "75 degC")
    bench.run(minutes=1)
    assert bench.value("heat_pump:T_sink_max") == 75.0
    bench.power("heat_pump", on=False)


def test_next(bench):
    assert bench.value("heat_pump:T_sink_max") == 85.0


def test_hears_of_it(bench):
    os.kill(bench._stand._test, signal.SIGSEGV)
    with pytest.raises(PlantLost):
        bench.run(minutes=1)
"""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "its process ended by signal 11"),
        ("raise ZeroDivisionError('ours')", "ZeroDivisionError: ours"),
    ],
)
def test_a_plant_that_is_lost_while_it_is_let_go_is_an_error(wrong, said, tmp_path):
    ran = run(
        tmp_path, *WARM, "--hukka-play", "played:make",
        played=PLAYED.replace("WRONG", wrong), test_suite=SUITE,
    )  # fmt: skip
    outcomes = {"test_ends": "error", "test_next": "passed", "test_hears_of_it": "passed"}
    assert ran.outcomes == outcomes, ran.said
    assert "not ended in order: " in ran.cases["test_ends"].text
    assert said in ran.cases["test_ends"].text
