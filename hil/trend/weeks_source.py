"""The data folder of a monitor as measured data: readings and commands of all its weeks."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hil.historian.weeks import Weeks
from hil.trend.piece import Lost, Piece
from hil.trend.run_source import RunPiece
from twin.errors import BadInput

WEEKS: Final = "weeks"
"""What a data folder has in it."""
_STREAM: Final = "measured"


class WeeksSource:
    """Columns are named as in the historian: `PART.VARIABLE:measured`, `PART.VARIABLE:command`."""

    row_word = "row"
    what = "data folder"

    def __init__(self, folder: Path) -> None:
        self._folder = folder / WEEKS
        with Weeks(self._folder) as weeks:
            channels = weeks.channels
        self._keys = [k for k in channels if k.rpartition(":")[2] in ("measured", "command")]
        if not self._keys:
            raise BadInput(f"{self._folder}: no samples in it")
        self.names = ("time", *self._keys)
        self.units: tuple[str | None, ...] = (None, *(channels[k].unit for k in self._keys))

    def pieces(self, lost: Lost) -> Iterator[Piece]:
        """All rows, in the order of their times."""
        with Weeks(self._folder) as weeks:
            first, last = weeks.span_ns() or (0, -1)
            row = 1
            for rows in weeks.rows(_STREAM, first, last + 1, self._keys):
                yield RunPiece(rows.t_ns, rows.values, row)
                row += len(rows)
