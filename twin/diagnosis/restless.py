"""How restless the innovations of a signal are, beside what commissioning saw.

Where a model has become worse (fronts in pipes with little flow, a heat pump that starts every few
hours), what it is off by changes from block to block. A fault changes it once: so the change that a
fifth of the last hours exceed says how much less short windows are to be believed. What was so once
comes again the next day, and is forgotten slowly. Who begins to look in a season that commissioning
did not see knows nothing of its days: the first one is taken to be restless.
"""

from collections.abc import Iterable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.settings import DAY_BLOCKS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

APART = 3
"""Blocks between the two whose difference is looked at [-]: what is off for less is noise."""
LATELY = 36
"""Differences that are remembered of each signal [-]: 3 h (tuned on plants 2 and 3)."""
HOUR_BLOCKS = 12
"""Windows of up to so many blocks see a swing whole [-]."""
SHARE = 0.8
"""Quantile of them [-] (assumed): a step of a fault is in 3 of them."""

FORGOTTEN = 7.0 * DAY_BLOCKS
"""Blocks in which it is forgotten [-]: a weekend changes nothing (assumed)."""
UNSEEN = 5.0
"""Where the operating point is wholly strange, the first day is taken to be so much more restless
than commissioning [-] (plant 1 in June: supply 5, consumer 4.5, flow 4)."""


class Restless:
    """Of m signals, block by block; a block in which one is not usable is none of it."""

    def __init__(self, m: int) -> None:
        self._last = np.full((m, APART), np.nan)
        self._changes = np.full((m, LATELY), np.nan)
        self._next, self._filled = np.zeros(m, np.intp), np.zeros(m, np.intp)
        self._seen = np.zeros(m, np.intp)  # blocks since the first usable one
        self.held = np.zeros(m)
        """float64[m], the most that it was, slowly forgotten."""

    def take(self, residual: Floats, usable: Flags) -> None:
        """One block: float64[m], innovations less what is expected."""
        own = np.flatnonzero(usable)
        self._seen += usable | (self._seen > 0)
        change = np.abs(residual[own] - self._last[own, 0])
        self._last[own, :-1] = self._last[own, 1:]
        self._last[own, -1] = residual[own]
        own, change = own[np.isfinite(change)], change[np.isfinite(change)]
        self._changes[own, self._next[own]] = change
        self._next[own] = (self._next[own] + 1) % LATELY
        self._filled[own] = np.minimum(self._filled[own] + 1, LATELY)
        self.held[own] = np.maximum(self.held[own] * np.exp(-1.0 / FORGOTTEN), self._now()[own])

    def beside(self, usual: Floats, strange: Floats) -> Floats:
        """float64[m], by how much short windows are less to be believed than in commissioning [-].

        Args:
            usual: float64[m], the most restless that they were there.
            strange: float64[m], how strange the operating point is, from 0 to 1.
        """
        unseen = np.where(self._seen < DAY_BLOCKS, 1.0 + (UNSEEN - 1.0) * strange, 1.0)
        return np.maximum(self.held / usual, unseen)

    def table(self) -> Floats:
        """float64[2, m], what `of` takes up; the last hours are not in it."""
        return np.vstack([self.held, self._seen])

    @classmethod
    def of(cls, table: Floats) -> Self:
        """As it was at the time of its `table`."""
        self = cls(table.shape[1])
        self.held, self._seen = table[0].astype(np.float64), table[1].astype(np.intp)
        return self

    def _now(self) -> Floats:
        """float64[m], the change that a fifth of the last exceed; 0 before there are enough."""
        rank = int(SHARE * LATELY)
        found = np.partition(self._changes, rank, axis=1)[:, rank]
        return np.where(self._filled == LATELY, found, 0.0)


def averaged(wider: Floats, blocks: int) -> Floats:
    """What is `wider` [-] in an hour, over a window of so many blocks: swings average out."""
    return np.asarray(np.sqrt(1.0 + (wider**2 - 1.0) * min(1.0, HOUR_BLOCKS / blocks)))


def most(blocks: Iterable[tuple[Floats, Flags]], m: int) -> Floats:
    """float64[m], the most restless that they were."""
    restless, worst = Restless(m), np.zeros(m)
    for residual, usable in blocks:
        restless.take(residual, usable)
        worst = np.maximum(worst, restless.held)
    return worst
