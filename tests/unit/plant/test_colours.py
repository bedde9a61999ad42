"""Columns found together: every entry once, no two of a colour in one row; what reaches what."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from twin.plant.colours import colours
from twin.plant.dependencies import reaching


@given(st.integers(0, 2**32 - 1), st.integers(1, 12), st.integers(1, 12))
def test_gives_back_any_matrix_of_the_pattern(seed: int, m: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    pattern = rng.random((m, n)) < 0.3
    rows, columns = [f"y{i}" for i in range(m)], [f"x{j}" for j in range(n)]
    silent = rng.random(m) < 0.1
    told = {
        rows[i]: tuple(columns[j] for j in np.flatnonzero(pattern[i]))
        for i in range(m)
        if not silent[i]
    }
    pattern[silent] = True
    named = {name for of in told.values() for name in of}
    parameters = np.array([name not in named for name in columns])
    pattern[~silent] |= parameters
    matrix = np.where(pattern, rng.normal(size=(m, n)), 0.0)
    by = colours(rows, columns, told)
    assert sorted(by.columns) == list(range(n))
    groups = [by.columns[a:b] for a, b in zip(by.begin[:-1], by.begin[1:], strict=True)]
    sums = np.array([matrix[:, group].sum(axis=1) for group in groups])
    found = np.zeros((m, n))
    found[by.row, by.column] = sums[by.colour, by.row]
    assert np.array_equal(found, matrix)


def test_a_row_of_parameters_alone_and_one_that_is_left_out() -> None:
    by = colours(["y", "dmeter"], ["x", "p"], {"y": (), "dmeter": ("x",)}, {"dmeter"})
    assert (by.row.tolist(), by.column.tolist()) == ([0], [1])


def test_a_chain_needs_three() -> None:
    names = [f"x{i}" for i in range(100)]
    told = {f"d{i}": tuple(names[max(0, i - 1) : i + 2]) for i in range(100)}
    by = colours([f"d{i}" for i in range(100)], names, told)
    assert len(by.begin) - 1 == 3


def test_what_reaches_an_output() -> None:
    told = {"y": ("a",), "da": ("a", "b", "u"), "db": ("b",), "dmeter": ("a", "meter")}
    states = {"a": "da", "b": "db", "meter": "dmeter"}
    assert reaching(["y"], states, told) == {"a", "b"}
    assert reaching(["z"], states, told) == {"a", "b", "meter"}  # who says nothing needs all
