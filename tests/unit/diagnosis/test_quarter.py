"""What a quarter of an hour may say, and half of one: half a fault that looks a little smaller."""

import copy
from dataclasses import replace

import pytest
from synthetic_plant import M, Truth
from trials import COMMISSIONING, commissioned

from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.settings import DAY_BLOCKS, WINDOWS, Settings
from twin.diagnosis.verdict import Event

BEGIN = COMMISSIONING + DAY_BLOCKS


@pytest.fixture(scope="module")
def exact() -> Truth:
    """A plant that its models know, so that what is too small is all that keeps a window quiet."""
    return Truth(21, 28 + 2, kind="exact")


def a_day_after(exact: Truth, settings: Settings) -> Diagnosis:
    diagnosis = commissioned(exact, settings)
    for i in range(COMMISSIONING, BEGIN):
        diagnosis.take_block(exact.block(i))
    return diagnosis


@pytest.fixture(scope="module")
def a_day_later(exact: Truth) -> Diagnosis:
    return a_day_after(exact, Settings())


@pytest.fixture(scope="module")
def no_half_hour(exact: Truth) -> Diagnosis:
    return a_day_after(exact, Settings(windows=tuple(w for w in WINDOWS if w.panes != 6)))


def first_event(ready: Diagnosis, exact: Truth, j: int, share: float) -> tuple[Event, int]:
    """What is raised when a share of a full fault is there at once, and after how many blocks."""
    diagnosis, size = copy.deepcopy(ready), share * exact.plant.hypotheses[j].threshold
    for i in range(BEGIN, BEGIN + 24):
        block = exact.block(i)
        shown = size * block.signature[:, j]
        news = diagnosis.take_block(replace(block, innovation=block.innovation + shown))
        if news:
            return news[0], i + 1 - BEGIN
    raise AssertionError("nothing in two hours")


@pytest.mark.parametrize("j", range(M))
def test_half_a_fault_that_looks_smaller_is_said_by_a_quarter(j, no_half_hour, exact) -> None:
    event, blocks = first_event(no_half_hour, exact, j, 0.47)
    assert event.verdict.fault == exact.plant.hypotheses[j].name
    assert (event.verdict.window, blocks <= 6) == ("15 min step", True)


@pytest.mark.parametrize("j", range(M))
def test_of_less_a_longer_window_is_asked(j, no_half_hour, exact) -> None:
    event, blocks = first_event(no_half_hour, exact, j, 0.36)
    assert event.verdict.fault == exact.plant.hypotheses[j].name
    assert not event.verdict.window.startswith("15 min")
    assert blocks > 6


@pytest.mark.parametrize("j", range(M))
def test_what_is_too_little_for_a_quarter_half_an_hour_says(j, a_day_later, exact) -> None:
    event, blocks = first_event(a_day_later, exact, j, 0.39)
    assert event.verdict.fault == exact.plant.hypotheses[j].name
    assert event.verdict.window.startswith("30 min")
    assert blocks <= 7
