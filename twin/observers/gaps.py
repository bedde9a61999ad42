"""Rows that are missing: a short gap is filled with rows that say nothing, a long one is told."""

from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray


class RowsLike(Protocol):
    """Rows of a trend, or of a plant that is simulated."""

    @property
    def t_ns(self) -> NDArray[np.int64]:
        """End of each row; 0 and before is the warm-up [ns]."""
        ...

    @property
    def measured(self) -> NDArray[np.float64]:
        """float64[rows, signals] [SI]."""
        ...

    @property
    def good(self) -> NDArray[np.bool_]:
        """Whether each reading may be believed."""
        ...

    @property
    def commands(self) -> NDArray[np.float64]:
        """float64[rows, commands] [-]."""
        ...

    @property
    def commanded(self) -> NDArray[np.bool_]:
        """Whether each command was read."""
        ...


class Rows(NamedTuple):
    """Rows as `SiteObserver.follow` takes them."""

    t_ns: NDArray[np.int64]
    measured: NDArray[np.float64]
    good: NDArray[np.bool_]
    commands: NDArray[np.float64]
    commanded: NDArray[np.bool_]

    @classmethod
    def like(cls, rows: RowsLike) -> Self:
        """The same, of what has more."""
        return cls(rows.t_ns, rows.measured, rows.good, rows.commands, rows.commanded)

    def of(self, which: slice | NDArray[np.bool_]) -> "Rows":
        """Some of the rows."""
        t_ns, measured, good, commands, commanded = self
        return Rows(t_ns[which], measured[which], good[which], commands[which], commanded[which])


def in_order(rows: Rows, last_ns: int | None) -> Rows:
    """Without rows that are not later than all before them: the same again, or from the past."""
    before = np.iinfo(np.int64).min if last_ns is None else last_ns
    highest = np.maximum.accumulate(np.concatenate([[before], rows.t_ns]))
    later = rows.t_ns > highest[:-1]
    return rows if later.all() else rows.of(later)


def stretches(
    rows: Rows, last_ns: int | None, period_ns: int, most: int
) -> Iterator[tuple[bool, Rows]]:
    """Rows without a hole between them, and whether what was before them is too long ago.

    Where at most `most` whole periods are missing, rows without any good value stand for them.

    Args:
        rows: each later than the one before it.
        last_ns: time of the row before these; None of the first ever.
        period_ns: time between rows.
        most: rows that a gap may have to be filled [-].
    """
    if len(rows.t_ns) == 0:
        return
    before = rows.t_ns[0] - period_ns if last_ns is None else last_ns
    apart = np.diff(rows.t_ns, prepend=before)
    lost, odd = np.divmod(apart, period_ns)
    lost -= 1
    broken = (odd != 0) | (lost > most)
    begins = sorted({0, *np.flatnonzero(broken).tolist()})
    for begin, end in pairwise([*begins, len(rows.t_ns)]):
        cut = rows.of(slice(begin, end))
        missing = lost[begin:end].copy()
        missing[0] = 0 if broken[begin] else missing[0]
        yield bool(broken[begin]), _filled(cut, missing, period_ns)


def _filled(rows: Rows, missing: NDArray[np.int64], period_ns: int) -> Rows:
    """With `missing[rows]` rows of nothing before each row."""
    if not missing.any():
        return rows
    at = np.arange(len(missing)) + np.cumsum(missing)
    size = int(at[-1]) + 1
    t_ns = rows.t_ns[-1] - period_ns * np.arange(size - 1, -1, -1)
    nan, no = np.nan, False
    columns = []
    for column, nothing in zip(rows[1:], (nan, no, nan, no), strict=True):
        full = np.full((size, column.shape[1]), nothing, column.dtype)
        full[at] = column
        columns.append(full)
    return Rows(t_ns, *columns)
