"""Matrices that are mostly zeros; compiled."""

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
