"""How restless the innovations of a signal are, beside what commissioning saw.

Where a model has become worse (fronts in pipes with little flow, a heat pump that starts every few
hours), what it is off by changes from block to block. A fault changes it once: so the change that a
fifth of the last hours exceed says how much less short windows are to be believed. What was so once
comes again the next day, and is forgotten slowly.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.settings import DAY_BLOCKS

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

APART = 3
"""Blocks between the two whose difference is looked at [-]: what is off for less is noise."""
LATELY = 36
"""Differences that are remembered of each signal [-]: 3 h (tuned on plants 2 and 3)."""
SHARE = 0.8
"""Quantile of them [-] (assumed): a step of a fault is in 3 of them."""

FORGOTTEN = 7.0 * DAY_BLOCKS
"""Blocks in which it is forgotten [-]: a weekend changes nothing (assumed)."""


class Restless:
    """Of m signals, block by block; a block in which one is not usable is none of it."""

    def __init__(self, m: int) -> None:
        self._last = np.full((m, APART), np.nan)
        self._changes = np.full((m, LATELY), np.nan)
        self._next, self._filled = np.zeros(m, np.intp), np.zeros(m, np.intp)
        self.held = np.zeros(m)
        """float64[m], the most that it was, slowly forgotten."""

    def take(self, residual: Floats, usable: Flags) -> None:
        """One block: float64[m], innovations less what is expected."""
        own = np.flatnonzero(usable)
        change = np.abs(residual[own] - self._last[own, 0])
        self._last[own, :-1] = self._last[own, 1:]
        self._last[own, -1] = residual[own]
        own, change = own[np.isfinite(change)], change[np.isfinite(change)]
        self._changes[own, self._next[own]] = change
        self._next[own] = (self._next[own] + 1) % LATELY
        self._filled[own] = np.minimum(self._filled[own] + 1, LATELY)
        self.held[own] = np.maximum(self.held[own] * np.exp(-1.0 / FORGOTTEN), self._now()[own])

    def _now(self) -> Floats:
        """float64[m], the change that a fifth of the last exceed; 0 before there are enough."""
        rank = int(SHARE * LATELY)
        found = np.partition(self._changes, rank, axis=1)[:, rank]
        return np.where(self._filled == LATELY, found, 0.0)


def most(blocks: Iterable[tuple[Floats, Flags]], m: int) -> Floats:
    """float64[m], the most restless that they were."""
    restless, worst = Restless(m), np.zeros(m)
    for residual, usable in blocks:
        restless.take(residual, usable)
        worst = np.maximum(worst, restless.held)
    return worst
