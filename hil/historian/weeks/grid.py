"""Stretches of equal length that series are drawn in, and how samples fall into them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil.historian.envelope import Envelope, Floats
from hil.historian.weeks.iso_week import HOUR_NS, MINUTE_NS
from hil.historian.weeks.rollup import Stretches

HOLDS = 1.5
"""A sample stands for what comes after it for so many steps of its stream [-]."""


@dataclass(frozen=True)
class Grid:
    """`count` stretches of `width_ns`, the first at `start_ns`, a multiple of the width."""

    start_ns: int
    width_ns: int
    count: int

    @property
    def end_ns(self) -> int:
        """End of the last stretch [ns]."""
        return self.start_ns + self.count * self.width_ns

    @property
    def level_ns(self) -> int:
        """Stretches that are on disk and fit into these [ns]; 1 are the samples themselves."""
        for level_ns in (HOUR_NS, MINUTE_NS):
            if self.width_ns % level_ns == 0:
                return level_ns
        return 1


def grid_over(t0_ns: int, t1_ns: int, most: int, step_ns: int) -> Grid:
    """At most `most` stretches over `t0_ns <= t < t1_ns` [ns], none shorter than a sample's step.

    They lie on multiples of their width, so that they stay where they are as a window moves on.
    """
    width = max(-(-(t1_ns - t0_ns) // max(most - 1, 1)), step_ns, 1)
    for unit in (HOUR_NS, MINUTE_NS, step_ns):
        if width >= unit:
            width = -(-width // unit) * unit
            break
    start = t0_ns // width * width
    return Grid(start, width, max(-(-(t1_ns - start) // width), 1))


@dataclass(frozen=True)
class Points:
    """What is known of one series: stretches, or samples as stretches of one."""

    t_ns: NDArray[np.int64]
    """Beginning of each, rising [ns]."""
    of: Stretches


def samples(t_ns: NDArray[np.int64], values: Floats) -> Points:
    """Samples as stretches of one."""
    finite = np.isfinite(values).astype(np.float64)
    return Points(t_ns, Stretches(values, values, values, finite))


def drawn(grid: Grid, series: Sequence[tuple[Sequence[Points], int]]) -> Envelope:
    """Series on a grid; each comes as points in order of time, and the step of its stream [ns]."""
    shape = (grid.count, len(series))
    low, mean, high = (np.full(shape, np.nan) for _ in range(3))
    for j, (points, step_ns) in enumerate(series):
        _fill(grid, points, step_ns, low[:, j], mean[:, j], high[:, j])
    t_ns = grid.start_ns + grid.width_ns * np.arange(grid.count, dtype=np.int64)
    return Envelope(t_ns, low, mean, high)


def _fill(
    grid: Grid, points: Sequence[Points], step_ns: int, low: Floats, mean: Floats, high: Floats
) -> None:
    if not points:
        return
    t_ns = np.concatenate([p.t_ns for p in points])
    count = np.concatenate([p.of.count for p in points])
    at = (t_ns - grid.start_ns) // grid.width_ns
    holds = int(HOLDS * step_ns) // grid.width_ns if step_ns > grid.width_ns else 0
    within = (count > 0) & (at >= -holds) & (at < grid.count)
    if not within.any():
        return
    at, count = at[within], count[within]
    begins = np.concatenate([[0], np.flatnonzero(np.diff(at)) + 1])
    lows, means, highs = (
        np.concatenate([getattr(p.of, name) for p in points])[within]
        for name in ("low", "mean", "high")
    )
    where = at[begins]
    lows = np.minimum.reduceat(lows, begins)
    highs = np.maximum.reduceat(highs, begins)
    total = np.add.reduceat(count, begins)
    with np.errstate(over="ignore"):
        means = np.add.reduceat(
            means * (count / np.repeat(total, np.diff([*begins, len(at)]))), begins
        )
    means = np.clip(means, lows, highs)
    _place(where, lows, low, holds)
    _place(where, means, mean, holds)
    _place(where, highs, high, holds)


def _place(where: NDArray[np.int64], values: Floats, out: Floats, holds: int) -> None:
    """Put values where they belong, and in the empty stretches behind them as long as they hold."""
    if holds == 0:
        out[where] = values
        return
    last = np.searchsorted(where, np.arange(len(out)), side="right") - 1
    held = (last >= 0) & (np.arange(len(out)) - where[np.maximum(last, 0)] <= holds)
    out[held] = values[last[held]]
