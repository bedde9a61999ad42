"""Measured beside predicted over a while, and strips of such cells whose number has a limit.

A strip that is full makes neighbours one: the lowest and the highest value of everything stay.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.settings import BLOCK_NS

Floats = NDArray[np.float64]

HOUR_NS = 12 * BLOCK_NS
"""[ns]"""
RECENT = 288
"""So many blocks of 5 min are remembered as they are [-]: a day."""
REMEMBERED = 40 * 24
"""So many hours before them [-]: no window of the diagnosis looks back further than 30 d."""
TOGETHER = 24
"""Cells that wait to be made one, at most [-]."""


@dataclass(frozen=True)
class Cell:
    """What n channels read, and what m watched signals were expected to read [SI].

    NaN where nothing was read, or where a signal was not fit to be judged.
    """

    from_ns: int
    to_ns: int
    low: Floats
    """float64[n], lowest sample."""
    high: Floats
    model_low: Floats
    """float64[n], lowest sample that a healthy plant was expected to give."""
    model_high: Floats
    residual: Floats
    """float64[m], mean of what was read less what was expected."""
    residual_low: Floats
    """float64[m], lowest mean of 5 min."""
    residual_high: Floats
    band: Floats
    """float64[m], standard deviation of that of a healthy plant, as commissioning knows it."""
    effect: NDArray[np.floating]
    """[m] or [m, k], residual that faults give per unit of size."""
    blocks: Floats
    """float64[m], blocks of 5 min that were fit to be judged [-]."""


def merged(cells: Sequence[Cell]) -> Cell:
    """One cell in place of several, in the order of time."""
    if len(cells) == 1:
        return cells[0]
    blocks = np.array([c.blocks for c in cells])
    total = blocks.sum(axis=0)

    def lowest(name: str) -> Floats:
        return np.fmin.reduce([getattr(c, name) for c in cells])  # type: ignore[no-any-return]

    def highest(name: str) -> Floats:
        return np.fmax.reduce([getattr(c, name) for c in cells])  # type: ignore[no-any-return]

    return Cell(
        cells[0].from_ns,
        cells[-1].to_ns,
        low=lowest("low"),
        high=highest("high"),
        model_low=lowest("model_low"),
        model_high=highest("model_high"),
        residual=_mean(np.array([c.residual for c in cells]), blocks),
        residual_low=lowest("residual_low"),
        residual_high=highest("residual_high"),
        band=_mean(np.array([c.band for c in cells]), blocks),
        effect=_mean(np.array([c.effect for c in cells]), blocks).astype(cells[0].effect.dtype),
        blocks=total,
    )


def _mean(values: NDArray[np.floating], blocks: Floats) -> Floats:
    """Mean over the first axis, each as often as it has blocks; NaN of what has none."""
    shape = (*blocks.shape, *(1,) * (values.ndim - blocks.ndim))
    weight = np.where(np.isfinite(values), blocks.reshape(shape), 0.0)
    total = weight.sum(axis=0)
    mean = (np.where(weight > 0.0, values, 0.0) * weight).sum(axis=0) / np.maximum(total, 1.0)
    return np.where(total > 0.0, mean, np.nan)


class Strip:
    """Cells side by side, at most `most`, each as wide as that needs."""

    def __init__(self, most: int, cells: Iterable[Cell] = ()) -> None:
        self._most, self._width_ns = most, BLOCK_NS
        self._done: list[Cell] = []
        self._last: list[Cell] = []
        """What will be the last cell."""
        for cell in cells:
            self.add(cell)

    @property
    def cells(self) -> list[Cell]:
        """All of them, the oldest first."""
        return [*self._done, merged(self._last)] if self._last else []

    def add(self, cell: Cell) -> None:
        """Put a cell behind the others."""
        self._put(cell)
        while len(self._done) >= self._most:
            self._width_ns *= 2
            narrow, self._done, self._last = [*self._done, *self._last], [], []
            for each in narrow:
                self._put(each)

    def _put(self, cell: Cell) -> None:
        column = (cell.to_ns - 1) // self._width_ns
        if self._last and (self._last[-1].to_ns - 1) // self._width_ns != column:
            self._done.append(merged(self._last))
            self._last = []
        elif len(self._last) == TOGETHER:
            self._last = [merged(self._last)]
        self._last.append(cell)


class History:
    """The last day in blocks of 5 min, the 40 days before in hours."""

    def __init__(self) -> None:
        self._recent: deque[Cell] = deque()
        self._hour: list[Cell] = []
        self._hours: deque[Cell] = deque(maxlen=REMEMBERED)

    def add(self, cell: Cell) -> None:
        """Remember a block."""
        self._recent.append(cell)
        if len(self._recent) <= RECENT:
            return
        old = self._recent.popleft()
        if self._hour and (self._hour[-1].to_ns - 1) // HOUR_NS != (old.to_ns - 1) // HOUR_NS:
            self._hours.append(merged(self._hour))
            self._hour = []
        self._hour.append(old)

    def since(self, t_ns: int) -> list[Cell]:
        """Cells that end after `t_ns`, the oldest first."""
        return [c for c in (*self._hours, *self._hour, *self._recent) if c.to_ns > t_ns]


def of_fault(cell: Cell, column: int | None) -> Cell:
    """The cell with the effect of one fault, or of none."""
    none = np.full(len(cell.blocks), np.nan)
    return replace(cell, effect=none if column is None else cell.effect[:, column].astype(float))
