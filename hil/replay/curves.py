"""One channel over many cells, ready to draw."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hil.replay.cells import Cell
from twin.diagnosis.learned import Plant

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """One channel, cell by cell [SI]; NaN where there is nothing."""

    name: str
    unit: str
    zero: float
    """Where the scale of its sensor begins [SI]."""
    from_ns: NDArray[np.int64]
    to_ns: NDArray[np.int64]
    low: Floats
    high: Floats
    model_low: Floats
    model_high: Floats
    residual: Floats
    residual_low: Floats
    residual_high: Floats
    band: Floats
    effect: Floats
    """Residual that the named fault gives per unit of its size, at the size that it has."""

    @property
    def judged(self) -> bool:
        """Whether there is any residual."""
        return bool(np.isfinite(self.residual).any())


def curves(plant: Plant, cells: Sequence[Cell], name: str) -> Curves:
    """One channel of the cells."""
    names = [channel.name for channel in plant.channels]
    channel = plant.channels[names.index(name)]
    nothing = np.full(len(cells), np.nan)

    def read(what: str) -> Floats:
        at = names.index(name)
        return np.array([getattr(c, what)[at] for c in cells])

    def judged(what: str) -> Floats:
        at = channel.watched
        return nothing if at is None else np.array([getattr(c, what)[at] for c in cells])

    return Curves(
        name,
        channel.unit,
        channel.zero,
        np.array([c.from_ns for c in cells], np.int64),
        np.array([c.to_ns for c in cells], np.int64),
        **{what: read(what) for what in ("low", "high", "model_low", "model_high")},
        **{w: judged(w) for w in ("residual", "residual_low", "residual_high", "band")},
        effect=nothing if channel.watched is None else judged("effect"),
    )
