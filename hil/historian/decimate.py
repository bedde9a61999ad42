"""Fewer points of the same story: one row a second on disk, a min/max pair a pixel in pictures."""

import numpy as np
from numpy.typing import NDArray


class Decimator:
    """Keeps the first row at or after each full period, across blocks.

    With a cycle that divides the period that is the row *at* each full period; with a cycle
    longer than the period every row is kept.
    """

    def __init__(self, period_ns: int) -> None:
        self._period_ns = period_ns
        self._last_period = -1

    def keep(self, t_ns: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mask of the rows to keep, for rising times [ns] of shape (n,)."""
        period = t_ns // self._period_ns
        kept = np.diff(period, prepend=self._last_period) > 0
        if period.size:
            self._last_period = int(period[-1])
        return kept


def envelope(
    t_ns: NDArray[np.int64], values: NDArray[np.float64], max_points: int
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """At most `max_points` points that draw the same picture.

    The rows are cut into buckets of equally many; a bucket becomes two points, its lowest and
    its highest value in the order they occurred, so no spike is lost. A bucket without a number
    stays a gap (NaN); one missing row among others of its bucket does not show.

    Args:
        t_ns: rising times [ns], shape (n,).
        values: one column a signal, shape (n, k).
        max_points: at least 4.

    Returns:
        Times [ns] and values of the points, shapes (m,) and (m, k).
    """
    if t_ns.size <= max_points:
        return t_ns, values
    buckets = max_points // 2
    start = np.arange(buckets, dtype=np.int64) * t_ns.size // buckets
    end = np.append(start[1:], t_ns.size)
    low_at, low = _extreme(values, start)
    high_at, high = _extreme(-values, start)
    high = -high
    low_first = low_at <= high_at
    points = np.empty((2 * buckets, values.shape[1]))
    points[0::2] = np.where(low_first, low, high)
    points[1::2] = np.where(low_first, high, low)
    t_points = np.empty(2 * buckets, dtype=np.int64)
    t_points[0::2] = t_ns[start]
    t_points[1::2] = t_ns[(start + end) // 2]
    return t_points, points


def _extreme(
    values: NDArray[np.float64], start: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Row and value of the lowest number of each bucket and column; NaN where there is none."""
    low = np.fmin.reduceat(values, start, axis=0)
    count = np.diff(np.append(start, values.shape[0]))
    is_low = values == np.repeat(low, count, axis=0)
    row = np.arange(values.shape[0])[:, None]
    first = np.minimum.reduceat(np.where(is_low, row, values.shape[0]), start, axis=0)
    return first, low
