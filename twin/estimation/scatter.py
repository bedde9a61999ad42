"""What channels read within a minute, beside what a model expects of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.estimation.step import Readings

Matrix = NDArray[np.float64]


def read(sampled: Matrix, expected: Matrix, heard: Matrix) -> Readings:
    """Of samples.

    Args:
        sampled: float64[samples, n], NaN where nothing was read.
        expected: float64[samples, n], what the model says of them; NaN where it says nothing.
        heard: float64[n], share of the rows with a good value [-].
    """
    known = np.isfinite(expected)
    change = np.diff(np.where(known, sampled - expected, sampled), axis=0)
    there = np.isfinite(change)
    count = there.sum(axis=0)
    square = np.where(there, change, 0.0) ** 2
    return Readings(
        low=np.fmin.reduce(sampled),
        high=np.fmax.reduce(sampled),
        mean=_mean(sampled),
        scatter=np.where(count > 0, 0.5 * square.sum(axis=0) / np.maximum(count, 1), np.nan),
        model_low=np.fmin.reduce(expected),
        model_high=np.fmax.reduce(expected),
        heard=heard,
    )


def together(several: Sequence[Readings]) -> Readings:
    """Of a longer while that consists of these, all equally long."""
    return Readings(
        low=np.fmin.reduce([r.low for r in several]),
        high=np.fmax.reduce([r.high for r in several]),
        mean=_mean(np.array([r.mean for r in several])),
        scatter=_mean(np.array([r.scatter for r in several])),
        model_low=np.fmin.reduce([r.model_low for r in several]),
        model_high=np.fmax.reduce([r.model_high for r in several]),
        heard=np.mean([r.heard for r in several], axis=0),
    )


def _mean(values: Matrix) -> Matrix:
    there = np.isfinite(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    mean: Matrix = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return mean
