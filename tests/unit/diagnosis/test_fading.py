"""An event of which nothing can be seen any more: it ends, and its part is not called healthy."""

import copy
from dataclasses import replace

import numpy as np
import pytest
from synthetic_plant import PART_OF, Fault, M, Truth
from trials import COMMISSIONING, commissioned, healthy

from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.settings import DAY_BLOCKS
from twin.diagnosis.sight import FADED_BLOCKS
from twin.diagnosis.verdict import Standing

BEGIN = COMMISSIONING + 600
STRANGE = 40.0
"""An operating point that commissioning has never been near [standard deviations]."""


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth(21, 28 + 16)


@pytest.fixture(scope="module")
def _ready(truth: Truth) -> Diagnosis:
    diagnosis = commissioned(truth)
    healthy(diagnosis, truth, COMMISSIONING, BEGIN)
    return diagnosis


@pytest.fixture
def running(_ready: Diagnosis) -> Diagnosis:
    """Two days after commissioning."""
    return copy.deepcopy(_ready)


def run(diagnosis: Diagnosis, truth: Truth, blocks: range, fault: Fault, *, strange: bool):
    """Events cleared meanwhile; in strange days models may be off by anything."""
    over = []
    for i in blocks:
        block = truth.block(i, (fault,))
        if strange:
            block = replace(block, operating=block.operating + STRANGE)
        over += [e for e in diagnosis.take_block(block) if e.cleared_ns is not None]
    return over


def biased(truth: Truth) -> Fault:
    """A sensor of the first part, by its full size."""
    j = PART_OF.index(0)
    return Fault(j, truth.plant.hypotheses[j].threshold, BEGIN)


def test_it_ends_after_a_week_and_the_part_is_undecided(running: Diagnosis, truth: Truth) -> None:
    doubtful = replace(running.learned, strange=np.full(M, 1e6))
    running.bank._learned = doubtful
    fault = biased(truth)
    run(running, truth, range(BEGIN, BEGIN + 60), fault, strange=False)
    (event,) = running.events
    name, part = event.verdict.fault, event.verdict.part
    end = BEGIN + 60 + DAY_BLOCKS
    assert run(running, truth, range(BEGIN + 60, end), fault, strange=True) == []
    later = end + FADED_BLOCKS
    (gone,) = run(running, truth, range(end, later), fault, strange=True)
    assert gone.number == event.number
    assert not [e for e in running.events if e.verdict.fault == name]
    assert running.standing(part) is Standing.UNDECIDED
    assert name in running.doubt(part)
    # where models are sure again, it is found again if it is there
    run(running, truth, range(later, later + 2 * DAY_BLOCKS), fault, strange=False)
    assert name in [e.verdict.fault for e in running.events]


def test_what_can_be_seen_stays_for_as_long_as_it_stands(running: Diagnosis, truth: Truth) -> None:
    fault = biased(truth)
    run(running, truth, range(BEGIN, BEGIN + 60), fault, strange=False)
    (event,) = running.events
    days = range(BEGIN + 60, BEGIN + 60 + FADED_BLOCKS + DAY_BLOCKS)
    assert run(running, truth, days, fault, strange=False) == []
    assert event.number in [e.number for e in running.events]
