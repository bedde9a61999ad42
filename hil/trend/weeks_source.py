"""The data folder of a monitor as measured data: readings and commands of all its weeks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from hil.historian.weeks import Weeks
from hil.trend.piece import Lost, Piece
from hil.trend.run_source import RunPiece
from twin.errors import BadInput
from twin.signals import Quality

WEEKS: Final = "weeks"
"""What a data folder has in it."""
WHAT: Final = "data folder"
_STREAM: Final = "measured"
_KINDS: Final = ("measured", "command")


class WeeksSource:
    """Columns are named as in the historian: `PART.VARIABLE:measured`, `PART.VARIABLE:command`.

    What the monitor had nobody to ask for is no column: it has never been anything but NOT_YET.
    """

    row_word = "row"
    what = WHAT
    doubts: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        self._folder = folder / WEEKS
        with Weeks(self._folder) as weeks:
            self._span_ns = weeks.span_ns() or (0, -1)
            channels = weeks.channels
            keys = [k for k in weeks.keys_of(_STREAM) if k.rpartition(":")[2] in _KINDS]
            self._keys = _asked_for(weeks, keys, *self._span_ns) if keys else []
            problems = weeks.problems()
        if not self._keys:
            raise BadInput("; ".join([f"{self._folder}: no samples in it", *problems]))
        self.names = ("time", *self._keys)
        self.units: tuple[str | None, ...] = (None, *(channels[k].unit for k in self._keys))

    def pieces(self, lost: Lost) -> Iterator[Piece]:
        """All rows that were there at the beginning, in the order of their times."""
        first, last = self._span_ns
        with Weeks(self._folder) as weeks:
            row = 1
            for rows in weeks.rows(_STREAM, first, last + 1, self._keys):
                yield RunPiece(rows.t_ns, rows.values, row)
                row += len(rows)


def _asked_for(weeks: Weeks, keys: list[str], first_ns: int, last_ns: int) -> list[str]:
    """Keys that have a number, or lack it for another reason than that nobody was asked."""
    mean = weeks.series(keys, first_ns, last_ns + 1, 2).mean
    newest = weeks.at(_STREAM, last_ns, keys).quality
    return [
        key
        for j, key in enumerate(keys)
        if np.isfinite(mean[:, j]).any() or np.any(newest[:, j] != Quality.NOT_YET)
    ]
