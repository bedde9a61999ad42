"""How faults show in the innovations of a filter: the linear model of now, taken along its course.

`moved` is by how much the true state leads the filter's for each fault of size one. It follows the
filter's own error, so a fault that the filter learns away shows less. Gains may come from a linear
model that is an hour old; this one is of a Jacobian that is right to a few percent in its window,
so that what it says of a fault is right in any operating point.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.estimation.linearised import Around
from twin.factors import Factors, all_solved
from twin.sparse import Entries

Matrix = NDArray[np.float64]


class Lagging(NamedTuple):
    """A sensor behind its lag over a window, in which what it measures goes straight from y0 to y1.

    Each is float64[m, 3]: the weights of its reading a sample before, of y0 and of y1.
    """

    last: Matrix
    """Of the reading at the window's end."""
    mean: Matrix
    """Of the mean of all readings in it."""


def lagging(share: Matrix, samples: int) -> Lagging:
    """Where a sensor moves by `share[m, 1]` of the difference in a sample [-]."""
    m = len(share)
    last = np.tile([1.0, 0.0, 0.0], (m, 1))
    mean = np.zeros((m, 3))
    for j in range(1, samples + 1):
        last = last + share * (np.array([0.0, 1.0 - j / samples, j / samples]) - last)
        mean += last / samples
    return Lagging(last, mean)


class Tangent(NamedTuple):
    """How the states kept and the outputs move near a point."""

    reduced: Entries
    """[n + m, n + k], the Jacobian of the states kept (`slaved.reduced`)."""
    step: Factors
    """Those of a step over the window (`rosenbrock.step_of`), there or nearby."""


def _moving(jacobian: Entries, begin: int, end: int, v: Matrix, fed: Matrix) -> Matrix:
    """Rows `begin` to `end` of `jacobian[rows, n + k]` times `v[n, several]` above `fed[k, ..]`."""
    n, several = v.shape
    moved = np.zeros((end - begin, several))
    for row in range(begin, end):
        for e in range(jacobian.begin[row], jacobian.begin[row + 1]):
            column, value = jacobian.column[e], jacobian.value[e]
            by = v[column] if column < n else fed[column - n]
            for j in range(several):
                moved[row - begin, j] += value * by[j]
    return moved


_moves = compiled(_moving)


def _shown(
    told: Around, lags: Lagging, now: Tangent, K: Matrix, moved: Matrix
) -> tuple[Matrix, Matrix]:
    """How faults of size one show: `(d innovation / d theta, moved)` one window on.

    The states take one step of ROS2 over the window. Where `now.step` is of a point nearby it is of
    second order still, and what stands stands where it should.

    Args:
        told: of the part.
        lags: of its sensors, whose readings follow through their lag.
        now: of this window.
        K: float64[n_z, m], the gain of this window.
        moved: float64[n_z, k], at its begin.
    """
    n, m, h_s = len(told.states.kept), len(told.noise), told.samples * told.dt_s
    v, several = moved[:n], moved.shape[1]
    fed = told.enter.copy()
    for d in range(len(told.disturbed)):
        fed[told.disturbed[d]] += moved[n + m + d]
    k1 = all_solved(now.step, _moves(now.reduced, 0, n, v, fed))
    k2 = all_solved(now.step, _moves(now.reduced, 0, n, v + h_s * k1, fed) - 2.0 * k1)
    after = v + h_s * (1.5 * k1 + 0.5 * k2)
    y0, y1 = _moves(now.reduced, n, n + m, v, fed), _moves(now.reduced, n, n + m, after, fed)
    signature, ahead = told.misread.copy(), np.empty_like(moved)
    ahead[:n] = after
    for i in range(m):
        mean, last, read = lags.mean[i], lags.last[i], moved[n + i]
        for j in range(several):
            signature[i, j] += mean[0] * read[j] + mean[1] * y0[i, j] + mean[2] * y1[i, j]
            ahead[n + i, j] = last[0] * read[j] + last[1] * y0[i, j] + last[2] * y1[i, j]
    for i in range(n + m, len(moved)):
        ahead[i] = told.left[i] * moved[i]
    return signature, ahead - K @ signature


shown = compiled(_shown)
