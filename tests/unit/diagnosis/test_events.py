"""Faults of a synthetic plant from the first block to the event's end."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from plain_alarms import Baselines, Limits
from synthetic_plant import Fault, M, Truth
from trials import COMMISSIONING

from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.findings import Cause, Finding
from twin.diagnosis.settings import BLOCK_NS
from twin.diagnosis.verdict import Standing

BEGIN = COMMISSIONING + 600


def run(diagnosis: Diagnosis, truth: Truth, faults, begin: int, end: int):
    return [e for i in range(begin, end) for e in diagnosis.take_block(truth.block(i, faults))]


def full(truth: Truth, j: int, begin: int = BEGIN) -> Fault:
    return Fault(j, truth.plant.hypotheses[j].threshold, begin)


@pytest.mark.parametrize("j", [0, 5, 13, 20])
def test_a_fault_is_found_named_sized_and_dated(j: int, running, truth) -> None:
    assert running.events == []
    fault = full(truth, j)
    run(running, truth, (fault,), BEGIN, BEGIN + 72)
    (event,) = running.events
    verdict, h = event.verdict, truth.plant.hypotheses[j]
    assert h.name in (verdict.fault, *verdict.group)
    assert verdict.part == h.part
    assert verdict.low < verdict.high
    assert abs(verdict.since_ns - BEGIN * BLOCK_NS) < 3 * 3600e9
    assert sum(s.share for s in verdict.evidence) <= 1.0 + 1e-9
    assert running.standing(h.part) is Standing.FAULT


@pytest.mark.parametrize("j", [13, 20])
def test_longer_windows_do_not_blur_the_date(j: int, running, truth) -> None:
    """Panes of hours are too coarse to say better than minutes did when a step came."""
    fault = full(truth, j)
    run(running, truth, (fault,), BEGIN, BEGIN + 24)
    (early,) = running.events
    run(running, truth, (fault,), BEGIN + 24, BEGIN + 432)
    late = next(e for e in running.events if e.number == early.number)
    assert late.verdict.window != early.verdict.window
    assert late.verdict.since_ns == early.verdict.since_ns


@pytest.mark.parametrize("first", [True, False])
def test_of_two_causes_the_one_that_has_an_event_keeps_it(first: bool, running, truth) -> None:
    """The other may look like it, and is a second event all the same: no fault has two."""
    run(running, truth, (full(truth, 13),), BEGIN, BEGIN + 72)
    (event,) = running.events
    names = [h.name for h in truth.plant.hypotheses]
    j = names.index(event.verdict.fault)
    second = next(i for i, h in enumerate(truth.plant.hypotheses) if i > j and h.kind == "process")
    part = truth.plant.hypotheses[second].part
    known = Cause(event.verdict.part, j, False, 0.2, 0.1, 0.3, 0.9, ())
    alike = Cause(part, second, False, 0.2, 0.1, 0.3, 0.9, (j,))
    fit = running._sight.fits[running.settings.index("1 h")]
    causes = (known, alike) if first else (alike, known)
    (raised,) = running._reconcile(Finding(fit, causes, 5.0), new=True)
    assert raised.verdict.fault == names[second]
    assert {e.number: e.verdict.fault for e in running.events} == {
        event.number: names[j],
        raised.number: names[second],
    }


def test_a_repaired_fault_clears_and_stays_clear(running, truth) -> None:
    fault = full(truth, 1)
    run(running, truth, (fault,), BEGIN, BEGIN + 72)
    assert len(running.events) == 1
    news = run(running, truth, (), BEGIN + 72, BEGIN + 300)
    assert running.events == []
    assert news[-1].cleared_ns is not None


def episode(diagnosis: Diagnosis, truth: Truth, blocks: int, part: str):
    """A part far off for some blocks, as nothing in the bank is; then half an hour stopped."""
    own = np.array([p == part for p in truth.plant.part_of])
    away = 3.0 * truth.si * np.where(np.arange(M) % 2, 1.0, -1.0)
    news = []
    for i in range(BEGIN, BEGIN + 24):
        block = truth.block(i)
        off = BEGIN + blocks <= i < BEGIN + blocks + 6
        usable = np.where(own, not off, block.usable)
        strange = block.innovation + away * (own & (i < BEGIN + blocks))
        news += diagnosis.take_block(replace(block, innovation=strange, usable=usable))
    return news


def test_ten_strange_minutes_before_a_stop_are_no_event_and_twenty_are(running, truth) -> None:
    other = copy.deepcopy(running)
    assert episode(running, truth, 2, "heat_pump") == []
    first = episode(other, truth, 4, "heat_pump")[0]
    assert first.verdict.part == "heat_pump"


def test_a_lost_input_never_clears(running, truth) -> None:
    run(running, truth, (full(truth, 1),), BEGIN, BEGIN + 36)
    (event,) = running.events
    for i in range(BEGIN + 36, BEGIN + 36 + 300):
        lost = truth.block(i)
        dead = np.zeros(M, bool)
        assert running.take_block(replace(lost, usable=dead)) == []
    assert [e.number for e in running.events] == [event.number]
    assert running.standing(event.verdict.part) is Standing.FAULT


def test_what_is_off_is_not_observable_and_what_is_new_undecided(fresh, truth) -> None:
    block = truth.block(COMMISSIONING)
    fresh.take_block(replace(block, usable=np.arange(M) < 4))
    assert fresh.standing("heat_pump") is Standing.NOT_OBSERVABLE
    assert fresh.standing("cooling_loop") is Standing.UNDECIDED


def test_a_quiet_plant_is_healthy(running) -> None:
    assert running.events == []
    standings = {p: running.standing(p) for p in running.plant.parts}
    assert Standing.HEALTHY in standings.values()
    assert Standing.FAULT not in standings.values()


def test_a_nuisance_wins_in_silence(running, truth) -> None:
    """Two thirds of a tolerance is nobody's alarm, though faults point nearly the same way."""
    j = next(i for i, h in enumerate(truth.plant.hypotheses) if h.kind == "nuisance")
    small = Fault(j, truth.plant.hypotheses[j].threshold * 0.67, BEGIN)
    run(running, truth, (small,), BEGIN, BEGIN + 72)
    assert running.events == []


