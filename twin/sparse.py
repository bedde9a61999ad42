"""Matrices that are mostly zeros, and the inverse of one that is not; compiled."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

Matrix = NDArray[np.float64]
Columns = NDArray[np.intp]


class Entries(NamedTuple):
    """What is not 0 in a matrix, row by row."""

    begin: Columns
    """int[rows + 1], where those of each row begin."""
    column: Columns
    """Of each, ascending within a row."""
    value: Matrix
    columns: int
    """Of the matrix [-]."""


def _entries(matrix: Matrix) -> Entries:
    """Those of `matrix[rows, columns]`."""
    rows, columns = matrix.shape
    begin = np.zeros(rows + 1, np.intp)
    column, value = np.empty(matrix.size, np.intp), np.empty(matrix.size)
    e = 0
    for i in range(rows):
        for j in range(columns):
            if matrix[i, j] != 0.0:
                column[e], value[e] = j, matrix[i, j]
                e += 1
        begin[i + 1] = e
    return Entries(begin, column[:e].copy(), value[:e].copy(), columns)


entries = compiled(_entries)


def _dense(several: Entries) -> Matrix:
    """The matrix that has them."""
    begin, column, value, columns = several
    matrix = np.zeros((len(begin) - 1, columns))
    for i in range(len(matrix)):
        for e in range(begin[i], begin[i + 1]):
            matrix[i, column[e]] = value[e]
    return matrix


dense = compiled(_dense)


class Inverse(NamedTuple):
    """The inverse of a matrix in which some rows are led by one other each, and some do nothing.

    With g what leads, led the others, W the inverse on those that lead alone, and R, L what the
    led give to their hosts and take from those that lead:

        k_g = W (f_g + R f_led)         k_led = L k_g + own f_led

    What is in neither stays as it is.
    """

    among: Matrix
    """float64[n_g, n_g], W."""
    leading: Columns
    """int[n_g], their rows."""
    led: Columns
    """int[n_led], those of the led."""
    host: Columns
    """int[n_led], of each, which of the leading it gives to."""
    gives: Matrix
    """float64[n_led], how much of itself; R."""
    takes: Entries
    """[n_led, n_g], L."""
    own: Matrix
    """float64[n_led]"""


def _solved(inverse: Inverse, f: Matrix) -> Matrix:
    """The inverse times `f[n]`."""
    given = f[inverse.leading]
    for i in range(len(inverse.led)):
        given[inverse.host[i]] += inverse.gives[i] * f[inverse.led[i]]
    leading, found = inverse.among @ given, f.copy()
    for i in range(len(leading)):
        found[inverse.leading[i]] = leading[i]
    begin, column, value, _ = inverse.takes
    for i in range(len(inverse.led)):
        k = inverse.own[i] * f[inverse.led[i]]
        for e in range(begin[i], begin[i + 1]):
            k += value[e] * leading[column[e]]
        found[inverse.led[i]] = k
    return found


solved = compiled(_solved)


def _whole(inverse: Matrix) -> Inverse:
    """An inverse as it stands: all lead."""
    n, none = len(inverse), np.zeros(0, np.intp)
    takes = Entries(np.zeros(1, np.intp), none, np.zeros(0), n)
    return Inverse(inverse, np.arange(n), none, none, np.zeros(0), takes, np.zeros(0))


whole = compiled(_whole)
