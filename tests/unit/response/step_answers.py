"""Exact answers of first and second order to a unit step at time 0, after 10 s of rest."""

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.float64]
T = np.arange(-500, 3000) * 0.02


def second_order(zeta: float, t: Floats = T) -> Floats:
    """1 / (s² + 2 ζ s + 1), by an independent simulation."""
    y = np.zeros_like(t)
    after = t >= 0.0
    y[after] = signal.step(signal.TransferFunction([1.0], [1.0, 2.0 * zeta, 1.0]), T=t[after])[1]
    return y


def first_order(tau_s: float, t: Floats = T) -> Floats:
    return np.where(t > 0.0, -np.expm1(-np.maximum(t, 0.0) / tau_s), 0.0)
