"""A part whose inputs were never read is not judged; the others are, as if it were not there."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from synthetic_plant import PARTS, Truth
from trials import COMMISSIONING, commissioned

from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.expectation import fit
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS, Settings
from twin.diagnosis.verdict import Standing
from twin.estimation.step import STEP_NS, Step

LAST = len(PARTS) - 1


@pytest.fixture(scope="module")
def apart() -> Truth:
    """Each part has an operating value of its own, and one is of all."""
    truth = Truth(21, 28 + 3)
    truth.plant = replace(truth.plant, operating_of=(*PARTS, ""))
    return truth


@pytest.fixture(scope="module")
def ready(apart: Truth) -> Diagnosis:
    return commissioned(apart)


def without_last(apart: Truth, block: Block) -> Block:
    """As it is while an input of the last part's model is not read."""
    blind = np.array([part == PARTS[LAST] for part in apart.plant.part_of])
    point = block.operating.copy()
    point[LAST] = np.nan
    return replace(
        block,
        innovation=np.where(blind, 0.0, block.innovation),
        signature=np.where(blind[:, None], 0.0, block.signature),
        usable=block.usable & ~blind,
        operating=point,
    )


def test_a_block_has_what_was_known_of_each_part(apart: Truth) -> None:
    block = apart.block(0)
    usable, m, k = np.ones(len(block.usable), bool), len(block.usable), len(apart.plant.hypotheses)
    gathered, done = Blocks(m, k, 4, 0.6), []
    for number, point in enumerate(([1.0, 2.0, np.nan, 4.0],) * 2 + ([1.0, 2.0, 3.0, np.nan],)):
        done += gathered.take(
            Step(
                BLOCK_NS + (number + 1) * STEP_NS,
                *(block.innovation, block.variance, block.signature),
                usable & np.array([part != PARTS[LAST] for part in apart.plant.part_of]),
                np.array(point),
            )
        )
    (only,) = done
    assert only.operating.tolist() == [1.0, 2.0, 3.0, 4.0]
    own = [part == PARTS[LAST] for part in apart.plant.part_of]
    assert only.usable.tolist() == [not blind for blind in own]


def test_the_other_parts_are_judged_to_the_same_bit(ready: Diagnosis, apart: Truth) -> None:
    whole, other = copy.deepcopy(ready), copy.deepcopy(ready)
    for i in range(COMMISSIONING, COMMISSIONING + DAY_BLOCKS):
        whole.take_block(apart.block(i))
        other.take_block(without_last(apart, apart.block(i)))
    sees = [part != PARTS[LAST] for part in apart.plant.part_of]
    for a, b in zip(whole.bank.rings, other.bank.rings, strict=True):
        np.testing.assert_array_equal(a.means[sees, 0], b.means[sees, 0])
    assert whole.events == other.events == []
    assert other.standing(PARTS[LAST]) is Standing.NOT_OBSERVABLE
    assert Standing.NOT_OBSERVABLE not in {other.standing(part) for part in PARTS[:LAST]}


def test_weeks_without_it_teach_the_same_of_the_others(ready: Diagnosis, apart: Truth) -> None:
    from trials import Commissioning

    gathered = Commissioning(apart.plant)
    for i in range(COMMISSIONING):
        unread = i < 5 * DAY_BLOCKS
        gathered.take(without_last(apart, apart.block(i)) if unread else apart.block(i))
    learned, whole = gathered.learn().expectation, ready.learned.expectation
    for number in range(LAST):
        of, as_ever = learned.parts[number], whole.parts[number]
        np.testing.assert_allclose(of.centre, as_ever.centre, rtol=1e-12)
    last = learned.parts[LAST]
    seen = [apart.block(i).operating[[LAST, 3]] for i in range(5 * DAY_BLOCKS, COMMISSIONING)]
    np.testing.assert_allclose(last.centre, np.mean(seen, axis=0), rtol=1e-12)
    assert np.isfinite(learned.expected(np.full(4, np.nan))).all()


def test_what_was_read_in_one_week_only_is_refused_by_name() -> None:
    """A week is held against what the others know, and there is none."""
    rng = np.random.default_rng(0)
    day = np.arange(14 * DAY_BLOCKS) // DAY_BLOCKS
    operating, innovation = rng.normal(size=(2, len(day), 2))
    usable = np.ones((len(day), 2), bool)
    late = day < 9
    operating[late, 1], innovation[late, 1], usable[late, 1] = np.nan, 0.0, False
    told = (operating, innovation, usable, day, (["a", "b"], ["a", "b"]), Settings())
    with pytest.raises(ValueError, match=r"^b: what it is fed with was read in fewer than 2 weeks"):
        fit(*told)
    operating[:, 1], usable[:, 1] = operating[:, 0], True
    _, left = fit(*told)
    assert np.isfinite(left).all()
