"""How far actuators can be off their commands: one that is told to stand at an end stays there.

A signature is a derivative, and says of a compressor that is told to run at its most that 0.2 more
would make it faster. Only one of the two ways is open there, and near the end only a part of it.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.blocks import Block
from twin.diagnosis.channel import Channel
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.rings import NEVER
from twin.diagnosis.settings import BLOCK_NS, Window

Floats = NDArray[np.float64]

Way = Literal[1, -1]
"""Which way a size goes: above 0, or below."""
WAYS: tuple[Way, Way] = (1, -1)


class Room:
    """Follows commands block by block, for as long as a window is; memory does not grow."""

    def __init__(
        self, hypotheses: Sequence[Hypothesis], channels: Sequence[Channel], blocks: int
    ) -> None:
        command = {f"{c.name}.offset": i for i, c in enumerate(channels) if c.command}
        own = [(j, command[h.name]) for j, h in enumerate(hypotheses) if h.name in command]
        self.columns = np.array([j for j, _ in own], np.int64)
        """int64[n], hypotheses that are an actuator's offset."""
        self._channels = np.array([i for _, i in own], np.int64)
        ends = [(channels[i].low, channels[i].high) for _, i in own]
        self._low, self._high = np.array(ends, float).reshape(-1, 2).T
        self._full = np.array([hypotheses[j].threshold for j, _ in own])
        self._times = np.full(blocks, NEVER)
        self._free = np.ones((blocks, len(WAYS), len(own)))
        self._next = 0

    def take(self, block: Block) -> None:
        """What is left in a block of a full offset, by its mean command; all if that is unknown."""
        if block.readings is None or not len(self.columns):
            return
        stood = block.readings.mean[self._channels]
        free = np.stack([self._high - stood, stood - self._low]) / self._full
        self._times[self._next] = block.t_ns
        self._free[self._next] = np.clip(np.where(np.isnan(free), 1.0, free), 0.0, 1.0)
        self._next = (self._next + 1) % len(self._times)

    def left(self, ends: NDArray[np.int64], window: Window, way: Way) -> Floats:
        """float64[*ends.shape, n], share of a full offset that panes which end at `ends` [ns] let.

        Panes are taken for whole: of one that a signal filled with gaps, its last blocks.
        """
        times = np.roll(self._times, -self._next)
        free = np.roll(self._free[:, WAYS.index(way)], -self._next, axis=0)
        until = np.vstack([np.zeros(len(self.columns)), np.cumsum(free, axis=0)])
        last = np.searchsorted(times, ends, "right")
        first = np.searchsorted(times, ends - window.pane_blocks * BLOCK_NS, "right")
        count = (last - first)[..., None]
        mean: Floats = (until[last] - until[first]) / np.maximum(count, 1)
        return np.where(count > 0, mean, 1.0)
