"""Thresholds are above what a healthy plant would have raised, not above each strange moment."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import chi2
from synthetic_plant import PART_OF, M, Truth
from trials import COMMISSIONING, Commissioning

from twin.diagnosis.as_judged import Judged, as_judged
from twin.diagnosis.blocks import Block
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.learned import Learned
from twin.diagnosis.settings import DAY_BLOCKS, WINDOWS, Settings
from twin.diagnosis.thresholds import of_many

STRANGE = 17 * DAY_BLOCKS + 100
"""A block in the third week."""
NETWORK = [i for i, part in enumerate(PART_OF) if part == PART_OF[-1]]


def disturbed(truth: Truth, block: Block, i: int, lasting: int) -> Block:
    """30 standard deviations on all signals of the last part, for so many blocks."""
    if not STRANGE <= i < STRANGE + lasting:
        return block
    off = np.isin(np.arange(M), NETWORK) * 30.0 * truth.si / 20.0
    return replace(block, innovation=np.where(block.usable, block.innovation + off, 0.0))


def learned(truth: Truth, lasting: int) -> Learned:
    gathered = Commissioning(truth.plant)
    for i in range(COMMISSIONING):
        gathered.take(disturbed(truth, truth.block(i), i, lasting))
    return gathered.learn()


def test_a_strange_block_raises_no_threshold_of_what_must_last(
    truth: Truth, fresh: Diagnosis
) -> None:
    """One block of 5 min in four weeks; an hour of the same is a thing to be above."""
    part = truth.plant.parts.index(truth.plant.part_of[-1])
    calm, moment, hour = fresh.learned, learned(truth, 1), learned(truth, 12)
    for name in ("5 min", "30 min", "1 h"):
        w = Settings().index(name)
        for of in ("fault_at", "unknown_at"):
            usual, then, long = (getattr(k, of)[w, part] for k in (calm, moment, hour))
            assert then < 1.5 * usual, (name, of)
            assert long > 2.0 * usual, (name, of)


def test_what_must_be_confirmed_counts_by_its_least() -> None:
    said = Judged(
        fault=[np.array([v]) for v in (9.0, 1.0, 8.0, 7.0, 6.0)], unknown=[np.ones(1)] * 5
    )
    confirm3, once = (WINDOWS[Settings().index(name)] for name in ("5 min", "1 h"))
    assert said.standing(confirm3)[0][:, 0].tolist() == [0.0, 0.0, 1.0, 1.0, 6.0]
    assert said.standing(once)[0][:, 0].tolist() == [9.0, 1.0, 8.0, 7.0, 6.0]


def test_it_says_what_the_bank_finds(truth: Truth, fresh: Diagnosis) -> None:
    """Of windows without panes to leave out: best LLR of each part, chi2 by another formula."""
    plant, known, settings = truth.plant, fresh.learned, fresh.settings
    blocks = [truth.block(i) for i in range(COMMISSIONING, COMMISSIONING + 100)]
    found = as_judged(plant, known, settings, blocks)
    w = settings.index("6 h")
    assert set(found) == {i for i, x in enumerate(WINDOWS) if x.blocks <= DAY_BLOCKS}
    fit = [f for b in blocks for i, f in fresh.bank.take(b) if i == w][-1]
    member = np.array(plant.part_of)[fit.signals]
    owner = np.array([h.part for h in plant.hypotheses])
    fault = np.array([h.kind != "nuisance" for h in plant.hypotheses])
    for p, part in enumerate(plant.parts):
        best = fit.score.llr[fault & (owner == part)].max()
        assert found[w].fault[-1][p] == pytest.approx(max(best, 0.0))
        own = member == part
        L = np.linalg.cholesky(fit.covariance[np.ix_(own, own)])
        z = np.linalg.solve(L, fit.r[own])
        assert found[w].unknown[-1][p] == pytest.approx(z @ z)
    assert found[w].total[-1] == pytest.approx(fit.total)


@pytest.mark.parametrize("n", [1, 4, 12])
def test_a_chi2_of_many_has_a_floor_as_rare(n: int) -> None:
    assert chi2.sf(of_many(25.0, n), n) == pytest.approx(chi2.sf(25.0, 1))
    assert of_many(25.0, n) >= 25.0 - 1e-9
