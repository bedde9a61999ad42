"""A matrix that is mostly zeros as the factors that solve its equations; compiled.

Row after row, in an order that the caller knows to leave many zeros, each row is eliminated by
those before it (Duff, Erisman and Reid, Direct Methods for Sparse Matrices, 2nd ed., 2017, 5).
Equations of pipes lead from cell to cell: of 142 states some 1,400 entries are left, not 20,164.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.sparse import Entries

Matrix = NDArray[np.float64]
Columns = NDArray[np.intp]

SMALL = 1e-3
"""An unknown whose coefficient is below this share of the largest left in its row is not what the
row is solved for [-] (assumed: the smaller, the fewer entries and the more rounding)."""


class Factors(NamedTuple):
    """Of `A x = b`: in step k row `row[k]` gives unknown `column[k]`."""

    row: Columns
    column: Columns
    lower: Entries
    """[n, n], how much of which steps before is taken off each row."""
    upper: Entries
    """[n, n], coefficients left of the unknowns of later steps, in units of the own one."""
    own: Matrix
    """float64[n], one over the coefficient of the own one."""


def _factors_of(matrix: Matrix, order: Columns) -> Factors:
    """Of `matrix[n, n]`, whose rows are taken in `order[n]`, each for its own unknown if it can be.

    Where the matrix is singular what is solved is no finite number.
    """
    n = len(matrix)
    column, own = order.copy(), np.empty(n)
    below, above = np.zeros(n + 1, np.intp), np.zeros(n + 1, np.intp)
    step, share = np.empty(n * n, np.intp), np.empty(n * n)
    unknown, value = np.empty(n * n, np.intp), np.empty(n * n)
    lower = upper = 0
    for k in range(n):
        left = matrix[order[k]].copy()
        for j in range(k):
            taken = left[column[j]]
            if taken != 0.0:
                step[lower], share[lower] = j, taken
                lower += 1
                for e in range(above[j], above[j + 1]):
                    left[unknown[e]] -= taken * value[e]
        largest, at = 0.0, k
        for j in range(k, n):
            if abs(left[column[j]]) > largest:
                largest, at = abs(left[column[j]]), j
        if abs(left[column[k]]) < SMALL * largest:
            column[k], column[at] = column[at], column[k]
        own[k] = 1.0 / left[column[k]] if largest > 0.0 else np.nan
        for j in range(k + 1, n):
            if left[column[j]] != 0.0:
                unknown[upper], value[upper] = column[j], left[column[j]] * own[k]
                upper += 1
        below[k + 1], above[k + 1] = lower, upper
    return Factors(
        order,
        column,
        Entries(below, step[:lower].copy(), share[:lower].copy(), n),
        Entries(above, unknown[:upper].copy(), value[:upper].copy(), n),
        own,
    )


factors_of = compiled(_factors_of)


def _solved(factors: Factors, b: Matrix) -> Matrix:
    """The x of `A x = b[n]`."""
    row, column, lower, upper, own = factors
    n = len(row)
    y, x = np.empty(n), np.empty(n)
    for k in range(n):
        left = b[row[k]]
        for e in range(lower.begin[k], lower.begin[k + 1]):
            left -= lower.value[e] * y[lower.column[e]]
        y[k] = left * own[k]
    for k in range(n - 1, -1, -1):
        left = y[k]
        for e in range(upper.begin[k], upper.begin[k + 1]):
            left -= upper.value[e] * x[upper.column[e]]
        x[column[k]] = left
    return x


solved = compiled(_solved)


def _all_solved(factors: Factors, b: Matrix) -> Matrix:
    """The x of `A x = b[n, several]`."""
    row, column, lower, upper, own = factors
    n, several = b.shape
    y, x = np.empty((n, several)), np.empty((n, several))
    for k in range(n):
        for i in range(several):
            y[k, i] = b[row[k], i]
        for e in range(lower.begin[k], lower.begin[k + 1]):
            j, share = lower.column[e], lower.value[e]
            for i in range(several):
                y[k, i] -= share * y[j, i]
        for i in range(several):
            y[k, i] *= own[k]
    for k in range(n - 1, -1, -1):
        c = column[k]
        for i in range(several):
            x[c, i] = y[k, i]
        for e in range(upper.begin[k], upper.begin[k + 1]):
            j, share = upper.column[e], upper.value[e]
            for i in range(several):
                x[c, i] -= share * x[j, i]
    return x


all_solved = compiled(_all_solved)
