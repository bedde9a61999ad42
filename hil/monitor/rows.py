"""Rows of a monitored plant, as they lie in rings between processes and as the twin takes them."""

import numpy as np
from numpy.typing import NDArray

from hil.bench.layout import Layout
from twin.observers.gaps import Rows
from twin.signals import Quality

MEASURED, TWIN = "measured", "twin"
"""Streams of the historian."""


def row_type(layout: Layout) -> np.dtype[np.void]:
    """What the loop puts out: signals, then commands [SI], each with a quality.

    `late_ns` is how late the row was taken [ns], `missing` why rows are missing before it
    (`hil.monitor.stamps.Missing`).
    """
    n = len(layout.signals) + len(layout.commands)
    return np.dtype(
        [
            ("t_ns", "<i8"),
            ("late_ns", "<i8"),
            ("missing", "<i8"),
            ("values", "<f8", (n,)),
            ("quality", "u1", (n,)),
        ]
    )


def twin_type(layout: Layout) -> np.dtype[np.void]:
    """What the twin puts out: what it predicts, in the order of `Layout.predicted` [SI]."""
    return np.dtype([("t_ns", "<i8"), ("predicted", "<f8", (len(layout.predicted),))])


def as_followed(
    layout: Layout,
    t_ns: NDArray[np.int64],
    values: NDArray[np.float64],
    quality: NDArray[np.uint8],
) -> Rows:
    """Rows as the twin takes them; a value that is not good is NaN, wherever they come from."""
    n = len(layout.signals)
    good = quality == Quality.GOOD
    known = np.where(good, values, np.nan)
    return Rows(t_ns, known[:, :n], good[:, :n], known[:, n:], good[:, n:])
