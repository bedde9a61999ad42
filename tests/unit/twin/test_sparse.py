"""Entries and inverses of matrices that are mostly zeros, against the matrices themselves."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.sparse import Inverse, entries, solved, whole

SEEDS = st.integers(0, 2**32 - 1)


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, rows=st.integers(1, 7), columns=st.integers(1, 7), filled=st.floats(0.0, 1.0))
def test_entries_are_those_of_the_matrix(seed: int, rows: int, columns: int, filled: float) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.normal(size=(rows, columns)) * (rng.random((rows, columns)) < filled)
    found = entries(matrix)
    again = np.zeros((len(found.begin) - 1, found.columns))
    for i in range(len(again)):
        own = slice(found.begin[i], found.begin[i + 1])
        again[i, found.column[own]] = found.value[own]
        assert (np.diff(found.column[own]) > 0).all()
    assert (again == matrix).all()
    assert np.count_nonzero(matrix) == len(found.value)


@settings(max_examples=50, deadline=None)
@given(seed=SEEDS, leading=st.integers(1, 5), led=st.integers(0, 5), idle=st.integers(0, 3))
def test_what_is_led_and_what_is_idle_come_out_as_in_the_whole_inverse(
    seed: int, leading: int, led: int, idle: int
) -> None:
    """The matrix: those that lead move each other, each led one gives to its host alone."""
    rng = np.random.default_rng(seed)
    n, order = leading + led + idle, np.random.default_rng(seed).permutation(leading + led + idle)
    g, f = order[:leading], order[leading : leading + led]
    host = rng.integers(0, leading, led)
    A = np.eye(n)
    A[np.ix_(g, g)] += 0.1 * rng.normal(size=(leading, leading))
    A[np.ix_(f, g)] = rng.normal(size=(led, leading)) * (rng.random((led, leading)) < 0.5)
    A[f, f] = rng.uniform(1.0, 3.0, led)
    A[g[host], f] = 0.1 * rng.normal(size=led)
    own = 1.0 / A[f, f]
    among = A[np.ix_(g, g)].copy()
    np.subtract.at(among, host, (A[g[host], f] * own)[:, None] * A[np.ix_(f, g)])
    inverse = Inverse(
        np.linalg.inv(among),
        *(g, f, host, -A[g[host], f] * own, entries(-own[:, None] * A[np.ix_(f, g)]), own),
    )
    right = rng.normal(size=n)
    assert np.allclose(A @ solved(inverse, right), right, rtol=1e-9, atol=1e-9)
    assert np.allclose(solved(whole(np.linalg.inv(A)), right), solved(inverse, right))
