"""ROS2, the step that carries the states of an observer, as linear algebra.

A W-method: second order with any Jacobian, L-stable with the right one, so that one inverse serves
until the operating point has moved (Verwer and others, SIAM J. Sci. Comput. 20 (1999), 1456).
`twin/plant/steps.py` makes the steps themselves.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

GAMMA = 1.0 - 0.5 * 2.0**0.5
"""The root of its condition of order that errs less; L-stable."""


class Solver:
    """What a step needs of a Jacobian: the inverse of I - gamma h A."""

    def __init__(self, slopes: Matrix, dt_s: float) -> None:
        """For `slopes[n_x, n_x]` = df/dx [1/s] and steps of `dt_s` [s]."""
        self.dt_s = dt_s
        self._slopes = slopes
        self.inverse: Matrix = np.ascontiguousarray(
            np.linalg.inv(np.eye(len(slopes)) - GAMMA * dt_s * slopes)
        )

    def through(self, load: Matrix) -> Matrix:
        """What a constant load [n_x, k] on the slopes adds to the states in one step."""
        h = self.dt_s
        k1 = self.inverse @ load
        k2 = self.inverse @ (load + h * (self._slopes @ k1) - 2.0 * k1)
        moved: Matrix = h * (1.5 * k1 + 0.5 * k2)
        return moved

    def transition(self) -> Matrix:
        """Float64[n_x, n_x], states after a step by states before it."""
        moved: Matrix = np.eye(len(self._slopes)) + self.through(self._slopes)
        return moved
