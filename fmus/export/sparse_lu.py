"""Sparse LU factorisation of a symbolic matrix, unrolled into straight-line expressions.

The pivots are taken from the diagonal in an order of least fill (Markowitz), decided once from
the sparsity pattern. Without row exchange it is meant for matrices close to diagonally dominant
such as `I - γ h J` of stable plants. Cost grows with the fill: fine to about 200 states.
"""

from dataclasses import dataclass

import casadi as ca

SX = ca.SX


@dataclass(frozen=True)
class _Pivot:
    row: int
    below: list[tuple[int, SX]]
    """Rows that this one is taken off, with the factor."""
    right: list[tuple[int, SX]]
    """Columns still unknown when this row is solved, with the coefficient."""
    reciprocal: SX


class SparseLU:
    """Factors of the square SX matrix `A`."""

    def __init__(self, A: SX) -> None:
        self._n = A.shape[0]
        row_index, column_index = A.sparsity().get_triplet()
        rows: list[dict[int, SX]] = [{} for _ in range(self._n)]
        for k, (i, j) in enumerate(zip(row_index, column_index, strict=True)):
            rows[i][j] = A.nz[k]
        for i in range(self._n):
            rows[i].setdefault(i, SX(0))
        self._pivots = [_eliminate(k, rows, left) for k, left in _order(rows)]

    def solve(self, b: SX) -> SX:
        """Column `x` with `A x = b`."""
        rhs = [b[i] for i in range(self._n)]
        for pivot in self._pivots:
            for i, factor in pivot.below:
                rhs[i] = rhs[i] - factor * rhs[pivot.row]
        x = [SX(0)] * self._n
        for pivot in reversed(self._pivots):
            value = rhs[pivot.row]
            for j, coefficient in pivot.right:
                value = value - coefficient * x[j]
            x[pivot.row] = value * pivot.reciprocal
        return ca.vertcat(*x) if x else SX(0, 1)


def _order(rows: list[dict[int, SX]]) -> list[tuple[int, set[int]]]:
    """Pivots in order of least fill, each with the rows that are left after it."""
    n = len(rows)
    in_row = [set(row) - {i} for i, row in enumerate(rows)]
    in_column: list[set[int]] = [set() for _ in range(n)]
    for i, columns in enumerate(in_row):
        for j in columns:
            in_column[j].add(i)
    left = set(range(n))
    order = []
    while left:
        k = min(left, key=lambda q: (len(in_row[q]) * len(in_column[q]), q))
        left.discard(k)
        order.append((k, set(left)))
        for i in in_column[k]:
            in_row[i].discard(k)
            for j in in_row[k] - {i}:
                in_row[i].add(j)
                in_column[j].add(i)
        for j in in_row[k]:
            in_column[j].discard(k)
    return order


def _eliminate(k: int, rows: list[dict[int, SX]], left: set[int]) -> _Pivot:
    """Take row `k` off all rows that are left and have its column; changes `rows`."""
    reciprocal = 1 / rows[k][k]
    right = [(j, value) for j, value in sorted(rows[k].items()) if j in left]
    below = []
    for i in sorted(left):
        if k not in rows[i]:
            continue
        factor = rows[i][k] * reciprocal
        below.append((i, factor))
        for j, value in right:
            rows[i][j] = rows[i].get(j, SX(0)) - factor * value
    return _Pivot(k, below, right, reciprocal)
