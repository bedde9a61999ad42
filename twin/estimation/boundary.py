"""Measured boundary values for a prediction: the last good one, and how old it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Held:
    """Last good value of each of n signals and the samples since it was read.

    `values` float64[n] in SI units, `age` int64[n] in samples [-]; NaN and a huge age before the
    first good one.
    """

    values: NDArray[np.float64]
    age: NDArray[np.int64]


NEVER = 1 << 40
"""Age of a value that nobody has read yet, in samples [-]."""


def nothing_held(n: int) -> Held:
    """Start of a record of n signals."""
    return Held(np.full(n, np.nan), np.full(n, NEVER, dtype=np.int64))


def hold(
    before: Held, measured: NDArray[np.float64], good: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.int64], Held]:
    """Fill what was not read well with the last good value.

    Args:
        before: what was held when these rows began.
        measured: float64[rows, n], SI units.
        good: bool[rows, n], whether each value may be believed.

    Returns:
        values float64[rows, n], their age in samples int64[rows, n], and what is held now.
    """
    rows = measured.shape[0]
    if rows == 0:
        return measured, np.zeros_like(measured, dtype=np.int64), before
    row = np.arange(rows)[:, None]
    latest = np.maximum.accumulate(np.where(good, row, -1), axis=0)
    inside = latest >= 0
    values = np.where(inside, np.take_along_axis(measured, latest.clip(0), axis=0), before.values)
    age = np.where(inside, row - latest, before.age + 1 + row)
    return values, age, Held(values[-1].copy(), age[-1].copy())
