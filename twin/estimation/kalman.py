"""The Kalman filter of window means: gain and covariance.

All functions are pure. A reading that is missing takes no part: its row of the gain is zero, and
the covariance grows as if nobody had looked.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.estimation.lifted import Lifted

Matrix = NDArray[np.float64]


class Gain(NamedTuple):
    """What a window's innovation does, and how large it may be."""

    K: Matrix
    """float64[n_z, m], innovation to correction of the state at the window's end."""
    S: Matrix
    """float64[m, m], covariance of the innovation."""
    P: Matrix
    """float64[n_z, n_z], covariance of the state at the window's end."""


def _gain(model: Lifted, P: Matrix, heard: NDArray[np.bool_]) -> Gain:
    """One window on from covariance `P`, with the readings `heard[m]`.

    The covariance is put together from terms that cannot lose their sign (Joseph's form with the
    cross term of the window's noise).
    """
    seen = P @ model.H.T
    S = model.H @ seen + model.N_yy
    S = 0.5 * (S + S.T)
    cross = model.F @ seen + model.N_zy
    K = np.zeros_like(cross)
    some = np.flatnonzero(heard)
    if len(some) > 0:
        among = np.ascontiguousarray(S[some][:, some])
        K[:, some] = np.linalg.solve(among, np.ascontiguousarray(cross[:, some].T)).T
    left = model.F - K @ model.H
    crossed = K @ model.N_zy.T
    P = left @ P @ left.T + model.N_zz - crossed - crossed.T + K @ model.N_yy @ K.T
    return Gain(K, S, 0.5 * (P + P.T))


gain = compiled(_gain)


def settled(before: Matrix, after: Matrix, tolerance: float = 1e-2) -> bool:
    """Whether a covariance has stopped moving: by `tolerance` [-] of its diagonal at most."""
    a, b = np.diagonal(before), np.diagonal(after)
    return bool(np.all(np.abs(b - a) <= tolerance * np.maximum(np.abs(b), 1e-300)))
