"""A linear model over a whole window of samples: one step of the filter, one mean reading.

With `z` the state, `w` and `v` white noise, a sample is

    z[j+1] = F z[j] + w[j]          cov w = Q
    y[j+1] = H z[j+1] + v[j+1]      cov v = R, diagonal

and the filter sees the mean of y over `n` samples. Noise inside a window moves both that mean and
the state at its end, so the two are correlated; `lift` keeps the correlation, which makes the
filter of window means exact for this model (Anderson and Moore, Optimal Filtering, 1979, 5.5).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

Matrix = NDArray[np.float64]


class Sampled(NamedTuple):
    """The model of one sample."""

    F: Matrix
    H: Matrix
    Q: Matrix
    R: Matrix


class Lifted(NamedTuple):
    """The same over a window: from the state at its begin to the mean reading and its end."""

    F: Matrix
    H: Matrix
    N_zz: Matrix
    """Covariance of what the noise of a window adds to the state at its end."""
    N_zy: Matrix
    """Covariance of that with what it adds to the mean reading."""
    N_yy: Matrix
    """Covariance of what it adds to the mean reading, noise of the readings included."""


def _after(first: Lifted, second: Lifted) -> Lifted:
    """One window and then another, of the sums of their readings."""
    F, H = second.F, second.H
    noise_seen = first.N_zy + first.N_zz @ H.T  # with all that will be read of it
    crossed = H @ first.N_zy
    return Lifted(
        F @ first.F,
        first.H + H @ first.F,
        F @ first.N_zz @ F.T + second.N_zz,
        F @ noise_seen + second.N_zy,
        first.N_yy + crossed + crossed.T + H @ first.N_zz @ H.T + second.N_yy,
    )


_then_again = compiled(_after)


def _lift(model: Sampled, n: int) -> Lifted:
    """The model over `n` samples, by doubling: what costs are products of large matrices."""
    seen = model.H @ model.Q
    one = Lifted(
        model.F,
        model.H @ model.F,
        model.Q,
        np.ascontiguousarray(seen.T),
        seen @ model.H.T + np.diag(model.R),
    )
    run, highest = one, 1
    while 2 * highest <= n:
        highest *= 2
    while highest > 1:
        run = _then_again(run, run)
        highest //= 2
        if n & highest:
            run = _then_again(run, one)
    N_zz = 0.5 * (run.N_zz + run.N_zz.T)
    return Lifted(run.F, run.H / n, N_zz, run.N_zy / n, run.N_yy / n**2)


lift = compiled(_lift)


def _then(model: Lifted, left: Matrix, variance: Matrix) -> Lifted:
    """`model`, and at the end of its window each state keeps `left[n]` and gains `variance[n]`."""
    by_row = left.reshape(-1, 1)
    return Lifted(
        by_row * model.F,
        model.H,
        by_row * model.N_zz * left + np.diag(variance),
        by_row * model.N_zy,
        model.N_yy,
    )


then = compiled(_then)
