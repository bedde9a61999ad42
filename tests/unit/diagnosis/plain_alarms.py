"""Alarms of plain detectors, on and off again, with the innovations that the bank has.

Three a signal: a fixed limit on 10-minute means, k sigma of innovations less the learned bias, and
a two-sided CUSUM of them.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil.campaign.plain import standardised
from twin.diagnosis.blocks import Block
from twin.diagnosis.learned import Learned

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Alarm:
    """One signal's alarm went on."""

    detector: str
    signal: int
    t_ns: int


@dataclass(frozen=True)
class Limits:
    """Of all signals: SI limits of the fixed detector, k [-] and h [sigma], slack [sigma]."""

    fixed: Floats
    """float64[m], SI; inf where none is usual. The score card has 2 K for temperatures."""
    k: float = 4.0
    h: float = 8.0
    slack: float = 1.0


class Baselines:
    """Takes blocks; an alarm of a signal is over when its detector is quiet, and may come again."""

    names = ("fixed limit", "k sigma", "CUSUM")

    def __init__(self, learned: Learned, limits: Limits) -> None:
        m = len(learned.scale)
        self._learned, self._limits = learned, limits
        self._before: Block | None = None
        self._up, self._down = np.zeros(m), np.zeros(m)
        self._on = np.zeros((3, m), bool)

    def take(self, block: Block) -> list[Alarm]:
        """Alarms that went on with this block. A signal that is not usable keeps its state."""
        before, self._before = self._before, block
        if before is None:
            return []
        usable = block.usable & before.usable
        mean = 0.5 * (block.innovation + before.innovation)
        z = standardised(self._learned, block)
        two = 0.5 * (z + standardised(self._learned, before))
        slack = self._limits.slack
        self._up = np.where(usable, np.maximum(self._up + z - slack, 0.0), self._up)
        self._down = np.where(usable, np.maximum(self._down - z - slack, 0.0), self._down)
        now = np.stack(
            [
                np.abs(mean) > self._limits.fixed,
                np.abs(two) > self._limits.k,
                np.maximum(self._up, self._down) > self._limits.h,
            ]
        )
        now = np.where(usable, now, self._on)
        new = now & ~self._on
        self._on = now
        for sums in (self._up, self._down):
            sums[now[2]] = np.minimum(sums[now[2]], 2.0 * self._limits.h)  # so that it can end
        return [Alarm(self.names[d], int(i), block.t_ns) for d, i in np.argwhere(new)]

    @property
    def on(self) -> NDArray[np.bool_]:
        """bool[3, m], alarms that stand now."""
        return self._on.copy()
