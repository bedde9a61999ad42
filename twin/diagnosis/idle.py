"""Commands beside the switch of their part: what they do while it is off."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.channel import Channel
from twin.estimation.step import Readings

Flags = NDArray[np.bool_]

SETTLED_BLOCKS = 3
"""A part is off for so many blocks before its other commands are looked at [-] (assumed)."""


class Idle:
    """Follows n channels block by block."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        names = [c.name for c in channels]
        self._has = np.array([c.switch in names for c in channels], bool)
        at = [names.index(c.switch) if c.switch in names else 0 for c in channels]
        self._switch = np.array(at, np.intp)
        self.blocks = np.zeros(len(names))
        """float64[n], for how long the part of each has been off [blocks]."""

    def take(self, seen: Readings) -> Flags:
        """bool[n], commands whose part has been off for long enough."""
        off = self._has & (seen.high[self._switch] < 0.5)
        self.blocks = np.where(off, self.blocks + 1.0, 0.0)
        found: Flags = self.blocks > SETTLED_BLOCKS
        return found
