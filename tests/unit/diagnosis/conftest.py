"""One commissioned synthetic plant for all tests of the diagnosis."""

import copy

import pytest
from synthetic_plant import Truth
from trials import COMMISSIONING, commissioned

from twin.diagnosis.diagnosis import Diagnosis


@pytest.fixture(scope="session")
def truth() -> Truth:
    return Truth(21, 28 + 6)


@pytest.fixture(scope="session")
def _commissioned(truth: Truth) -> Diagnosis:
    return commissioned(truth)


@pytest.fixture(scope="session")
def _running(truth: Truth, _commissioned: Diagnosis) -> Diagnosis:
    diagnosis = copy.deepcopy(_commissioned)
    for i in range(COMMISSIONING, COMMISSIONING + 600):
        diagnosis.take_block(truth.block(i))
    return diagnosis


@pytest.fixture
def fresh(_commissioned: Diagnosis) -> Diagnosis:
    """Just commissioned, nothing seen since."""
    return copy.deepcopy(_commissioned)


@pytest.fixture
def running(_running: Diagnosis) -> Diagnosis:
    """Two days later; the next block is COMMISSIONING + 600."""
    return copy.deepcopy(_running)
