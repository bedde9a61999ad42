"""How faults show in the innovations of a filter: the linear model of now, taken along its course.

`moved` is by how much the true state leads the filter's for each fault of size one. It follows the
filter's own error, so a fault that the filter learns away shows less. Gains may come from a linear
model that is an hour old; this one is renewed in every window, so that what it says of a fault
is right in any operating point: to some tenths of a percent for one that stands.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import lapack
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from twin.estimation.linearised import Around
from twin.estimation.rosenbrock import GAMMA

Matrix = NDArray[np.float64]

LARGE = 150
"""From so many states on most of a Jacobian is zeros, and worth leaving out [-]."""


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


def shown(
    told: Around, lags: Lagging, jacobian: Matrix, n_x: int, K: Matrix, moved: Matrix
) -> tuple[Matrix, Matrix]:
    """How faults of size one show: `(d innovation / d theta, moved)` one window on.

    Args:
        told: of the part.
        lags: of its sensors.
        jacobian: that of `Physics` in this window.
        n_x: states of the model.
        K: float64[n_z, m], the gain of this window.
        moved: float64[n_z, k], at its begin.

    The states take one step of ROS2 over the window, the readings follow through their lag.
    """
    kept, disturbed = told.kept, told.disturbed
    n, m = len(kept), len(told.noise)
    v, read, wander = moved[:n], moved[n : n + m], moved[n + m :]
    load, sees = jacobian[kept, n_x:], jacobian[n_x:, n_x:]
    drive = load @ told.enter + load[:, disturbed] @ wander
    direct = sees @ told.enter + sees[:, disturbed] @ wander
    after = _through(jacobian[np.ix_(kept, kept)], told.samples * told.dt_s, v, drive)
    C = jacobian[n_x:, kept]
    y0, y1 = C @ v + direct, C @ after + direct
    signature = _weighed(lags.mean, read, y0, y1) + told.misread
    ahead = np.vstack([after, _weighed(lags.last, read, y0, y1), told.left[n + m :, None] * wander])
    return signature, ahead - K @ signature


def _through(slopes: Matrix, h: float, v: Matrix, drive: Matrix) -> Matrix:
    """`v[n, k]` after one ROS2 step of `h` [s] of dv/dt = slopes v + drive."""
    n = len(slopes)
    inner = slopes * (-GAMMA * h)
    inner.flat[:: n + 1] += 1.0
    solve = splu(_sparse(inner)).solve if n >= LARGE else _dense(inner)
    k1 = solve(slopes @ v + drive)
    k2 = solve(slopes @ (v + h * k1) + drive - 2.0 * k1)
    moved: Matrix = v + h * (1.5 * k1 + 0.5 * k2)
    return moved


def _dense(matrix: Matrix) -> Callable[[Matrix], Matrix]:
    """Solves with a matrix of which most is not 0."""
    lu, pivots, _ = lapack.dgetrf(matrix)
    return lambda right: np.asarray(lapack.dgetrs(lu, pivots, right)[0])


def _sparse(matrix: Matrix) -> csc_matrix:
    """As columns without their zeros."""
    by_column = np.ascontiguousarray(matrix.T)
    column, row = np.nonzero(by_column)
    begin = np.searchsorted(column, np.arange(len(matrix) + 1))
    return csc_matrix((by_column[column, row], row, begin), shape=matrix.shape)


def _weighed(weights: Matrix, read: Matrix, y0: Matrix, y1: Matrix) -> Matrix:
    total: Matrix = weights[:, :1] * read + weights[:, 1:2] * y0 + weights[:, 2:] * y1
    return total
