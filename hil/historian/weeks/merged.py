"""Several streams as one table: a row for every time that any of them has."""

from collections.abc import Iterator, Sequence

import numpy as np

from hil.historian.weeks.channel import MISSING, Rows
from hil.historian.weeks.reader import Weeks
from hil.historian.weeks.row_blocks import cut, none


def merged(weeks: Weeks, keys: Sequence[str], t0_ns: int, t1_ns: int) -> Iterator[Rows]:
    """Rows of `t0_ns <= t < t1_ns` [ns since 1970], block after block.

    Where a stream has no row at a time, its values are NaN with quality NOT_YET.
    """
    sources = [
        _Source(weeks.rows(stream, t0_ns, t1_ns, wanted), wanted)
        for stream, wanted in _by_stream(weeks, keys).items()
    ]
    while waiting := [s for s in sources if s.fill()]:
        until_ns = min(int(s.rows.t_ns[-1]) for s in waiting)
        yield _side_by_side(tuple(keys), [s.take(until_ns) for s in waiting])


class _Source:
    """Blocks of one stream, as far as they were read and not given."""

    def __init__(self, blocks: Iterator[Rows], keys: Sequence[str]) -> None:
        self._blocks, self.rows = blocks, none(keys)

    def fill(self) -> bool:
        """Have rows; False at the end."""
        if not len(self.rows):
            self.rows = next(self._blocks, self.rows)
        return len(self.rows) > 0

    def take(self, until_ns: int) -> Rows:
        """Give away rows up to and with `until_ns` [ns since 1970]."""
        end = int(np.searchsorted(self.rows.t_ns, until_ns, side="right"))
        taken, self.rows = cut(self.rows, slice(0, end)), cut(self.rows, slice(end, None))
        return taken


def _side_by_side(keys: tuple[str, ...], parts: Sequence[Rows]) -> Rows:
    t_ns = np.unique(np.concatenate([part.t_ns for part in parts]))
    values = np.full((len(t_ns), len(keys)), np.nan)
    quality = np.full(values.shape, MISSING, np.uint8)
    for part in parts:
        columns = np.array([keys.index(key) for key in part.keys], np.intp)
        where = np.ix_(np.searchsorted(t_ns, part.t_ns), columns)
        values[where], quality[where] = part.values, part.quality
    return Rows(keys, t_ns, values, quality)


def _by_stream(weeks: Weeks, keys: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for stream in weeks.streams():
        known = set(weeks.keys_of(stream))
        if wanted := [key for key in keys if key in known]:
            found[stream] = wanted
    return found
