"""One week as a reader sees it in one snapshot: its channels, blocks and newest rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from zlib import crc32

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.channel import Channel
from hil.historian.weeks.codec import decode
from hil.historian.weeks.ints import Damaged, unpack
from hil.historian.weeks.rollup import Stretches, decode_minutes
from hil.historian.weeks.runs import unpack_runs
from hil.historian.weeks.schema import chunk_id

Floats = NDArray[np.float64]
Times = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one generation that are sealed."""

    number: int
    generation: int
    hour_ns: int
    first_ns: int
    last_ns: int
    rows: int


@dataclass(frozen=True, slots=True)
class Newest:
    """Rows of one generation that are not sealed yet."""

    t_ns: Times
    values: Floats
    quality: NDArray[np.uint8]


@dataclass(frozen=True)
class Layout:
    """Channels of a file, and the lists of them that its rows have had."""

    channels: dict[int, tuple[str, Channel]]
    """Id -> stream, channel."""
    generations: dict[int, tuple[str, list[int]]]
    """Number -> stream, ids in the order of the columns."""

    @cached_property
    def column(self) -> dict[int, dict[str, tuple[int, int]]]:
        """Generation -> key -> (id, column)."""
        return {
            number: {self.channels[c][1].key: (c, i) for i, c in enumerate(ids)}
            for number, (_, ids) in self.generations.items()
        }

    def of_stream(self, stream: str) -> list[int]:
        """Generations of a stream, the oldest first."""
        return [number for number, (name, _) in self.generations.items() if name == stream]


def layout_of(db: apsw.Connection) -> Layout:
    """Reads channels and generations."""
    return Layout(
        {
            row[0]: (row[1], Channel(row[2], row[3], row[4]))
            for row in db.execute("SELECT id, stream, key, unit, resolution FROM channels")
        },
        {
            row[0]: (row[1], json.loads(row[2]))
            for row in db.execute("SELECT id, stream, channels FROM generations ORDER BY id")
        },
    )


def blocks_between(
    db: apsw.Connection, generations: Sequence[int], t0_ns: int, t1_ns: int
) -> list[Block]:
    """Blocks that may hold a time of `t0_ns <= t < t1_ns` [ns since 1970], in order."""
    marks = ", ".join("?" * len(generations))
    found = db.execute(
        "SELECT id, generation, hour_ns, first_ns, last_ns, rows FROM blocks"
        f" WHERE generation IN ({marks}) AND last_ns >= ? AND first_ns < ? ORDER BY first_ns",
        (*generations, t0_ns, t1_ns),
    )
    return [Block(*row) for row in found]


def newest_between(
    db: apsw.Connection, generation: int, t0_ns: int, t1_ns: int, most: int = -1
) -> Newest:
    """Rows of `t0_ns <= t < t1_ns` [ns since 1970] that are not sealed; -1 is all of them."""
    rows = db.execute(
        "SELECT t_ns, numbers, qualities FROM newest"
        " WHERE generation = ? AND t_ns >= ? AND t_ns < ? ORDER BY t_ns LIMIT ?",
        (generation, t0_ns, t1_ns, most),
    ).fetchall()
    return _stacked(rows)


def newest_before(db: apsw.Connection, generation: int, t_ns: int) -> Newest:
    """The last row at or before `t_ns` [ns since 1970] that is not sealed, or none."""
    rows = db.execute(
        "SELECT t_ns, numbers, qualities FROM newest"
        " WHERE generation = ? AND t_ns <= ? ORDER BY t_ns DESC LIMIT 1",
        (generation, t_ns),
    ).fetchall()
    return _stacked(rows)


def times_of(db: apsw.Connection, block: Block) -> Times:
    """Times of a block [ns since 1970].

    Raises:
        Damaged: they are not what was written.
    """
    row = db.execute("SELECT crc, times FROM blocks WHERE id = ?", (block.number,)).fetchone()
    return unpack(_sound(row), block.rows)


def chunk_of(db: apsw.Connection, block: Block, channel: int) -> tuple[Floats, NDArray[np.uint8]]:
    """Values and qualities of a channel in a block.

    Raises:
        Damaged: they are not what was written.
    """
    row = db.execute(
        "SELECT crc, numbers, qualities FROM chunks WHERE id = ?",
        (chunk_id(block.number, channel),),
    ).fetchone()
    if row is None:
        raise Damaged("a chunk is missing")
    check, numbers, qualities = row
    if crc32(qualities or b"", crc32(numbers)) != check:
        raise Damaged("a chunk does not have its checksum")
    return decode(numbers, block.rows), unpack_runs(qualities, block.rows)


def minutes_in(db: apsw.Connection, block: Block, channel: int, times: Floats) -> Stretches:
    """Minutes of a channel in a block; `times` is how many rows each has.

    Raises:
        Damaged: they are not what was written.
    """
    row = db.execute(
        "SELECT crc, data FROM minutes WHERE id = ?", (chunk_id(block.number, channel),)
    ).fetchone()
    return decode_minutes(_sound(row), times)


def _sound(row: tuple[int, bytes] | None) -> bytes:
    if row is None:
        raise Damaged("a roll-up is missing")
    check, data = row
    if crc32(data) != check:
        raise Damaged("it does not have its checksum")
    return data


def _stacked(rows: list[tuple[int, bytes, bytes | None]]) -> Newest:
    if not rows:
        return Newest(np.empty(0, np.int64), np.empty((0, 0)), np.empty((0, 0), np.uint8))
    width = len(rows[0][1]) // 8
    good = bytes(width)
    return Newest(
        np.array([row[0] for row in rows], np.int64),
        np.frombuffer(b"".join([r[1] for r in rows]), "<f8").reshape(-1, width),
        np.frombuffer(b"".join([r[2] or good for r in rows]), np.uint8).reshape(-1, width),
    )
