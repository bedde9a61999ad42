"""Sealing: an hour of newest rows becomes a block of chunks and roll-ups, in one transaction."""

from collections.abc import Mapping
from zlib import crc32

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.codec import encode
from hil.historian.weeks.ints import pack
from hil.historian.weeks.iso_week import HOUR_NS, MINUTE_NS
from hil.historian.weeks.partition import channels_of
from hil.historian.weeks.rollup import Stretches, encode_minutes, rolled
from hil.historian.weeks.runs import pack_runs
from hil.historian.weeks.schema import chunk_id

GRACE_NS = HOUR_NS
"""How long an hour that nobody has written past stays open: the rings may still hold it."""


def seal_one(db: apsw.Connection, reached: Mapping[str, int], now_ns: int) -> bool:
    """Seal the oldest hour that is due in this file; False if none is.

    Args:
        db: the writer's connection.
        reached: newest row of each stream that is still written [ns since 1970].
        now_ns: wall time [ns since 1970].
    """
    found = _due(db, reached, now_ns)
    if found is None:
        return False
    with db:
        seal_hour(db, *found)
    return True


def seal_hour(db: apsw.Connection, generation: int, hour_ns: int) -> None:
    """Move the rows of an hour [ns since 1970], inside a transaction of the caller."""
    within = "FROM newest WHERE generation = ? AND t_ns >= ? AND t_ns < ?"
    bounds = (generation, hour_ns, hour_ns + HOUR_NS)
    rows = db.execute(f"SELECT t_ns, numbers, qualities {within} ORDER BY t_ns", bounds).fetchall()
    ids = channels_of(db, generation)
    t_ns = np.array([row[0] for row in rows], np.int64)
    numbers = np.frombuffer(b"".join(r[1] for r in rows), "<f8").reshape(len(rows), len(ids))
    good = bytes(len(ids))
    qualities = np.frombuffer(b"".join(r[2] or good for r in rows), np.uint8)
    block = _insert_block(db, generation, hour_ns, t_ns)
    minutes, times = minutes_of(t_ns)
    columns = np.ascontiguousarray(numbers.T)
    marks = np.ascontiguousarray(qualities.reshape(numbers.shape).T)
    for channel, values, quality in zip(ids, columns, marks, strict=True):
        resolution = _resolution(db, channel)
        chunk, form = encode(values, resolution)
        runs = pack_runs(quality)
        db.execute(
            "INSERT INTO chunks VALUES (?, ?, ?, ?)",
            (chunk_id(block, channel), crc32(runs or b"", crc32(chunk)), chunk, runs),
        )
        by_minute = rolled(values, minutes)
        data = encode_minutes(by_minute, times, form)
        db.execute(
            "INSERT INTO minutes VALUES (?, ?, ?)", (chunk_id(block, channel), crc32(data), data)
        )
        insert_hour(db, channel, block, by_minute)
    db.execute(f"DELETE {within}", bounds)


def minutes_of(t_ns: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where in a block's times each of its minutes begins, and how many rows it has."""
    minute = t_ns // MINUTE_NS
    begins = np.concatenate([[0], np.flatnonzero(np.diff(minute)) + 1]).astype(np.intp)
    return begins, np.diff(np.append(begins, len(t_ns))).astype(np.float64)


def insert_hour(db: apsw.Connection, channel: int, block: int, minutes: Stretches) -> None:
    """Keep what lay in a whole block, by its minutes."""
    count = minutes.count.sum()
    if count == 0:
        row = (channel, block, None, None, None, 0)
    else:
        has = minutes.count > 0
        mean = np.average(minutes.mean[has], weights=minutes.count[has])
        low, high = minutes.low[has].min(), minutes.high[has].max()
        row = (channel, block, float(low), float(mean), float(high), int(count))  # type: ignore[assignment]
    db.execute("INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?)", row)


def _insert_block(
    db: apsw.Connection, generation: int, hour_ns: int, t_ns: NDArray[np.int64]
) -> int:
    times = pack(t_ns)
    first, last = int(t_ns[0]), int(t_ns[-1])
    db.execute(
        "INSERT INTO blocks(generation, hour_ns, first_ns, last_ns, rows, crc, times)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (generation, hour_ns, first, last, len(t_ns), crc32(times), times),
    )
    return db.last_insert_rowid()


def _resolution(db: apsw.Connection, channel: int) -> float | None:
    found = db.execute("SELECT resolution FROM channels WHERE id = ?", (channel,)).fetchone()
    return None if found[0] is None else float(found[0])


def _due(db: apsw.Connection, reached: Mapping[str, int], now_ns: int) -> tuple[int, int] | None:
    """Generation and hour of the oldest rows, if nothing more can be expected to join them."""
    for generation, stream, first, newest in db.execute(
        "SELECT g.id, g.stream, min(t_ns),"
        " (SELECT max(id) FROM generations WHERE stream = g.stream)"
        " FROM newest JOIN generations g ON g.id = generation GROUP BY generation"
    ).fetchall():
        hour_ns = first // HOUR_NS * HOUR_NS
        end_ns = hour_ns + HOUR_NS
        over = generation != newest or now_ns >= end_ns + GRACE_NS
        if over or reached.get(stream, end_ns) >= end_ns:
            return generation, hour_ns
    return None
