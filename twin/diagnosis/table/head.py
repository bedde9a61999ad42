"""Which channels a head can teach anything about."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST_READ = 0.5
"""Share of the head's rows that a channel must have readings in [-] (assumed)."""
LARGEST, SMALLEST = 1e50, 1e-50
"""No sensor reads more, or changes by less [channel] (assumed): squares would be no numbers."""
ONE_VALUE = 0.96
"""A channel that has one value for this share of its readings hardly changes [-] (assumed)."""


def unfit(head: Array) -> list[str | None]:
    """Why each channel of `head`, float64[rows, channels], cannot be watched; None if it can."""
    return [_unfit(column) for column in head.T]


def _unfit(column: Array) -> str | None:
    there = column[np.isfinite(column)]
    if there.size < LEAST_READ * column.size:
        return f"only {there.size} of {column.size} rows of the head have a reading"
    if (most := float(np.abs(there).max())) > LARGEST:
        return f"reaches {most:g} in the head, which no sensor reads"
    if np.ptp(there) == 0.0:
        return f"constant in the head at {there[0]:g}, so no change of it can be judged"
    if np.ptp(there) < SMALLEST:
        return f"changes by no more than {np.ptp(there):g} in the head, which no sensor tells"
    return None


def hardly_changing(column: Array) -> tuple[int, float, float] | None:
    """A channel of a head that is constant but for a few readings; None of any other.

    How many [row], the constant and the usual distance of the others from it, both in the
    channel's unit: what is much smaller than that cannot be judged.
    """
    there = column[np.isfinite(column)]
    values, counts = np.unique(there, return_counts=True)
    most = int(np.argmax(counts))
    if values.size < 2 or counts[most] < ONE_VALUE * there.size:
        return None
    away = np.abs(there[there != values[most]] - values[most])
    return away.size, float(values[most]), float(np.median(away))
