"""Residuals judged over several windows at once: large ones soon, small ones surely.

Each window is an exponentially weighted mean of the residual with its own threshold, a multiple
of the signal's band: a short window must see a large deviation, a long one is content with a
band. Thresholds and windows are assumed values, to be replaced by ones that are counted on
plants with mismatch.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Window:
    """Time constant of the mean [s] and its threshold in bands [-]."""

    tau_s: float
    bands: float


WINDOWS: tuple[Window, ...] = (Window(20.0, 1.6), Window(300.0, 1.2), Window(1800.0, 1.0))


@dataclass(frozen=True)
class Means:
    """Weighted mean residual of each window and signal, float64[windows, n]."""

    mean: NDArray[np.float64]


def no_means(n: int, windows: Sequence[Window] = WINDOWS) -> Means:
    """Nothing seen yet of n signals: every mean is 0."""
    return Means(np.zeros((len(windows), n)))


def take(
    means: Means,
    residual: NDArray[np.float64],
    usable: NDArray[np.bool_],
    dt_s: float,
    windows: Sequence[Window] = WINDOWS,
) -> Means:
    """Means after one more sample of residuals.

    A residual that is not usable (a part that is starting, a sensor that did not answer) changes
    nothing: what was known stays known.
    """
    tau = np.array([w.tau_s for w in windows])[:, None]
    step = np.where(usable, residual, 0.0) - means.mean
    return Means(np.where(usable, means.mean + dt_s / (tau + dt_s) * step, means.mean))


def worst(
    means: Means, band: NDArray[np.float64], windows: Sequence[Window] = WINDOWS
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Largest share of its threshold that any window of a signal has used up, and that mean.

    Returns:
        float64[n] [-], where 1 and more is too much, and float64[n] in the units of the signals.
    """
    limit = np.array([w.bands for w in windows])[:, None] * band
    share = np.abs(means.mean) / limit
    decides = np.argmax(share, axis=0)[None, :]
    return (
        np.take_along_axis(share, decides, axis=0)[0],
        np.take_along_axis(means.mean, decides, axis=0)[0],
    )
