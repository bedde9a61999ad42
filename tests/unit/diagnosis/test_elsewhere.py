"""A fault elsewhere is seen beside one that stands as soon as without it; what stands, stays."""

import copy

import numpy as np
import pytest
from bent_models import BentModels
from hypothesis import given
from hypothesis import strategies as st
from synthetic_plant import Fault, Truth
from trials import COMMISSIONING

from twin.diagnosis.bank import Fit
from twin.diagnosis.compete import field
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.elsewhere import elsewhere, standing
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.learned import Plant
from twin.diagnosis.refine import Shift
from twin.diagnosis.settings import BLOCK_NS, Settings
from twin.diagnosis.verdict import Event, Share, Standing, Verdict

BEGIN = COMMISSIONING + 600
LATER = BEGIN + 300
"""A day and an hour after the first fault began [blocks]."""
SETTINGS = Settings()


def verdict(fault: str | None, part: str, size: float, *evidence: str) -> Verdict:
    return Verdict(
        part=part,
        standing=Standing.FAULT if fault else Standing.UNKNOWN,
        fault=fault,
        size=size,
        low=size,
        high=size,
        unit="K",
        probability=1.0,
        since_ns=0,
        group=(),
        evidence=tuple(Share(s, 1.0 / len(evidence), 1.0) for s in evidence),
        check="",
        window="1 h",
        drift=False,
    )


def event(verdict: Verdict, raised_ns: int = 0) -> Event:
    return Event(1, verdict, raised_ns, verdict, ())


def four_signals(r: list[float], S: np.ndarray, *, slope: bool = False) -> tuple[Fit, Plant]:
    """Two parts of two signals each and faults a.x, a.y, b.x, b.y; noise of one that is mixed."""
    names = ("a.x", "a.y", "b.x", "b.y")
    hypotheses = tuple(Hypothesis(n, n[0], "sensor", "K", 1.0, -50.0, 50.0, "look") for n in names)
    plant = Plant(("a1", "a2", "b1", "b2"), ("a", "a", "b", "b"), hypotheses, ("",))
    of = field(hypotheses, SETTINGS, ramps=slope)
    C = np.eye(len(S)) + 0.3
    rows = np.column_stack([r, S])
    total = float(np.array(r) @ np.linalg.solve(C, r))
    return Fit(0, 3, np.arange(4), rows, C, total, of), plant


def test_signals_of_its_part_and_its_evidence_are_left_out():
    fit, plant = four_signals([9.0, 0.0, 9.0, 1.0], np.eye(4))
    old = event(verdict("a.x", "a", 9.0, "a1", "b1"))
    left = elsewhere(fit, [old], plant)
    assert left is not None
    assert left.signals.tolist() == [3]
    assert left.r.tolist() == [1.0]
    assert left.total == pytest.approx(1.0 / 1.3)


def test_of_one_part_all_of_it_stays():
    fit, plant = four_signals([9.0, 0.0, 9.0, 1.0], np.eye(4))
    old = event(verdict("a.x", "a", 9.0, "a1", "b1"))
    left = elsewhere(fit, [old], plant, but="b")
    assert left is not None
    assert left.signals.tolist() == [2, 3]


def test_nothing_is_left_of_a_plant_whose_every_part_has_an_event():
    fit, plant = four_signals([9.0, 0.0, 9.0, 1.0], np.eye(4))
    several = [event(verdict(n, n[0], 9.0, n[0] + "1")) for n in ("a.x", "b.x")]
    assert elsewhere(fit, several, plant) is None


def test_without_an_old_event_a_fit_is_the_same():
    fit, plant = four_signals([9.0, 0.0, 9.0, 1.0], np.eye(4))
    assert elsewhere(fit, [], plant) is fit


