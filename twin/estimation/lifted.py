"""A linear model over a whole window of samples: one step of the filter, one mean reading.

With `z` the state, `theta` constant sizes of faults, `w` and `v` white noise, a sample is

    z[j+1] = F z[j] + G theta + w[j]        cov w = Q
    y[j+1] = H z[j+1] + D theta + v[j+1]    cov v = R, diagonal

and the filter sees the mean of y over `n` samples. Noise inside a window moves both that mean and
the state at its end, so the two are correlated; `lift` keeps the correlation, which makes the
filter of window means exact for this model (Anderson and Moore, Optimal Filtering, 1979, 5.5).
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Sampled:
    """The model of one sample; `D`, `G` have a column for every hypothesis."""

    F: Matrix
    G: Matrix
    H: Matrix
    D: Matrix
    Q: Matrix
    R: Matrix


@dataclass(frozen=True)
class Lifted:
    """The same over a window: from the state at its begin to the mean reading and its end."""

    F: Matrix
    G: Matrix
    H: Matrix
    D: Matrix
    N_zz: Matrix
    """Covariance of what the noise of a window adds to the state at its end."""
    N_zy: Matrix
    """Covariance of that with what it adds to the mean reading."""
    N_yy: Matrix
    """Covariance of what it adds to the mean reading, noise of the readings included."""


def lift(model: Sampled, n: int) -> Lifted:
    """The model over `n` samples."""
    size = len(model.F)
    F = np.eye(size)
    G = np.zeros_like(model.G)
    H, D = np.zeros_like(model.H), np.zeros_like(model.D)
    N_zz = np.zeros((size, size))
    S = np.zeros((size, len(model.H)))  # covariance of the state with the sum of readings so far
    N_yy = np.zeros((len(model.H), len(model.H)))
    for _ in range(n):
        F = model.F @ F
        G = model.F @ G + model.G
        N_zz = model.F @ N_zz @ model.F.T + model.Q
        S = model.F @ S
        seen = model.H @ S
        y_zz = N_zz @ model.H.T
        N_yy += seen + seen.T + model.H @ y_zz
        S = S + y_zz
        H = H + model.H @ F
        D = D + model.H @ G + model.D
    return Lifted(
        F, G, H / n, D / n, 0.5 * (N_zz + N_zz.T), S / n, N_yy / n**2 + np.diag(model.R) / n
    )


def then(model: Lifted, F: Matrix, Q: Matrix) -> Lifted:
    """`model`, and at the end of its window one more transition `F` with noise `Q`."""
    N_zz = F @ model.N_zz @ F.T + Q
    return replace(
        model,
        F=F @ model.F,
        G=F @ model.G,
        N_zz=0.5 * (N_zz + N_zz.T),
        N_zy=F @ model.N_zy,
    )
