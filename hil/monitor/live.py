"""The live image of a monitored plant: where its newest row and its newest predictions stand.

It is a process image (`hil/loop/image.py`) that the supervisor holds for as long as it lives, so no
reader ever waits for a writer, and a process that was restarted finds it as it was. A child opens
it by what its configuration says under `live`; any other process of the same user by what
`health.json` says.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from hil.bench.layout import Layout
from hil.loop.image import Cell, allot
from hil.loop.shared import SharedMemory

ROW, TWIN, FIRST_SOURCE = 0, 1, 2
"""Cells of the image; from `FIRST_SOURCE` on there is one a source (`sources.py`), in its order."""


def sizes(layout: Layout, sources: Sequence[int]) -> list[int]:
    """Values in each cell; `sources` are the numbers of values that each source reads [-]."""
    return [len(layout.signals) + len(layout.commands), 2 * len(layout.watched), *sources]


@dataclass(frozen=True)
class Live:
    """The open image.

    `row` holds the signals, then the commands of the site [SI], in the order of `Layout`, with
    their qualities; its time is the stamp of the row [ns since 1970]. `twin` holds what is
    predicted of `Layout.watched`, then the half-widths of the bands around it [SI], as of the row
    with its time; a prediction that there is none of has the quality NO_VALUE. `sources` hold what
    the links read, with the reading of the monotonic clock [ns]; they are the loop's business.
    """

    row: Cell
    twin: Cell
    sources: tuple[Cell, ...]

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Self:
        """Open what `told` names: `path` of the memory and `cells`, the values in each."""
        cells = told["cells"]
        memory = SharedMemory(Path(told["path"]), size_of(cells))
        row, twin, *sources = allot(memory.buffer, cells)
        return cls(row, twin, tuple(sources))


def size_of(cells: Sequence[int]) -> int:
    """Bytes that an image of such cells takes [B]."""
    return sum(Cell.size(n) for n in cells)


def told(memory: SharedMemory, cells: Sequence[int]) -> dict[str, Any]:
    """What `Live.of` needs, as JSON types."""
    return {"path": str(memory.path), "cells": list(cells)}
