"""Sparse LU factorisation of a symbolic matrix, unrolled into straight-line expressions.

The fastest form for small systems. Above about 200 unknowns the code grows too long for the
compiler and `fmus/shell/lu.c` does the same in numbers.
"""

from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass

import casadi as ca

from fmus.equations import reciprocal
from fmus.export.elimination import eliminate

SX = ca.SX


@dataclass(frozen=True)
class _Row:
    left: list[tuple[int, SX]]
    """Rows taken off this one, by position, with the factor."""
    right: list[tuple[int, SX]]
    """Unknowns that are solved before this one, by position, with the coefficient."""
    reciprocal: SX

    def numbers(self) -> list[SX]:
        return [*[v for _, v in self.left], *[v for _, v in self.right], self.reciprocal]

    def of(self, numbers: Sequence[SX]) -> "_Row":
        """The same row with other numbers, in the order of `numbers()`."""
        *off, last = numbers
        n = len(self.left)
        left = [(j, v) for (j, _), v in zip(self.left, off[:n], strict=True)]
        right = [(j, v) for (j, _), v in zip(self.right, off[n:], strict=True)]
        return _Row(left, right, last)


class SparseLU:
    """Factors of the square SX matrix `A`."""

    def __init__(self, A: SX) -> None:
        found = eliminate(A.sparsity())
        self._order = found.order
        position = {k: i for i, k in enumerate(found.order)}
        entry: list[dict[int, SX]] = [dict.fromkeys(row, SX(0)) for row in found.rows]
        for k, (i, j) in enumerate(zip(*A.sparsity().get_triplet(), strict=True)):
            entry[position[i]][position[j]] = A.nz[k]
        self._rows: list[_Row] = []
        for i, columns in enumerate(found.rows):
            self._rows.append(self._factor(i, columns, entry[i]))

    def _factor(self, i: int, columns: tuple[int, ...], row: dict[int, SX]) -> _Row:
        left = []
        for j in (j for j in columns if j < i):
            above = self._rows[j]
            factor = row[j] * above.reciprocal
            left.append((j, factor))
            for k, value in above.right:
                row[k] = row[k] - factor * value
        return _Row(left, [(k, row[k]) for k in columns if k > i], reciprocal(row[i]))

    def numbers(self) -> SX:
        """Column of what `solve` needs of `A`; what is the same for every `A` is not in it."""
        found = [v for row in self._rows for v in row.numbers() if not v.is_constant()]
        return ca.vertcat(*found) if found else SX(0, 1)

    def of(self, numbers: SX) -> "SparseLU":
        """Factors of the matrix that has these `numbers`."""
        given = iter(ca.vertsplit(numbers) if numbers.numel() else [])
        other = copy(self)
        other._rows = [
            row.of([v if v.is_constant() else next(given) for v in row.numbers()])
            for row in self._rows
        ]
        return other

    def solve(self, b: SX) -> SX:
        """Column `x` with `A x = b`."""
        y: list[SX] = []
        for k, row in zip(self._order, self._rows, strict=True):
            value = b[k]
            for j, factor in row.left:
                value = value - factor * y[j]
            y.append(value)
        x: list[SX] = [SX(0)] * len(y)
        for i in reversed(range(len(y))):
            value = y[i]
            for j, coefficient in self._rows[i].right:
                value = value - coefficient * x[j]
            x[i] = value * self._rows[i].reciprocal
        if not x:
            return SX(0, 1)
        solved = dict(zip(self._order, x, strict=True))
        return ca.vertcat(*(solved[k] for k in range(len(x))))
