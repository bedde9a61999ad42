"""A run folder of the bench as measured data: readings and commands, nothing of the truth."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hil.historian import open_run
from hil.historian.store import FILE
from hil.trend.piece import Lost, Numbers, Piece, Stamps
from hil.trend.stamp_format import Format
from twin.errors import BadInput
from twin.trend.order import BAD, VALUE
from twin.trend.units import Unit

ROWS: Final = 8192
TIME: Final = "t_s"


class RunSource:
    """Columns are named as in the record: `PART.VARIABLE:measured`, `PART.VARIABLE:command`."""

    row_word = "row"
    what = "run folder"
    doubts: tuple[str, ...] = ()

    def __init__(self, folder: Path) -> None:
        self.run = open_run(folder)
        self._folder = folder
        kept = [(i, c) for i, c in enumerate(self.run.columns) if c.kind in ("measured", "command")]
        self._numbers = [i for i, _ in kept]
        self.columns = tuple(c for _, c in kept)
        self.names = (TIME, *(c.key for c in self.columns))
        self.units: tuple[str | None, ...] = ("s", *(c.unit for c in self.columns))

    def pieces(self, lost: Lost) -> Iterator[Piece]:
        """All rows, in the order of their times."""
        path = self._folder / FILE
        picked = ", ".join(["t_ns", *(f"c{i}" for i in self._numbers)])
        row = 1
        try:
            uri = f"{path.absolute().as_uri()}?mode=ro"
            with closing(sqlite3.connect(uri, uri=True)) as db:
                cursor = db.execute(f"SELECT {picked} FROM samples ORDER BY t_ns")
                while rows := cursor.fetchmany(ROWS):
                    values = np.array([r[1:] for r in rows], np.float64)
                    yield RunPiece(np.array([r[0] for r in rows], np.int64), values, row)
                    row += len(rows)
        except sqlite3.Error as error:
            raise BadInput(f"{path}: cannot be read: {error}") from None


class RunPiece:
    """Some rows; a value that was not read well is BAD, not merely absent."""

    def __init__(self, t_ns: NDArray[np.int64], values: NDArray[np.float64], first: int) -> None:
        self.place = np.arange(first, first + len(t_ns), dtype=np.int64)
        self._t_ns, self._values = t_ns, values

    def stamps(self, column: int, format: Format) -> Stamps:
        """Time since the run began."""
        n = len(self._t_ns)
        return Stamps(self._t_ns, np.ones(n, bool), np.zeros(n, np.int64))

    def numbers(
        self, column: int, words: Mapping[str, float], unit: Unit | None, lost: Lost
    ) -> Numbers:
        """Numbers in a column, in SI."""
        values = self._values[:, column - 1]
        return Numbers(values, np.where(np.isfinite(values), VALUE, BAD).astype(np.uint8))

    def texts(self, column: int) -> tuple[NDArray[np.int64], list[str]]:
        """A run has no words."""
        return np.zeros(len(self._t_ns), np.int64), [""]
