"""What fails beside the plant is heard, and does not keep values from going back."""

import threading

import pytest

from hil.commissioning.beside import Beside
from hil.commissioning.guard import OwnersClock
from twin.errors import PlantLost


def test_a_thread_that_fails_is_not_only_silent(capsys):
    def fails():
        raise ZeroDivisionError("ours")

    thread = Beside("talks on site_lan", fails)
    thread.join()
    with pytest.raises(PlantLost, match="what talks on site_lan has failed: ZeroDivisionError"):
        thread.check()
    assert "in fails" in capsys.readouterr().err


def test_one_that_has_ended_has_not_failed():
    ended = threading.Event()
    thread = Beside("plays a line", ended.wait)
    thread.check()
    ended.set()
    thread.join()
    thread.check()


def test_the_gate_waits_on_when_the_plant_is_gone():
    """Between the steps of a ramp back a cycle of the plant passes, where there is one."""
    cycles = []

    def lost():
        cycles.append(1)
        raise PlantLost("heat_pump: its FMU refused a step")

    clock = OwnersClock(lost)
    until_ns = clock.now_ns() + 20_000_000
    assert clock.wait_until(until_ns) >= until_ns
    assert len(cycles) == 1
