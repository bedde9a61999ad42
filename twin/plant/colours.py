"""Columns of a sparse Jacobian that can be found together, because no row has two of them.

One directional derivative then gives all columns of a colour (Curtis, Powell and Reid, IMA J.
Appl. Math. 13 (1974), 117): a network of 100 pipe cells needs ten calls instead of a hundred.
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Colours:
    """Columns by colour, and where each entry of the Jacobian is found."""

    columns: NDArray[np.intp]
    """All columns, those of one colour together."""
    begin: NDArray[np.intp]
    """int[colours + 1], where in `columns` each colour begins."""
    row: NDArray[np.intp]
    """Of each entry that may differ from 0."""
    column: NDArray[np.intp]
    colour: NDArray[np.intp]


def colours(
    unknowns: Sequence[str],
    knowns: Sequence[str],
    told: Mapping[str, Sequence[str]],
    without: Container[str] = (),
) -> Colours:
    """For rows `unknowns` and columns `knowns`, of which `told` says what depends on what.

    A row of which nothing is told depends on every column; a column that nobody names (a
    parameter) enters every row. Rows `without` are left out.
    """
    named = {name for of in told.values() for name in of}
    unnamed = [j for j, name in enumerate(knowns) if name not in named]
    place = {name: j for j, name in enumerate(knowns)}
    rows = [
        set[int]()
        if name in without
        else {*(place[n] for n in told[name] if n in place), *unnamed}
        if name in told
        else set(range(len(knowns)))
        for name in unknowns
    ]
    of = _greedy(rows, len(knowns))
    number = max(of, default=-1) + 1
    columns = np.array(sorted(range(len(knowns)), key=lambda j: of[j]), np.intp)
    begin = np.searchsorted(np.array(of, np.intp)[columns], np.arange(number + 1))
    entries = [(i, j) for i, row in enumerate(rows) for j in sorted(row)]
    row, column = np.array(entries, np.intp).reshape(-1, 2).T
    return Colours(columns, begin.astype(np.intp), row, column, np.array(of, np.intp)[column])


def _greedy(rows: Sequence[set[int]], n: int) -> list[int]:
    """Colour of each of n columns; those with most neighbours first."""
    beside: list[set[int]] = [set() for _ in range(n)]
    for row in rows:
        for j in row:
            beside[j] |= row
    of = [-1] * n
    for j in sorted(range(n), key=lambda j: -len(beside[j])):
        taken = {of[k] for k in beside[j]}
        of[j] = next(c for c in range(n) if c not in taken)
    return of
