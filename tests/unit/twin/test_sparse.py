"""Entries of matrices that are mostly zeros, against the matrices themselves."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.sparse import entries

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
