"""Which channels a head can teach anything about."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

LEAST_READ = 0.5
"""Share of the head's rows that a channel must have readings in [-] (assumed)."""


def unfit(head: Array) -> list[str | None]:
    """Why each channel of `head`, float64[rows, channels], cannot be watched; None if it can."""
    return [_unfit(column) for column in head.T]


def _unfit(column: Array) -> str | None:
    there = column[np.isfinite(column)]
    if there.size < LEAST_READ * column.size:
        return f"only {there.size} of {column.size} rows of the head have a reading"
    if np.ptp(there) == 0.0:
        return f"constant in the head at {there[0]:g}, so no change of it can be judged"
    return None
