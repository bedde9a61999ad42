"""Secant signatures: exact where models are straight, right where they are not."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from bent_models import BentModels
from hypothesis import given
from hypothesis import strategies as st
from synthetic_plant import Fault, Truth
from trials import COMMISSIONING, commissioned

from twin.diagnosis.bank import Fit
from twin.diagnosis.compete import field
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.findings import find
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.refine import (
    Counted,
    Floats,
    Secant,
    Shift,
    blocked,
    secant,
    seen_in,
    window_mean,
    with_secants,
)
from twin.diagnosis.refining import AGAIN_NS
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Settings

BEGIN = COMMISSIONING + 600
PROCESS = 13
"""Hypothesis of the synthetic plant that bends and grows from 0 to 1."""


def fit_of(true_effect: np.ndarray, straight: np.ndarray, low: float) -> Fit:
    random = np.random.default_rng(5)
    n = len(true_effect)
    root = random.normal(size=(n, n))
    h = Hypothesis("p.f", "p", "process", "-", 0.3, low, 1.0, "look")
    of = field([h], Settings(), ramps=False)
    rows = np.column_stack([true_effect, straight])
    return Fit(0, 2, np.arange(n), rows, 0.01 * (root @ root.T + np.eye(n)), 99.0, of)


@given(st.floats(0.02, 0.9), st.floats(0.02, 0.9))
def test_of_a_straight_model_it_is_the_signature_whatever_was_tried(
    size: float, first: float
) -> None:
    s = np.array([3.0, -1.0, 2.0, 0.5])
    found = secant(fit_of(size * s, s, 0.0), 0, lambda x: x * s, first, 4, 0.05)
    assert found is not None
    assert found.signature == pytest.approx(s, rel=1e-12)
    refined = with_secants(fit_of(size * s, s, 0.0), {0: found})
    assert refined.score.size[0] == pytest.approx(size, rel=1e-9)
    assert refined.secants == {0}


@given(st.floats(0.03, 0.6))
def test_the_size_of_a_lost_conductance_is_found_where_a_straight_line_errs(size: float) -> None:
    s = np.array([3.0, -1.0, 2.0, 0.5])

    def effect(x: float) -> np.ndarray:
        return s * x / (1.0 - x)

    fit = fit_of(effect(size), s, 0.0)
    straight = float(fit.score.size[0])
    assert straight == pytest.approx(min(size / (1.0 - size), 1.0))
    found = secant(fit, 0, effect, min(straight, 0.95), 4, 0.05)
    assert found is not None
    refined = float(with_secants(fit, {0: found}).score.size[0])
    assert refined == pytest.approx(size, rel=0.06)


def test_a_size_that_cannot_be_run_is_halved() -> None:
    s = np.array([1.0, 1.0, 0.0, 0.0])

    def fragile(x: float) -> np.ndarray | None:
        return None if x > 0.5 else s * x

    found = secant(fit_of(0.4 * s, s, 0.0), 0, fragile, 0.9, 4, 0.05)
    assert found is not None
    assert found.size <= 0.5
    assert secant(fit_of(0.4 * s, s, 0.0), 0, lambda x: None, 0.9, 4, 0.05) is None


def test_what_does_nothing_in_the_direction_that_fits_is_not_believed() -> None:
    """An actuator that lacks room above its command: only less of it would show."""
    s = np.array([1.0, -2.0, 0.0, 0.0])
    fit = fit_of(0.2 * s, s, -1.0)
    found = secant(fit, 0, lambda x: s * min(x, 0.0), -0.1, 4, 0.05)
    assert found is not None
    refined = with_secants(fit, {0: found})
    assert fit.score.llr[0] > 1.0
    assert refined.score.llr[0] < 1e-9


@given(st.integers(0, 40), st.integers(1, 12), st.booleans())
def test_window_means_are_those_of_the_last_usable_blocks(
    end: int, blocks: int, whole: bool
) -> None:
    random = np.random.default_rng(end)
    value = random.normal(size=(40, 2))
    value[random.random((40, 2)) < 0.3] = np.nan
    ends = np.arange(1, 41) * BLOCK_NS
    mean = window_mean(ends, value, np.full(2, end * BLOCK_NS), blocks, whole)
    for i in range(2):
        last = [v for v in value[:end, i] if np.isfinite(v)][-blocks:]
        expected = sum(last) / (blocks if whole else max(len(last), 1))
        assert mean[i] == pytest.approx(expected)


def test_minutes_become_blocks_by_the_rule_of_blocks() -> None:
    minute = 60_000_000_000
    t = np.arange(1, 11) * minute
    value = np.arange(10.0)[:, None] * np.ones(2)
    value[:3, 1] = np.nan  # two of five are not enough
    ends, mean = blocked(Shift(t, value, 0), 0.6)
    assert ends.tolist() == [BLOCK_NS, 2 * BLOCK_NS]
    assert mean[:, 0].tolist() == [2.0, 7.0]
    assert np.isnan(mean[0, 1])
    assert mean[1, 1] == 7.0


def watched(ready: Diagnosis, models: BentModels, fault: Fault, blocks: int) -> Diagnosis:
    told = Diagnosis(ready.plant, ready.learned, ready.settings, models)
    bank = copy.deepcopy(ready.bank)
    told.bank.rings, told.bank.looks = bank.rings, bank.looks
    for i in range(fault.begin, fault.begin + blocks):
        told.take_block(models.truth.block(i, (fault,)))
    return told


@pytest.fixture
def bent(truth):
    kept = truth.bend
    truth.bend = 2.0
    yield truth
    truth.bend = kept


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_a_fault_that_bends_is_sized_by_models_that_know_it(running, bent, share: float) -> None:
    h = running.plant.hypotheses[PROCESS]
    fault = Fault(PROCESS, share * h.threshold, BEGIN)
    models = BentModels(bent, 2.0)
    told = watched(running, models, fault, 144)
    plain = copy.deepcopy(running)
    for i in range(BEGIN, BEGIN + 144):
        plain.take_block(bent.block(i, (fault,)))
    (event,) = told.events
    assert h.name in (event.verdict.fault, *event.verdict.group)
    assert event.verdict.size == pytest.approx(fault.size, rel=0.2)
    assert event.verdict.low <= fault.size <= event.verdict.high
    straight = plain.events[0].verdict
    assert abs(event.verdict.size - fault.size) < abs(straight.size - fault.size)


TURN = BEGIN + 72


class Turning(BentModels):
    """They know that from a block on the fault does the opposite."""

    def shift(self, name: str, size: float, onset_ns: int, end_ns: int) -> Shift:
        known = super().shift(name, size, onset_ns, end_ns)
        late = known.t_ns > TURN * BLOCK_NS
        return replace(known, shift=np.where(late[:, None], -known.shift, known.shift))


@pytest.mark.parametrize("there", [True, False])
def test_models_have_the_last_word_on_what_has_turned(running, truth, there: bool) -> None:
    """A boiler that stops cools the supply, and lets it overshoot once others take over.

    The straight signature says in both cases that it is over.
    """
    h = running.plant.hypotheses[PROCESS]
    fault = Fault(PROCESS, h.threshold, BEGIN)
    told = watched(running, Turning(truth, 0.0), fault, 72)
    (event,) = told.events
    for i in range(TURN, TURN + 96):
        opposite = replace(fault, size=-fault.size)
        told.take_block(truth.block(i, (opposite,) if there else ()))
    assert [e.number for e in told.events] == ([event.number] if there else [])
    assert told.sized(h.name, "1 h")[0] < 0.35 * h.threshold


def test_straight_models_change_no_name(running, truth) -> None:
    kept, truth.bend = truth.bend, 0.0
    for j in (0, 5, PROCESS):
        fault = Fault(j, running.plant.hypotheses[j].threshold, BEGIN)
        told = watched(running, BentModels(truth, 0.0), fault, 72)
        plain = copy.deepcopy(running)
        for i in range(BEGIN, BEGIN + 72):
            plain.take_block(truth.block(i, (fault,)))
        assert [e.verdict.part for e in told.events] == [e.verdict.part for e in plain.events]
        names = {plain.events[0].verdict.fault, *plain.events[0].verdict.group}
        assert told.events[0].verdict.fault in names
    truth.bend = kept


def test_models_run_when_something_is_raised_and_then_on_schedule(running, bent) -> None:
    fault = Fault(PROCESS, running.plant.hypotheses[PROCESS].threshold, BEGIN)
    models = BentModels(bent, 2.0)
    told = watched(running, models, fault, 30 * 12)
    (event,) = told.events
    settings = told.settings
    times = sorted({end for _, _, end in models.runs})
    most = settings.refine_most * settings.refine_rounds
    for t in times:
        assert sum(end == t for _, _, end in models.runs) <= most + settings.refine_most
    # raising, three times again, and surprises that wait ever longer
    assert times[0] == event.raised_ns
    due = [event.raised_ns + after for after in AGAIN_NS]
    assert all(any(0 <= t - d <= 12 * BLOCK_NS for t in times) for d in due)
    assert len(times) <= 12
    again = BentModels(bent, 2.0)
    watched(running, again, fault, 30 * 12)
    assert again.runs == models.runs


def test_a_second_event_is_looked_at_again_as_early_as_a_first(running, truth) -> None:
    models = BentModels(truth, truth.bend)
    diagnosis = Diagnosis(running.plant, running.learned, running.settings, models)
    later = BEGIN + 430
    old, new = Fault(1, truth.plant.hypotheses[1].threshold, BEGIN), Fault(PROCESS, 0.6, later)
    for i in range(BEGIN - 300, later + 110):
        diagnosis.take_block(truth.block(i, (old, new)))
    first, second = diagnosis.events
    assert second.raised_ns - first.raised_ns > DAY_BLOCKS * BLOCK_NS
    times = {end for _, _, end in models.runs}
    due = [second.raised_ns + after for after in AGAIN_NS[:2]]
    assert all(any(0 <= t - d <= 12 * BLOCK_NS for t in times) for d in due)


def test_a_healthy_plant_runs_no_model(running, truth) -> None:
    models = BentModels(truth, 0.0)
    nothing = Fault(PROCESS, 0.0, BEGIN)
    assert watched(running, models, nothing, 288).events == []
    assert models.runs == []


def test_a_memory_that_holds_the_fault_is_taken_off(running, truth) -> None:
    """A step window's shift is its own less what the longer window's mean predicts."""
    window = running.settings.index("1 h step")
    for i in range(BEGIN, BEGIN + 24):
        running.take_block(truth.block(i))
    fit = running.bank._fit(window, (BEGIN + 24) * BLOCK_NS)
    ends = (np.arange(BEGIN, BEGIN + 24) + 1) * BLOCK_NS
    ones = np.ones((24, 12)) * running.learned.scale
    seen = seen_in(
        *(fit, Shift(ends, ones, BEGIN * BLOCK_NS), BEGIN * BLOCK_NS),
        *(running.bank, Counted(running.bank), running.learned, running.settings),
    )
    keep = running.learned.keep[window][fit.signals]
    memory = running.bank.rings[running.settings.index("24 h")]
    held = memory.until_ns[fit.signals] // BLOCK_NS - BEGIN  # panes of an hour end when they do
    assert (held >= 12).all()
    assert seen == pytest.approx(1.0 - keep * held / 288)


def test_blocks_that_the_bank_leaves_out_are_left_out_of_the_models_too(running, truth) -> None:
    """Every other block a signal is too uncertain to count; just then the fault does nothing."""
    window, number = running.settings.index("1 h"), 3
    counted, forgotten = Counted(running.bank), Counted(running.bank)
    for i in range(BEGIN, BEGIN + 24):
        block = truth.block(i)
        if i % 2:
            block.variance[number] = 1e9
        running.bank.take(block)
        counted.note(block.t_ns)
    fit = running.bank._fit(window, (BEGIN + 24) * BLOCK_NS)
    ends = (np.arange(BEGIN, BEGIN + 24) + 1) * BLOCK_NS
    there = np.where(np.arange(BEGIN, BEGIN + 24) % 2, 0.0, 1.0)[:, None] * running.learned.scale
    shift = Shift(ends, there, BEGIN * BLOCK_NS)

    def seen(known: Counted) -> Floats:
        about = (running.bank, known, running.learned, running.settings)
        return seen_in(fit, shift, BEGIN * BLOCK_NS, *about)

    row = fit.signals.tolist().index(number)
    assert seen(counted)[row] == pytest.approx(1.0)
    assert seen(forgotten)[row] == pytest.approx(0.5)
    others = np.delete(seen(counted), row)
    assert others == pytest.approx(np.delete(seen(forgotten), row))
    assert np.abs(others - 0.5).max() < 0.1


def test_blocks_of_two_days_ago_are_forgotten(running, truth) -> None:
    counted, hour = Counted(running.bank), 12 * BLOCK_NS
    for i in range(60):
        counted.note(i * hour)
    ends = np.arange(60) * hour
    kept = np.isfinite(counted.only(ends, np.ones((60, 12))))
    assert kept[:11].all()  # forgotten: all counts
    assert not kept[11:].any()  # the bank took none of these


def test_what_a_secant_signature_leaves_is_called_unknown_only_if_it_is_another(running) -> None:
    fit = running._sight.fits[running.settings.index("6 h")]
    g = fit.G[:, PROCESS]
    left = np.eye(len(g)) - np.outer(g, g) / (g @ g)
    aside = left @ np.linalg.svd(left @ fit.G)[0][:, -2]  # what no hypothesis is like
    aside /= np.linalg.norm(aside)
    llr = 0.81 * float(g @ g)
    limit = running.learned.rest[fit.window]

    def named(share: float, refined: bool) -> bool:
        z = 0.9 * g + np.sqrt(limit + share * llr) * aside
        rows = fit.rows.copy()
        rows[:, 0] = np.linalg.cholesky(fit.covariance) @ z
        told = replace(fit, rows=rows, total=float(z @ z))
        if refined:
            told = with_secants(told, {PROCESS: Secant(0.9, fit.rows[:, 1 + PROCESS])})
        found = find(told, told.of, running.plant, running.learned, running.settings)
        return found is not None and [c.hypothesis for c in found.causes] == [PROCESS]

    assert named(0.015, refined=False)
    assert named(0.045, refined=True)
    assert not named(0.045, refined=False)
    assert not named(0.12, refined=True)


def test_windows_of_weeks_are_not_run_again() -> None:
    """In them every hypothesis comes twice; an event of a week's window could end a diagnosis."""
    long = Truth(21, 28 + 9)
    diagnosis = commissioned(long)
    models = BentModels(long, long.bend)
    diagnosis = Diagnosis(diagnosis.plant, diagnosis.learned, diagnosis.settings, models)
    fault = Fault(PROCESS, 0.3, long.n - 2 * DAY_BLOCKS)
    for i in range(COMMISSIONING, long.n):
        diagnosis.take_block(long.block(i, (fault,)))
    (event,) = diagnosis.events
    week = diagnosis.settings.index("7 d")
    assert diagnosis._sight.fits[week] is not None
    asked = len(models.runs)
    assert not diagnosis._seen_by_models(week, event)
    assert len(models.runs) == asked
    assert diagnosis._seen_by_models(diagnosis.settings.index("6 h"), event)
    assert len(models.runs) > asked
