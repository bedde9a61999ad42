"""What solves sparse equations, against LAPACK."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twin.estimation.slaved import few_left
from twin.factors import Factors, all_solved, factors_of, solved

Matrix = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS, n=st.integers(1, 12), filled=st.floats(0.0, 1.0), several=st.integers(1, 5))
def test_it_solves_what_lapack_solves(seed: int, n: int, filled: float, several: int) -> None:
    """Rows of any size, unknowns in any order: the coefficients of few are on the diagonal."""
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(n, n)) * (rng.random((n, n)) < filled)
    matrix += np.diag(rng.uniform(0.5, 2.0, n) * 4.0 * np.abs(matrix).sum(axis=1).clip(1.0))
    matrix = matrix[:, rng.permutation(n)] * 10.0 ** rng.uniform(-6.0, 6.0, (n, 1))
    right = matrix @ rng.normal(size=(n, several))
    factors, expected = factors_of(matrix, rng.permutation(n)), np.linalg.solve(matrix, right)
    assert np.allclose(all_solved(factors, right), expected, rtol=1e-9, atol=1e-9)
    one = np.ascontiguousarray(right[:, 0])
    assert np.allclose(solved(factors, one), expected[:, 0], rtol=1e-9, atol=1e-9)


def test_what_is_singular_gives_no_finite_number() -> None:
    factors = factors_of(np.array([[1.0, 2.0], [2.0, 4.0]]), np.arange(2))
    assert not np.isfinite(solved(factors, np.ones(2))).any()


def entries_of(factors: Factors) -> int:
    return len(factors.lower.value) + len(factors.upper.value) + len(factors.own)


@pytest.mark.parametrize("branches", [1, 5])
def test_pipes_that_meet_leave_no_more_entries_than_they_have(branches: int) -> None:
    """Cells of branches in any order, each of which hears the one before; all meet in the last."""
    cells = 20
    n = branches * cells + 1
    matrix = np.eye(n)
    for cell in range(n - 1):
        matrix[n - 1 if (cell + 1) % cells == 0 else cell + 1, cell] = -0.5
    mixed = np.random.default_rng(1).permutation(n)
    matrix = np.ascontiguousarray(matrix[mixed][:, mixed])
    factors = factors_of(matrix, few_left(matrix))
    assert entries_of(factors) == np.count_nonzero(matrix)
    right = np.arange(1.0, n + 1.0)
    assert np.allclose(matrix @ solved(factors, right), right)
