"""How restless the innovations of a signal are, beside what commissioning saw.

Where a model has become worse (fronts in pipes with little flow, a heat pump that starts every few
hours), what it is off by changes from block to block. A fault changes it once: so the change that a
fifth of the last hours exceed, or half of the last day's hourly means, says how much less short
windows are to be believed. What was so once
comes again the next day, and is forgotten slowly. Who begins to look in a season that commissioning
did not see knows nothing of its days: the first one is taken to be restless. And a fault goes one
way: what was as far off the other way within the last hour swings, and is no step.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.settings import DAY_BLOCKS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FORGOTTEN = 7.0 * DAY_BLOCKS
"""Blocks in which it is forgotten [-]: a weekend changes nothing (assumed)."""
UNSEEN = 5.0
"""Where the operating point is wholly strange, the first day is taken to be so much more restless
than commissioning [-] (plant 1 in June: supply 5, consumer 4.5, flow 4)."""

HOUR_BLOCKS = 12
"""Windows of up to so many blocks see a swing whole [-]."""


@dataclass(frozen=True)
class Scale:
    """The means of `blocks` blocks, beside what they were `apart` of them earlier."""

    blocks: int
    apart: int
    lately: int
    """Changes that are remembered of each signal [-]."""
    share: float
    """Quantile of them that says how restless it is [-]: a step of a fault is in 3 or 1 of them."""


SCALES = (Scale(1, 3, 36, 0.8), Scale(HOUR_BLOCKS, 1, 24, 0.5))
"""What is off for less than a quarter of an hour is noise; 3 h of that are remembered (tuned on
plants 2 and 3 of mantsala). Where water stands in the pipes fronts last for hours: hourly means and
a day of them (plant 1 of kajaani in July: 6 to 14 times what they change by in winter, quarters of
an hour only 2 to 3)."""


KINDS = len(SCALES) + 1
"""What is followed of each signal: its changes on every scale, and its swing."""


class Restless:
    """Of m signals, block by block; a block in which one is not usable is none of it."""

    def __init__(self, m: int) -> None:
        self._scales = tuple(_Changes(m, scale) for scale in SCALES)
        self._hour = np.zeros((HOUR_BLOCKS, m))
        self._seen = np.zeros(m, np.intp)  # blocks since the first usable one

    @property
    def held(self) -> Floats:
        """float64[2, m], the most that each scale changed by, slowly forgotten."""
        return np.array([changes.held for changes in self._scales])

    def take(self, residual: Floats, usable: Flags) -> None:
        """One block: float64[m], innovations less what is expected."""
        self._seen += usable | (self._seen > 0)
        for changes in self._scales:
            changes.take(residual, usable)
        self._hour[:-1] = self._hour[1:]
        self._hour[-1] = np.where(usable, residual, 0.0)

    @property
    def now(self) -> Floats:
        """float64[3, m], what is held of each scale, and by how much the last hour swung."""
        up, down = self._hour.max(axis=0), -self._hour.min(axis=0)
        return np.vstack([self.held, np.maximum(np.minimum(up, down), 0.0)])

    def beside(self, usual: Floats, strange: Floats) -> Floats:
        """float64[3, m], how much more restless it is than in commissioning [-], each at least 1.

        Args:
            usual: float64[3, m], the most restless that they were there.
            strange: float64[m], how strange the operating point is, from 0 to 1.
        """
        unseen = np.where(self._seen < DAY_BLOCKS, 1.0 + (UNSEEN - 1.0) * strange, 1.0)
        found = self.now / usual
        found[:-1] = np.maximum(found[:-1], unseen)
        return np.asarray(np.maximum(found, 1.0))

    def table(self) -> Floats:
        """float64[3, m], what `of` takes up; the last hours are not in it."""
        return np.vstack([self.held, self._seen])

    @classmethod
    def of(cls, table: Floats) -> Self:
        """As it was at the time of its `table`."""
        self = cls(table.shape[1])
        for changes, held in zip(self._scales, table, strict=False):
            changes.held = held.astype(np.float64)
        self._seen = table[-1].astype(np.intp)
        return self


class _Changes:
    """How much the means of a scale change by, of each signal."""

    def __init__(self, m: int, scale: Scale) -> None:
        self._scale, self._blocks = scale, 0
        self._sum, self._count = np.zeros(m), np.zeros(m, np.intp)
        self._last = np.full((m, scale.apart), np.nan)
        self._changes = np.full((m, scale.lately), np.nan)
        self._next, self._filled = np.zeros(m, np.intp), np.zeros(m, np.intp)
        self.held = np.zeros(m)

    def take(self, residual: Floats, usable: Flags) -> None:
        self._blocks += 1
        self._sum[usable] += residual[usable]
        self._count += usable
        if self._blocks < self._scale.blocks:
            return
        own = np.flatnonzero(2 * self._count >= self._blocks)
        self._mean(own, self._sum[own] / self._count[own])
        self._blocks, self._sum[:], self._count[:] = 0, 0.0, 0

    def _mean(self, own: NDArray[np.intp], mean: Floats) -> None:
        scale = self._scale
        change = np.abs(mean - self._last[own, 0])
        self._last[own, :-1] = self._last[own, 1:]
        self._last[own, -1] = mean
        own, change = own[np.isfinite(change)], change[np.isfinite(change)]
        self._changes[own, self._next[own]] = change
        self._next[own] = (self._next[own] + 1) % scale.lately
        self._filled[own] = np.minimum(self._filled[own] + 1, scale.lately)
        left = np.exp(-scale.blocks / FORGOTTEN)
        self.held[own] = np.maximum(self.held[own] * left, self._now()[own])

    def _now(self) -> Floats:
        """float64[m], the quantile of the last changes; 0 before there are enough."""
        lately = self._scale.lately
        rank = int(self._scale.share * lately)
        found = np.partition(self._changes, rank, axis=1)[:, rank]
        return np.where(self._filled == lately, found, 0.0)


def widened(beside: Floats, blocks: int) -> Floats:
    """float64[m], of standard deviations of a window of so many blocks, by what it is `beside` [-].

    Swings of quarters of an hour average out. Those of hours are for windows that do not hold one:
    over more of them they leave little, and a fault that comes and goes with its part is one too.
    What is shorter than an hour sees the worst of a swing, of which a quantile says nothing: it is
    doubted twice (tuned on plant 1 of kajaani and of mantsala).
    """
    if blocks <= HOUR_BLOCKS:
        worst = np.asarray(beside[:-1].max(axis=0))
        return worst if blocks == HOUR_BLOCKS else np.maximum(worst**2, beside[-1])
    return np.asarray(np.sqrt(1.0 + (beside[0] ** 2 - 1.0) * HOUR_BLOCKS / blocks))


def most(blocks: Iterable[tuple[Floats, Flags]], m: int) -> Floats:
    """float64[3, m], the most restless that they were."""
    restless, worst = Restless(m), np.zeros((KINDS, m))
    for residual, usable in blocks:
        restless.take(residual, usable)
        worst = np.maximum(worst, restless.now)
    return worst
