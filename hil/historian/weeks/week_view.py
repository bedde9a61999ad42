"""One week as it is at one moment, whatever its writer goes on doing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from zlib import crc32

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.codec import Form, decode, head_of
from hil.historian.weeks.ints import Damaged, unpack
from hil.historian.weeks.iso_week import stamp
from hil.historian.weeks.layout import Layout
from hil.historian.weeks.minute_marks import MinuteMarks, minute_marks
from hil.historian.weeks.newest import Newest, numbers_between, row_before, rows_between
from hil.historian.weeks.open_minutes import minutes_between
from hil.historian.weeks.query import first, many
from hil.historian.weeks.rollup import Squeezed, Stretches, released_minutes
from hil.historian.weeks.runs import unpack_runs
from hil.historian.weeks.schema import chunk_id

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Marks = NDArray[np.uint8]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one generation that are sealed."""

    number: int
    generation: int
    hour_ns: int
    first_ns: int
    last_ns: int
    rows: int


class WeekView:
    """What is in a file. What is damaged is told to `note` and left out, the rest is given."""

    def __init__(self, db: apsw.Connection, layout: Layout, note: Callable[[str], None]) -> None:
        self.db, self.layout, self._note = db, layout, note

    @property
    def has_hours(self) -> bool:
        """Whether the tables are as new as the roll-ups of hours."""
        return bool(self.db.pragma("user_version") >= 2)

    @property
    def has_open_minutes(self) -> bool:
        """Whether the tables are as new as the minutes of rows that are not sealed."""
        return bool(self.db.pragma("user_version") >= 3)

    def span_ns(self) -> tuple[int, int] | None:
        """First and last time [ns since 1970]; None without rows."""
        found = first(
            self.db,
            "SELECT min(a), max(b) FROM (SELECT min(first_ns) a, max(last_ns) b FROM blocks"
            " UNION ALL SELECT (SELECT min(t_ns) FROM newest WHERE generation = g.id),"
            " (SELECT max(t_ns) FROM newest WHERE generation = g.id) FROM generations g)",
        )
        return None if found is None or found[0] is None else (found[0], found[1])

    def blocks(self, generations: Sequence[int], t0_ns: int, t1_ns: int) -> list[Block]:
        """Blocks that may hold a time of `t0_ns <= t < t1_ns` [ns since 1970], in order."""
        marks = ", ".join("?" * len(generations))
        found = many(
            self.db,
            "SELECT id, generation, hour_ns, first_ns, last_ns, rows FROM blocks"
            f" WHERE generation IN ({marks}) AND last_ns >= ? AND first_ns < ? ORDER BY first_ns",
            (*generations, t0_ns, t1_ns),
        )
        return [Block(*row) for row in found]

    def newest(self, generation: int, t0_ns: int, t1_ns: int, most: int = -1) -> Newest:
        """Rows of `t0_ns <= t < t1_ns` [ns since 1970] that are not sealed; -1 is all of them."""
        return rows_between(self.db, generation, t0_ns, t1_ns, most)

    def newest_numbers(
        self, generation: int, t0_ns: int, t1_ns: int, columns: Sequence[int]
    ) -> tuple[Times, list[Floats]]:
        """Times [ns since 1970] of such rows, and the numbers of some of their columns."""
        return numbers_between(self.db, generation, t0_ns, t1_ns, columns)

    def open_minutes(
        self, generation: int, t0_ns: int, t1_ns: int, columns: Sequence[int]
    ) -> tuple[Times, list[Stretches], int]:
        """Minutes of such rows, some of their columns, and the end of the last minute [ns]."""
        return minutes_between(self.db, generation, t0_ns, t1_ns, columns)

    def newest_before(self, generation: int, t_ns: int) -> Newest:
        """The last row at or before `t_ns` [ns since 1970] that is not sealed, or none."""
        return row_before(self.db, generation, t_ns)

    def times(self, block: Block) -> Times | None:
        """Times of a block [ns since 1970]; None if they are damaged."""
        return self._unless_damaged(block, None, lambda: self._times(block))

    def marks(self, block: Block) -> MinuteMarks | None:
        """Where the minutes of a block lie; None if its times are damaged."""
        return self._unless_damaged(
            block, None, lambda: minute_marks(self._packed_times(block), block.rows)
        )

    def chunk(self, block: Block, channel: int) -> tuple[Floats, Marks] | None:
        """Values and qualities of a channel in a block; None if they are damaged."""
        return self._unless_damaged(block, channel, lambda: self._chunk(block, channel))

    def form(self, block: Block, channel: int) -> Form | None:
        """How the integers of a chunk stand for values; None if it is damaged."""
        return self._unless_damaged(block, channel, lambda: self._form(block, channel))

    def minutes(self, block: Block, channel: int, count: int) -> Squeezed | None:
        """So many minutes of a channel in a block; None if they are damaged."""
        return self._unless_damaged(block, channel, lambda: self._minutes(block, channel, count))

    def hours(self, channel: int) -> Floats:
        """float64[n, 5], blocks with a number: which one, and its low, mean, high, count."""
        found = many(
            self.db,
            "SELECT block, low, mean, high, count FROM hours WHERE channel = ? ORDER BY block",
            (channel,),
        )
        return np.array(found, np.float64).reshape(-1, 5)

    def gaps(self, t0_ns: int, t1_ns: int) -> list[tuple[int, int, str]]:
        """From, to [ns since 1970] and why, of those that touch the times."""
        found = many(
            self.db,
            "SELECT from_ns, to_ns, why FROM gaps WHERE to_ns > ? AND from_ns < ?",
            (t0_ns, t1_ns),
        )
        return [(a, b, why) for a, b, why in found]

    def _times(self, block: Block) -> Times:
        return unpack(self._packed_times(block), block.rows)

    def _packed_times(self, block: Block) -> bytes:
        return _sound(first(self.db, "SELECT crc, times FROM blocks WHERE id = ?", (block.number,)))

    def _chunk(self, block: Block, channel: int) -> tuple[Floats, Marks]:
        number = chunk_id(block.number, channel)
        row = first(self.db, "SELECT crc, numbers, qualities FROM chunks WHERE id = ?", (number,))
        if row is None:
            raise Damaged("it is not there")
        check, numbers, qualities = row
        if crc32(qualities or b"", crc32(numbers)) != check:
            raise Damaged("it does not have its checksum")
        return decode(numbers, block.rows), unpack_runs(qualities, block.rows)

    def _form(self, block: Block, channel: int) -> Form:
        number = chunk_id(block.number, channel)
        row = first(self.db, "SELECT numbers FROM chunks WHERE id = ?", (number,))
        return head_of(b"" if row is None else row[0])[0]

    def _minutes(self, block: Block, channel: int, count: int) -> Squeezed:
        number = chunk_id(block.number, channel)
        row = first(self.db, "SELECT crc, data FROM minutes WHERE id = ?", (number,))
        return released_minutes(_sound(row), count)

    def _unless_damaged(
        self, block: Block, channel: int | None, read: Callable[[], _T]
    ) -> _T | None:
        try:
            return read()
        except (Damaged, apsw.CorruptError) as error:
            of = "times" if channel is None else self.layout.channels[channel][1].key
            self._note(f"hour {stamp(block.hour_ns)}, {of}: {error}")
            return None


def broken_pages(db: apsw.Connection) -> list[str]:
    """What SQLite itself finds wrong in a file."""
    found = [str(row[0]) for row in many(db, "PRAGMA integrity_check(20)")]
    return [] if found == ["ok"] else found


def _sound(row: tuple[Any, ...] | None) -> bytes:
    if row is None:
        raise Damaged("it is not there")
    check, data = row
    if crc32(data) != check:
        raise Damaged("it does not have its checksum")
    return bytes(data)
