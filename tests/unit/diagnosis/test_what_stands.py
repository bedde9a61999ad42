"""What is there beside something else keeps its name, its size and its event."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_plant import PARTS, Fault, Truth
from trials import COMMISSIONING, unlisted

from twin.diagnosis.bank import Fit
from twin.diagnosis.beside import beside, explained
from twin.diagnosis.compete import field
from twin.diagnosis.covariance import slope_weights
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.findings import find
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.settings import BLOCK_NS, Settings
from twin.diagnosis.sight import FADED_BLOCKS
from twin.diagnosis.verdict import Event, Share, Standing, Verdict

BEGIN = COMMISSIONING + 600
SETTINGS = Settings()


def fit_of(seed: int, sizes: tuple[float, ...], noise: float) -> Fit:
    """A window of 8 signals in which hypotheses have `sizes`."""
    random = np.random.default_rng(seed)
    S, root = random.normal(size=(8, len(sizes))), random.normal(size=(8, 8))
    C = root @ root.T / 8.0 + np.eye(8)
    r = S @ np.array(sizes) + noise * np.linalg.cholesky(C) @ random.normal(size=8)
    h = Hypothesis("p.f", "p", "sensor", "K", 1.0, -50.0, 50.0, "look")
    of = field([h] * len(sizes), SETTINGS, ramps=False)
    total = float(r @ np.linalg.solve(C, r))
    return Fit(0, 3, np.arange(8), np.column_stack([r, S]), C, total, of)


@given(st.integers(0, 999), st.floats(-9.0, 9.0), st.floats(-9.0, 9.0))
def test_beside_another_a_size_is_that_of_least_squares_of_both(seed, one, other):
    fit = fit_of(seed, (one, other), 1.0)
    left = beside(fit, 1)
    L = np.linalg.cholesky(fit.covariance)
    both, cost, *_ = np.linalg.lstsq(np.linalg.solve(L, fit.S), np.linalg.solve(L, fit.r))
    assert left.z @ left.G[:, 0] / left.a[0] == pytest.approx(both[0], rel=1e-6, abs=1e-9)
    assert left.total - (both[0] ** 2 * left.a[0]) == pytest.approx(cost[0], rel=1e-6, abs=1e-9)
    assert left.a[1] == pytest.approx(0.0, abs=1e-9 * fit.a[1])


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("seed", range(10))
def test_a_fault_is_explained_by_another_only_if_it_is_not_there_as_well(seed, there):
    fit = fit_of(seed, (6.0 if there else 0.0, 9.0), 0.0)
    assert explained(fit, {1: 9.0}, 0, 6.0, SETTINGS) is not there


def test_one_that_the_window_would_not_show_is_not_explained():
    fit = fit_of(3, (0.0, 9.0), 0.0)
    assert explained(fit, {1: 9.0}, 0, 6.0, SETTINGS)
    assert not explained(fit, {1: 9.0}, 0, 0.1, SETTINGS)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_evidence_is_what_speaks_for_a_fault_whichever_way_it_goes(
    sign: float, running: Diagnosis, truth: Truth
) -> None:
    fault = Fault(5, sign * truth.plant.hypotheses[5].threshold, BEGIN)
    for i in range(BEGIN, BEGIN + 72):
        running.take_block(truth.block(i, (fault,)))
    (event,) = running.events
    assert event.verdict.fault == "s5.bias"
    assert np.sign(event.verdict.size) == sign
    assert event.verdict.evidence[0].signal == "s5"
    assert event.verdict.evidence[0].share > 0.5
    news = [e for i in range(BEGIN + 72, BEGIN + 300) for e in running.take_block(truth.block(i))]
    assert running.events == []
    assert {e.number for e in news} == {event.number}


@pytest.mark.parametrize(("first", "second"), [(2, 5), (10, 5), (2, 13)])
def test_a_larger_fault_elsewhere_ends_no_other(
    first: int, second: int, running: Diagnosis, truth: Truth
) -> None:
    """Half a fault has stood for two days when twice another begins in another part."""
    size = [h.threshold for h in truth.plant.hypotheses]
    old, other = (
        Fault(first, 0.5 * size[first], BEGIN),
        Fault(second, 2 * size[second], BEGIN + 600),
    )
    for i in range(BEGIN, BEGIN + 600):
        running.take_block(truth.block(i, (old,)))
    (event,) = running.events
    for i in range(BEGIN + 600, BEGIN + 740):
        running.take_block(truth.block(i, (old, other)))
    names = {e.number: e.verdict.fault for e in running.events}
    assert names.pop(event.number) == truth.plant.hypotheses[first].name
    assert [*names.values()] == [truth.plant.hypotheses[second].name]


def test_something_unknown_stays_beside_what_begins_elsewhere(
    running: Diagnosis, truth: Truth
) -> None:
    (nobody_knows, number), *_ = unlisted(truth, BEGIN, 1, seed=2)
    part = PARTS[number]
    other = Fault(5, 4.0 * truth.plant.hypotheses[5].threshold, BEGIN + 576)
    for i in range(BEGIN, BEGIN + 576):
        running.take_block(truth.block(i, (nobody_knows,)))
    (event,) = running.events
    assert (event.verdict.fault, event.verdict.part) == (None, part)
    for i in range(BEGIN + 576, BEGIN + 720):
        running.take_block(truth.block(i, (nobody_knows, other)))
    found = {e.number: (e.verdict.part, e.verdict.fault) for e in running.events}
    assert found.pop(event.number) == (part, None)
    assert [*found.values()] == [("heat_pump", "s5.bias")]


def test_the_smaller_of_a_pair_is_as_sure_and_is_not_the_other(
    running: Diagnosis, truth: Truth
) -> None:
    """Alone it would explain nearly nothing: what counts is what it explains beside the other."""
    size = [h.threshold for h in truth.plant.hypotheses]
    faults = Fault(1, size[1], BEGIN), Fault(5, 2.0 * size[5], BEGIN)
    for i in range(BEGIN, BEGIN + 200):
        running.take_block(truth.block(i, faults))
    verdicts = {e.verdict.fault: e.verdict for e in running.events}
    assert verdicts.keys() == {"s1.bias", "s5.bias"}
    assert verdicts["s1.bias"].probability > 0.5
    assert "s5.bias" not in verdicts["s1.bias"].group


@pytest.mark.parametrize(("begin", "grown"), [(1.0, 1.0), (1.0, 3.0), (3.0, -2.0)])
def test_a_bias_that_grew_in_the_window_has_its_size_at_the_end(
    begin: float, grown: float, running: Diagnosis, truth: Truth
) -> None:
    i, j = SETTINGS.index("30 d"), 5
    window, known, of = SETTINGS.windows[i], running.learned, running.bank.fields[i]
    m, k, size = len(known.signature), len(truth.plant.hypotheses), of.threshold[j]
    ramp = (np.arange(window.panes) + 0.5) / window.panes
    weights = slope_weights(window)
    up = np.hstack([known.signature, known.signature * ramp.mean()])
    low = np.hstack([known.signature * weights.sum(), known.signature * (weights @ ramp)])
    S, C = np.vstack([up, low]), np.zeros((2 * m, 2 * m))
    C[:m, :m], C[m:, m:] = known.mean[i], known.slope[i]
    r = size * (begin * S[:, j] + grown * S[:, j + k])
    total = float(r @ np.linalg.solve(C, r))
    fit = Fit(0, i, np.arange(m), np.column_stack([r, S]), C, total, of)
    finding = find(fit, of, truth.plant, known, SETTINGS)
    assert finding is not None
    (cause,) = finding.causes
    assert (cause.hypothesis, cause.drift) == (j, True)
    assert cause.size == pytest.approx((begin + grown) * size, rel=1e-6)
    assert cause.low < (begin + grown) * size < cause.high


def test_a_small_fault_that_nobody_sees_any_more_leaves_its_part_undecided(
    running: Diagnosis, truth: Truth
) -> None:
    """At full size it would be seen; at the size that it was found to have nobody knows."""
    running.take_block(truth.block(BEGIN))
    name, part = truth.plant.hypotheses[25].name, truth.plant.hypotheses[25].part
    size = 0.25 * truth.plant.hypotheses[25].threshold
    assert running._sight.sees(25, running._now_ns)
    assert not running._sight.sees(25, running._now_ns, size)
    signal = running.plant.signals[running.plant.part_of.index(part)]
    verdict = Verdict(
        *(Standing.FAULT, part, name, False, "-", size, 0.0, 2.0 * size, 0.9, 0, ()),
        evidence=(Share(signal, 1.0, 0.0),),
        window="24 h",
        check="",
    )
    event = Event(1, verdict, 0, verdict)
    running.events = [replace(event, unseen=FADED_BLOCKS - 1)]
    (over,) = running.take_block(truth.block(BEGIN + 1))
    assert over.cleared_ns == (BEGIN + 2) * BLOCK_NS
    assert running.standing(part) is Standing.UNDECIDED
    assert name in running.doubt(part)
