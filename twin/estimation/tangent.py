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
from twin.sparse import Entries, entries

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

    reduced: Matrix
    """float64[n + m, n + k], the Jacobian of the states kept (`slaved.reduced`)."""
    inverse: Matrix
    """float64[n, n], that of a step over the window (`rosenbrock.inverse_of`), there or nearby."""


def _sloping(slopes: Entries, v: Matrix) -> Matrix:
    """Of states `v[n, k]` by themselves."""
    begin, column, value, _ = slopes
    moved = np.zeros_like(v)
    for i in range(len(v)):
        for e in range(begin[i], begin[i + 1]):
            for j in range(v.shape[1]):
                moved[i, j] += value[e] * v[column[e], j]
    return moved


_slopes_of = compiled(_sloping)


def _shown(
    told: Around, lags: Lagging, now: Tangent, K: Matrix, moved: Matrix
) -> tuple[Matrix, Matrix]:
    """How faults of size one show: `(d innovation / d theta, moved)` one window on.

    The states take one step of ROS2 over the window. Where `now.inverse` is of a point nearby the
    step is of second order still, and what stands stands where it should.

    Args:
        told: of the part.
        lags: of its sensors, whose readings follow through their lag.
        now: of this window.
        K: float64[n_z, m], the gain of this window.
        moved: float64[n_z, k], at its begin.
    """
    n, m, h_s = len(told.states.kept), len(told.noise), told.samples * told.dt_s
    v, read, wander = moved[:n], moved[n : n + m], moved[n + m :]
    slopes = entries(now.reduced[:n, :n])
    seen = np.ascontiguousarray(now.reduced[n:, :n])
    load = np.ascontiguousarray(now.reduced[:n, n:])
    sees = np.ascontiguousarray(now.reduced[n:, n:])
    push = np.ascontiguousarray(load[:, told.disturbed])
    swayed = np.ascontiguousarray(sees[:, told.disturbed])
    drive, direct = load @ told.enter + push @ wander, sees @ told.enter + swayed @ wander
    k1 = now.inverse @ (_slopes_of(slopes, v) + drive)
    k2 = now.inverse @ (_slopes_of(slopes, v + h_s * k1) + drive - 2.0 * k1)
    after = v + h_s * (1.5 * k1 + 0.5 * k2)
    y0, y1 = seen @ v + direct, seen @ after + direct
    signature, ahead = told.misread.copy(), np.empty_like(moved)
    ahead[:n] = after
    for i in range(m):
        mean, last = lags.mean[i], lags.last[i]
        signature[i] += mean[0] * read[i] + mean[1] * y0[i] + mean[2] * y1[i]
        ahead[n + i] = last[0] * read[i] + last[1] * y0[i] + last[2] * y1[i]
    for i in range(n + m, len(moved)):
        ahead[i] = told.left[i] * moved[i]
    return signature, ahead - K @ signature


shown = compiled(_shown)
