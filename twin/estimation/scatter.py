"""What channels read within a Step, beside what a model expects of them."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.estimation.step import Readings

Matrix = NDArray[np.float64]


def read(sampled: Matrix, expected: Matrix, heard: Matrix) -> Readings:
    """Of samples.

    Args:
        sampled: float64[samples, n], NaN where nothing was read.
        expected: float64[samples, n], what the model says of them; NaN where it says nothing.
        heard: float64[n], share of the rows with a good value [-].
    """
    low, high, mean, scatter, white = _statistics(sampled, expected)
    model_low, model_high, *_ = _statistics(expected, expected)
    return Readings(low, high, mean, scatter, white, model_low, model_high, heard)


def _of_columns(sampled: Matrix, expected: Matrix) -> tuple[Matrix, Matrix, Matrix, Matrix, Matrix]:
    """Of each column: lowest, highest, mean; half the mean square of changes; what is white.

    Neighbouring changes of white noise share a reading and have minus its variance in common; those
    of a swing of more than four samples go the same way.
    """
    n = sampled.shape[1]
    low, high = np.full(n, np.nan), np.full(n, np.nan)
    mean, scatter, white = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    for i in range(n):
        total = square = product = 0.0
        count = changes = pairs = 0
        for row in range(len(sampled)):
            value = sampled[row, i]
            if not np.isfinite(value):
                continue
            low[i], high[i] = np.fmin(low[i], value), np.fmax(high[i], value)
            total += value
            count += 1
        before = np.nan
        for row in range(1, len(sampled)):
            last, value = sampled[row - 1, i], sampled[row, i]
            if np.isfinite(expected[row - 1, i]) and np.isfinite(expected[row, i]):
                last, value = last - expected[row - 1, i], value - expected[row, i]
            change = value - last
            if np.isfinite(change):
                square += change**2
                changes += 1
            if np.isfinite(before * change):
                product += before * change
                pairs += 1
            before = change
        if count:
            mean[i] = total / count
        if changes:
            scatter[i] = 0.5 * square / changes
        if pairs:
            white[i] = -product / pairs
    return low, high, mean, scatter, white


_statistics = compiled(_of_columns)


def together(several: Sequence[Readings]) -> Readings:
    """Of a longer while that consists of these, all equally long."""
    return Readings(
        low=np.fmin.reduce([r.low for r in several]),
        high=np.fmax.reduce([r.high for r in several]),
        mean=_mean(np.array([r.mean for r in several])),
        scatter=_mean(np.array([r.scatter for r in several])),
        white=_mean(np.array([r.white for r in several])),
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
