"""ROS2, the step that carries the states of an observer, as linear algebra.

A W-method: second order with any Jacobian, L-stable with the right one, so that one inverse serves
until the operating point has moved (Verwer and others, SIAM J. Sci. Comput. 20 (1999), 1456).
`twin/plant/steps.py` makes the steps themselves.
"""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled

Matrix = NDArray[np.float64]

GAMMA = 1.0 - 0.5 * 2.0**0.5
"""The root of its condition of order that errs less; L-stable."""


def _inverse(slopes: Matrix, dt_s: float) -> Matrix:
    """What a step needs of a Jacobian df/dx[n, n] [1/s]: the inverse of I - gamma h df/dx."""
    return np.asarray(np.linalg.inv(np.eye(len(slopes)) - GAMMA * dt_s * slopes))


inverse_of = compiled(_inverse)


def _through(inverse: Matrix, slopes: Matrix, dt_s: float, load: Matrix) -> Matrix:
    """What a constant load [n, k] on the slopes adds to the states in one step."""
    k1 = inverse @ load
    k2 = inverse @ (load + dt_s * (slopes @ k1) - 2.0 * k1)
    moved: Matrix = dt_s * (1.5 * k1 + 0.5 * k2)
    return moved


through = compiled(_through)


def _transition(inverse: Matrix) -> Matrix:
    """Float64[n, n], states after a step by states before it.

    With W the inverse and V = W h A = (W - I) / gamma it is I + 2 V + (V V - 2 W V) / 2.
    """
    W, one = inverse, np.eye(len(inverse))
    WW = W @ W
    V, WV = (W - one) / GAMMA, (WW - W) / GAMMA
    VV = (WW - 2.0 * W + one) / GAMMA**2
    moved: Matrix = one + 2.0 * V + 0.5 * VV - WV
    return moved


transition = compiled(_transition)