def test_the_same_stream_gives_the_same_events(running, truth) -> None:
    other = copy.deepcopy(running)
    fault = (full(truth, 3),)
    assert run(running, truth, fault, BEGIN, BEGIN + 30) == run(
        other, truth, fault, BEGIN, BEGIN + 30
    )


def test_baselines_see_a_gross_bias_and_not_a_small_one(running, truth) -> None:
    limits = Limits(np.where(truth.si == 2.0, 2.0, np.inf), k=6.0, h=30.0, slack=2.0)
    for size, seen in ((3.0, {"fixed limit", "k sigma", "CUSUM"}), (0.0, set())):
        plain = Baselines(running.learned, limits)
        alarms = []
        for i in range(BEGIN, BEGIN + 24):
            alarms += plain.take(truth.block(i, (Fault(1, size * 2.0, BEGIN),)))
        assert {a.detector for a in alarms if a.signal == 1} == seen


def test_what_a_window_sees_nothing_of_has_no_size_there(running, truth) -> None:
    """Its part was off for an hour: no signature, and no division by it."""
    blind, seen = truth.plant.hypotheses[0].name, truth.plant.hypotheses[5].name
    for i in range(BEGIN, BEGIN + 12):
        block = truth.block(i)
        signature = block.signature.copy()
        signature[:, 0] = 0.0
        running.take_block(replace(block, signature=signature))
    assert running.sized(blind, "1 h") is None
    size, variance = running.sized(seen, "1 h")
    assert variance > 0.0
    assert abs(size) < 5.0 * variance**0.5


def test_what_is_older_than_a_window_is_dated_by_the_longest_of_its_panes_or_the_next(
    running,
) -> None:
    names = [w.name for w in running.settings.windows if not w.against]
    longer = {
        own: [ring.window.name for ring in running.bank.dating(names.index(own))][1:]
        for own in names
    }
    assert longer == {
        "5 min": ["1 h"], "15 min": ["1 h"], "30 min": ["1 h"], "1 h": ["6 h"],
        "6 h": ["24 h"], "24 h": ["7 d"], "7 d": ["30 d"], "30 d": [],
    }  # fmt: skip
