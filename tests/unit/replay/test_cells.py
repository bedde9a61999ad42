"""Strips of cells against numpy over the blocks that went into them."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.replay.cells import RECENT, REMEMBERED, Cell, History, Strip, merged, of_fault
from twin.diagnosis.settings import BLOCK_NS

N, M, K = 3, 2, 4


def block(number: int, value: float, usable: bool = True) -> Cell:
    """Five minutes of which every number is known by its value."""
    seen = np.full(N, value)
    left = np.full(M, value if usable else np.nan)
    return Cell(
        *(number * BLOCK_NS, (number + 1) * BLOCK_NS),
        *(seen - 1.0, seen + 1.0, seen - 0.5, seen + 0.5),
        *(left, left, left, np.abs(left)),
        np.full((M, K), value if usable else 0.0, np.float32),
        np.full(M, float(usable)),
    )


@given(
    st.lists(st.tuples(st.floats(-1e3, 1e3), st.booleans()), min_size=1, max_size=300),
    st.integers(2, 40),
)
@settings(max_examples=60, deadline=None)
def test_a_strip_keeps_extremes_and_means_of_what_it_joins(
    told: list[tuple[float, bool]], most: int
) -> None:
    strip = Strip(most, [block(i, *each) for i, each in enumerate(told)])
    assert len(strip.cells) <= most
    values = np.array([value for value, _ in told])
    usable = np.array([fit for _, fit in told])
    at = 0
    for cell in strip.cells:
        assert cell.from_ns == at * BLOCK_NS
        end = cell.to_ns // BLOCK_NS
        own, fit = values[at:end], usable[at:end]
        assert cell.low == pytest.approx(own.min() - 1.0)
        assert cell.model_high == pytest.approx(own.max() + 0.5)
        assert cell.blocks == pytest.approx(fit.sum())
        if fit.any():
            assert cell.residual == pytest.approx(own[fit].mean(), abs=1e-9)
            assert cell.residual_low == pytest.approx(own[fit].min())
            assert cell.residual_high == pytest.approx(own[fit].max())
            assert cell.effect == pytest.approx(own[fit].mean(), rel=1e-5, abs=1e-3)
        else:
            assert np.isnan(cell.residual).all()
        at = end
    assert at == len(told)


def test_a_gap_stays_a_gap() -> None:
    strip = Strip(8, [block(i, 1.0) for i in (*range(4), *range(40, 44))])
    begins = [cell.from_ns // BLOCK_NS for cell in strip.cells]
    assert begins == [0, 1, 2, 3, 40, 41, 42, 43]


def test_a_history_ends_at_its_limits_and_has_no_hole() -> None:
    history = History()
    days = 45
    for i in range(days * 288):
        history.add(of_fault(block(i, float(i)), 0))
    cells = history.since(-1)
    assert RECENT + REMEMBERED <= len(cells) <= RECENT + REMEMBERED + 12
    assert sum(c.to_ns - c.from_ns > BLOCK_NS for c in cells) == REMEMBERED
    assert all(a.to_ns == b.from_ns for a, b in pairwise(cells))
    assert cells[-1].to_ns == days * 288 * BLOCK_NS
    late = history.since((days * 288 - 3) * BLOCK_NS)
    assert [float(c.low[0]) for c in late] == [days * 288.0 - 4 + i for i in range(3)]


def test_one_fault_of_a_cell() -> None:
    cell = merged([block(0, 1.0), block(1, 3.0)])
    assert of_fault(cell, 2).effect == pytest.approx([2.0, 2.0])
    assert np.isnan(of_fault(cell, None).effect).all()
