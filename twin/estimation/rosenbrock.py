"""ROS2, the step that carries the states of an observer, as linear algebra.

A W-method: second order with any Jacobian, L-stable with the right one, so that its factors serve
until the operating point has moved (Verwer and others, SIAM J. Sci. Comput. 20 (1999), 1456).
`twin/plant/steps.py` makes the steps themselves.
"""

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.factors import Factors, all_solved, factors_of

Matrix = NDArray[np.float64]
Columns = NDArray[np.intp]

GAMMA = 1.0 - 0.5 * 2.0**0.5
"""The root of its condition of order that errs less; L-stable."""


def _factors(slopes: Matrix, dt_s: float, order: Columns) -> Factors:
    """What a step needs of a Jacobian df/dx[n, n] [1/s]: the factors of I - gamma h df/dx.

    `order[n]` is the one in which they have few entries (`twin.factors`).
    """
    found: Factors = factors_of(np.eye(len(slopes)) - GAMMA * dt_s * slopes, order)
    return found


step_of = compiled(_factors)


def _through(step: Factors, slopes: Matrix, dt_s: float, load: Matrix) -> Matrix:
    """What a constant load [n, k] on the slopes adds to the states in one step."""
    k1 = all_solved(step, load)
    k2 = all_solved(step, load + dt_s * (slopes @ k1) - 2.0 * k1)
    moved: Matrix = dt_s * (1.5 * k1 + 0.5 * k2)
    return moved


through = compiled(_through)


def _transition(step: Factors) -> Matrix:
    """Float64[n, n], states after a step by states before it.

    With W the inverse and V = W h A = (W - I) / gamma it is I + 2 V + (V V - 2 W V) / 2.
    """
    one = np.eye(len(step.row))
    W = all_solved(step, one)
    WW = all_solved(step, W)
    V, WV = (W - one) / GAMMA, (WW - W) / GAMMA
    VV = (WW - 2.0 * W + one) / GAMMA**2
    moved: Matrix = one + 2.0 * V + 0.5 * VV - WV
    return moved


transition = compiled(_transition)
