"""Rows that come late are put back where they belong, if they are not too late."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Rows of a table: `t_ns` [ns], where each stands (line or row number), one payload."""

    t_ns: Times
    place: Times
    values: NDArray[np.float64]
    """float64[rows, columns], as the file has them."""
    state: NDArray[np.uint8]
    """uint8[rows, columns]: `VALUE`, `EMPTY` or `BAD`."""

    def take(self, index: NDArray[np.intp] | NDArray[np.bool_] | slice) -> "Rows":
        """Some of them, or all in another order."""
        return Rows(self.t_ns[index], self.place[index], self.values[index], self.state[index])

    def __len__(self) -> int:
        return len(self.t_ns)


VALUE, EMPTY, BAD = 0, 1, 2
"""A number; nothing was logged; the source itself says that it has no good value."""


def no_rows(columns: int) -> Rows:
    """A table without rows."""
    nothing = np.empty(0, np.int64)
    return Rows(nothing, nothing, np.empty((0, columns)), np.empty((0, columns), np.uint8))


def joined(a: Rows, b: Rows) -> Rows:
    """Rows of `a`, then those of `b`."""
    if not len(a):
        return b
    return Rows(
        np.concatenate([a.t_ns, b.t_ns]),
        np.concatenate([a.place, b.place]),
        np.concatenate([a.values, b.values]),
        np.concatenate([a.state, b.state]),
    )


@dataclass(frozen=True)
class TooLate(Exception):
    """A row that comes after rows which the window has let go already."""

    place: int
    t_ns: int
    newest_ns: int


class Reorder:
    """Keeps back what is newer than `window_ns` before the newest row; sorts it by time."""

    def __init__(self, columns: int, window_ns: int) -> None:
        self._window_ns = window_ns
        self._kept = no_rows(columns)
        self._gone_ns: int | None = None
        self._newest_ns: int | None = None
        self.late = 0
        """Rows that came after a newer one [-]."""

    def push(self, rows: Rows) -> Rows:
        """Rows that are safe to use now, in the order of their times.

        Raises:
            TooLate: a row is older than what was handed out before.
        """
        if not len(rows):
            return rows
        before = rows.t_ns[0] if self._newest_ns is None else self._newest_ns
        newest = np.maximum.accumulate(np.concatenate([[before], rows.t_ns]))
        late = rows.t_ns < newest[:-1]
        self.late += int(late.sum())
        # judged row by row, so that it does not depend on where the pieces of a file end
        too_late = late & (rows.t_ns < newest[:-1] - self._window_ns)
        if too_late.any():
            worst = int(np.argmax(too_late))
            raise TooLate(int(rows.place[worst]), int(rows.t_ns[worst]), int(newest[worst]))
        self._newest_ns = int(newest[-1])
        everything = joined(self._kept, rows)
        if late.any() or len(self._kept):
            everything = everything.take(np.argsort(everything.t_ns, kind="stable"))
        ready = int(
            np.searchsorted(everything.t_ns, self._newest_ns - self._window_ns, side="left")
        )
        self._kept = everything.take(slice(ready, None))
        return everything.take(slice(0, ready))

    def rest(self) -> Rows:
        """What is still kept when the source has ended."""
        kept, self._kept = self._kept, self._kept.take(slice(0, 0))
        return kept
