"""Rows cut into the windows that observers take, many at once: means of a few rows are samples."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.estimation.observer import mean_of

Matrix = NDArray[np.float64]
Times = NDArray[np.int64]


class Windowed(NamedTuple):
    """A window of all columns."""

    end_ns: int
    inputs: Matrix
    """float64[samples, n], what models are fed with."""
    operating: Matrix
    """float64[n], its mean; not finite of what was never read."""
    sampled: Matrix
    """float64[samples, n], readings; NaN where there was none."""
    age_ns: Times
    """int64[n], of the oldest value that was fed."""
    heard: Matrix
    """float64[n], share of the rows in which there was a good value [-]."""


class Fed(NamedTuple):
    """Rows of all columns."""

    t_ns: Times
    readings: Matrix
    """float64[rows, n], NaN where there was none."""
    values: Matrix
    """float64[rows, n], what models are fed with."""
    age_ns: Times
    """int64[rows, n], since when that has been old."""

    def of(self, which: slice) -> "Fed":
        """Some of the rows."""
        t_ns, readings, values, age_ns = self
        return Fed(t_ns[which], readings[which], values[which], age_ns[which])

    def then(self, more: "Fed") -> "Fed":
        """With more rows behind."""
        return Fed(
            np.concatenate([self.t_ns, more.t_ns]),
            np.concatenate([self.readings, more.readings]),
            np.concatenate([self.values, more.values]),
            np.concatenate([self.age_ns, more.age_ns]),
        )


def windows(fed: Fed, samples: int, rows: int) -> Iterator[Windowed]:
    """Those of `samples` samples of `rows` rows each; `fed` has whole ones."""
    size = samples * rows
    several = len(fed.t_ns) // size
    if several == 0:
        return
    shape = several, samples, rows, -1
    readings, values = fed.readings.reshape(shape), fed.values.reshape(shape)
    inputs = np.add.reduce(values, axis=2) / rows
    found = (
        inputs,
        np.add.reduce(inputs, axis=1) / samples,
        mean_of(np.moveaxis(readings, 2, 0)),
        np.maximum.reduce(fed.age_ns.reshape(shape), axis=(1, 2)),
        np.add.reduce(np.isfinite(readings), axis=(1, 2), dtype=float) / size,
    )
    for end_ns, *columns in zip(fed.t_ns[size - 1 :: size].tolist(), *found, strict=True):
        yield Windowed(end_ns, *columns)
