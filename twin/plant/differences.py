"""Jacobians of an FMU that gives no derivatives, by differences of what it calculates.

All of second order: (f(z + h) - f(z - h)) / 2 h, and (4 f(z + h) - f(z + 2 h) - 3 f(z)) / 2 h where
the other side lies beyond a limit that the FMU declares. Columns of one colour move together.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from twin.plant.colours import Colours
from twin.plant.variable import FmuVariable

Matrix = NDArray[np.float64]
ValuesAt = Callable[[Matrix], Matrix]
"""Points float64[k, columns] -> slopes and outputs float64[k, rows]; the first point is the one
whose derivatives are wanted."""

STEP = 1e-5
"""Of a variable as a share of its size [-]: 3 mK of a temperature. What an FMU iterates for may be
wrong by some 1e-9 of itself, and what bends within a few K is straight within it."""
ALONG = 1e-3
"""Of a direction whose entries are usual sizes [-]."""


class Differences:
    """Of one FMU; columns are its states, inputs and parameters."""

    def __init__(self, columns: Sequence[FmuVariable], nominal: Matrix, by: Colours) -> None:
        """`nominal` float64[columns] is the least that counts as the size of each."""
        self._nominal, self._by = nominal, by
        self._low = np.array([-np.inf if v.min is None else v.min for v in columns])
        self._high = np.array([np.inf if v.max is None else v.max for v in columns])

    def jacobian(self, values_at: ValuesAt, at: Matrix) -> Matrix:
        """Derivatives of rows by columns at point `at[columns]`; entries that cannot be are 0."""
        step = STEP * np.maximum(np.abs(at), self._nominal)
        side = self._side(at, step)
        step = np.where(side < 0, -step, step)
        moves: list[Matrix] = []
        group = np.zeros(len(at), np.intp)
        for begin, end in zip(self._by.begin[:-1], self._by.begin[1:], strict=True):
            columns = self._by.columns[begin:end]
            for some in (columns[side[columns] == 0], columns[side[columns] != 0]):
                if len(some):
                    group[some] = len(moves)
                    moves.append(_only(step, some))
        one_sided = [bool(side[np.flatnonzero(move)].any()) for move in moves]
        told = _derivatives(values_at, at, np.array(moves), np.array(one_sided))
        found = np.zeros((told.shape[1], len(at)))
        row, column = self._by.row, self._by.column
        found[row, column] = told[group[column], row] / step[column]
        return found

    def along(self, values_at: ValuesAt, at: Matrix, direction: Matrix) -> Matrix:
        """The Jacobian times `direction[columns]`, whose entries are usual sizes."""
        move = ALONG * direction
        side = self._side(at, np.abs(move))
        toward = np.where(side == 0, 0, np.sign(side * direction)).astype(np.intp)
        moves, sign = [], []
        for way in (0, 1, -1):  # both sides; only where it points; only the other way
            columns = np.flatnonzero((toward == way) & (move != 0.0))
            if len(columns):
                moves.append((way or 1) * _only(move, columns))
                sign.append(float(way))
        told = _derivatives(values_at, at, np.array(moves), np.array(sign) != 0.0)
        total: Matrix = np.where(np.array(sign) < 0.0, -1.0, 1.0) @ told / ALONG
        return total

    def _side(self, at: Matrix, step: Matrix) -> NDArray[np.intp]:
        """To which side of each column there is room for two steps; 0 where to both."""
        above, below = at + step > self._high, at - step < self._low
        return np.where(above, -1, np.where(below, 1, 0)).astype(np.intp)


def _only(values: Matrix, columns: NDArray[np.intp]) -> Matrix:
    some = np.zeros(len(values))
    some[columns] = values[columns]
    return some


def _derivatives(
    values_at: ValuesAt, at: Matrix, moves: Matrix, one_sided: NDArray[np.bool_]
) -> Matrix:
    """float64[moves, rows], the derivative along each of `moves[k, columns]`."""
    k, once = len(moves), one_sided[:, None]
    values = values_at(np.vstack([at, at + moves, at + np.where(once, 2.0, -1.0) * moves]))
    here, first, second = values[0], values[1 : k + 1], values[k + 1 :]
    told: Matrix = np.where(once, 4.0 * first - second - 3.0 * here, first - second) / 2.0
    return told