@given(st.floats(-40.0, 40.0), st.floats(-3.0, 3.0), st.booleans())
def test_what_a_large_old_fault_does_to_what_is_left_moves_no_other_size(size, noise, slope):
    """It has a direction there that is as good as unknown: any amount moves it by 0.2 sigma."""
    rows = 8 if slope else 4
    random = np.random.default_rng(0)
    S = random.normal(size=(rows, rows))
    S[:, 0] = np.tile([3.0, 2.0, 0.5, 0.4], rows // 4)
    r = 2.0 * S[:, 2] + noise
    old = event(verdict("a.x", "a", 40.0, "a1"))
    sizes = []
    for there in (0.0, size):
        fit, plant = four_signals((r + there * S[:, 0]).tolist(), S, slope=slope)
        left = elsewhere(fit, [old], plant)
        assert left is not None
        sizes.append(float(left.z @ left.G[:, 2] / left.a[2]))
    assert sizes[1] == pytest.approx(sizes[0], abs=0.2)


def test_an_event_stands_once_step_windows_rename_it_no_more():
    young_ns = SETTINGS.step_blocks * BLOCK_NS
    one = event(verdict("a.x", "a", 9.0, "a1"), raised_ns=BLOCK_NS)
    assert standing([one], BLOCK_NS + young_ns, SETTINGS) == ()
    assert standing([one], 2 * BLOCK_NS + young_ns, SETTINGS) == (one,)


def until(diagnosis: Diagnosis, truth: Truth, faults: tuple[Fault, ...], blocks: int) -> list:
    """Events that are raised or cleared, with the block."""
    news = []
    for i in range(LATER, LATER + blocks):
        news += [(i - LATER, e) for e in diagnosis.take_block(truth.block(i, faults))]
    return news


@pytest.fixture(scope="module")
def stood(_running: Diagnosis, truth: Truth) -> dict[int, Diagnosis]:
    """With each fault standing for a day; with none."""
    size = [h.threshold for h in truth.plant.hypotheses]
    found = {}
    for old in (None, 2, 10, 13):
        diagnosis = copy.deepcopy(_running)
        faults = () if old is None else (Fault(old, size[old], BEGIN),)
        for i in range(BEGIN, LATER):
            diagnosis.take_block(truth.block(i, faults))
        assert len(diagnosis.events) == len(faults)
        found[old] = diagnosis
    return found


@pytest.mark.parametrize(("old", "new"), [(2, 5), (2, 13), (10, 1), (13, 9)])
def test_a_second_fault_elsewhere_takes_no_longer(
    old: int, new: int, stood: dict[int, Diagnosis], truth: Truth
) -> None:
    """It took 5 to 16 h for 0.5 to 1.2 h while step windows were silent in the whole plant."""
    size = [h.threshold for h in truth.plant.hypotheses]
    first, second = Fault(old, size[old], BEGIN), Fault(new, size[new], LATER)
    (alone, *_) = until(copy.deepcopy(stood[None]), truth, (second,), 36)
    diagnosis = copy.deepcopy(stood[old])
    (stands,) = diagnosis.events
    news = until(diagnosis, truth, (first, second), 120)
    assert news[0][0] <= alone[0] + 3
    names = {e.number: e.verdict.fault for e in diagnosis.events}
    assert names.pop(stands.number) == truth.plant.hypotheses[old].name
    assert [*names.values()] == [truth.plant.hypotheses[new].name]
    assert not any(e.cleared_ns for _, e in news)


@pytest.mark.parametrize("old", [2, 10, 13])
@pytest.mark.parametrize("ends", [True, False])
def test_what_stands_or_ends_raises_nothing_elsewhere(
    old: int, ends: bool, stood: dict[int, Diagnosis], truth: Truth
) -> None:
    size = truth.plant.hypotheses[old].threshold
    diagnosis = copy.deepcopy(stood[old])
    (stands,) = diagnosis.events
    news = until(diagnosis, truth, () if ends else (Fault(old, size, BEGIN),), 288)
    assert {e.number for _, e in news} <= {stands.number}
    assert ends or [e.number for e in diagnosis.events] == [stands.number]


def test_half_a_fault_is_not_cleared_because_a_day_that_began_before_it_does_not_show_it(
    stood: dict[int, Diagnosis], truth: Truth
) -> None:
    size = [h.threshold for h in truth.plant.hypotheses]
    faults = Fault(2, size[2], BEGIN), Fault(9, 0.7 * size[9], LATER)
    diagnosis = copy.deepcopy(stood[2])
    news = until(diagnosis, truth, faults, 240)
    assert not any(e.cleared_ns for _, e in news)
    assert {e.verdict.fault for e in diagnosis.events} == {"s2.bias", "s9.bias"}


def test_what_would_be_seen_beside_an_event_is_what_speaks_there(
    stood: dict[int, Diagnosis], truth: Truth
) -> None:
    """Elsewhere nearly as without it; of its own part no step window says anything."""
    now_ns = LATER * BLOCK_NS
    since_ns = now_ns - 12 * BLOCK_NS
    alone, beside = stood[None], stood[2]
    free = alone.today.smallest(now_ns, since_ns)
    old = standing(beside.events, now_ns, SETTINGS)
    assert len(old) == 1
    found = beside.today.smallest(now_ns, since_ns, old)
    names = [h.name for h in truth.plant.hypotheses]
    for name in ("s5.bias", "s9.bias", "s10.bias"):
        j = names.index(name)
        assert found[j] == pytest.approx(free[j], rel=0.3)
    own = names.index("s1.bias")
    assert found[own] > beside.today.smallest(now_ns, since_ns)[own]


class Asked(BentModels):
    """They remember since when a fault was to be in them."""

    def shift(self, name: str, size: float, onset_ns: int, end_ns: int) -> Shift:
        self.asked.setdefault(end_ns, {})[name] = onset_ns
        return super().shift(name, size, onset_ns, end_ns)

    def __init__(self, truth: Truth) -> None:
        super().__init__(truth, truth.bend)
        self.asked: dict[int, dict[str, int]] = {}


def test_models_have_each_of_two_faults_since_it_began(
    stood: dict[int, Diagnosis], truth: Truth
) -> None:
    size = [h.threshold for h in truth.plant.hypotheses]
    models = Asked(truth)
    ready = copy.deepcopy(stood[2])
    diagnosis = Diagnosis(ready.plant, ready.learned, ready.settings, models)
    diagnosis.bank.rings, diagnosis.bank.looks = ready.bank.rings, ready.bank.looks
    first = (Fault(2, size[2], BEGIN),)
    for i in range(LATER, LATER + 100):
        diagnosis.take_block(truth.block(i, first))
    begin = LATER + 100
    for i in range(begin, begin + 40):
        diagnosis.take_block(truth.block(i, (*first, Fault(5, size[5], begin))))
    raised = {e.verdict.fault: e.raised_ns for e in diagnosis.events}
    assert raised.keys() == {"s2.bias", "s5.bias"}
    later = [asked for end_ns, asked in models.asked.items() if end_ns > raised["s5.bias"]]
    both = [asked for asked in later if {"s2.bias", "s5.bias"} <= asked.keys()]
    assert both
    for onset in both:
        assert onset["s2.bias"] <= LATER * BLOCK_NS
        assert abs(onset["s5.bias"] - begin * BLOCK_NS) <= 12 * BLOCK_NS
