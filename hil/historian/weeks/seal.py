"""Sealing: an hour of newest rows becomes a block of chunks and roll-ups, in one transaction."""

from collections.abc import Mapping
from zlib import crc32

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.codec import encode
from hil.historian.weeks.ints import pack
from hil.historian.weeks.iso_week import HOUR_NS
from hil.historian.weeks.layout import channels_of
from hil.historian.weeks.newest import delete_rows, rows_between
from hil.historian.weeks.open_minutes import delete_minutes
from hil.historian.weeks.query import many, one
from hil.historian.weeks.rollup import Stretches, encode_minutes, minutes_of, rolled
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
    end_ns = hour_ns + HOUR_NS
    newest = rows_between(db, generation, hour_ns, end_ns)
    block = _insert_block(db, generation, hour_ns, newest.t_ns)
    begins, per_minute = minutes_of(newest.t_ns)
    columns = np.ascontiguousarray(newest.values.T)
    marks = np.ascontiguousarray(newest.quality.T)
    ids = channels_of(db, generation)
    for channel, values, quality in zip(ids, columns, marks, strict=True):
        number = chunk_id(block, channel)
        chunk, form = encode(values, _resolution(db, channel))
        runs = pack_runs(quality)
        check = crc32(runs or b"", crc32(chunk))
        db.execute("INSERT INTO chunks VALUES (?, ?, ?, ?)", (number, check, chunk, runs))
        by_minute = rolled(values, begins)
        data = encode_minutes(by_minute, per_minute, form)
        db.execute("INSERT INTO minutes VALUES (?, ?, ?)", (number, crc32(data), data))
        insert_hour(db, channel, block, by_minute)
    delete_rows(db, generation, hour_ns, end_ns)
    delete_minutes(db, generation, hour_ns, end_ns)


def insert_hour(db: apsw.Connection, channel: int, block: int, minutes: Stretches) -> None:
    """Keep what lay in a whole block, by its minutes; nothing if there was no number."""
    has = minutes.count > 0
    if not has.any():
        return
    share = minutes.count[has] / minutes.count[has].sum()
    low, high = float(minutes.low[has].min()), float(minutes.high[has].max())
    with np.errstate(over="ignore"):
        mean = min(max(float((minutes.mean[has] * share).sum()), low), high)
    db.execute(
        "INSERT INTO hours VALUES (?, ?, ?, ?, ?, ?)",
        (channel, block, low, mean, high, int(minutes.count.sum())),
    )


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
    found: float | None = one(db, "SELECT resolution FROM channels WHERE id = ?", (channel,))
    return found


def _due(db: apsw.Connection, reached: Mapping[str, int], now_ns: int) -> tuple[int, int] | None:
    """Generation and hour of the oldest rows, if nothing more can be expected to join them."""
    for generation, stream, first, newest in many(
        db,
        "SELECT g.id, g.stream, min(t_ns),"
        " (SELECT max(id) FROM generations WHERE stream = g.stream)"
        " FROM newest JOIN generations g ON g.id = generation GROUP BY generation",
    ):
        hour_ns = first // HOUR_NS * HOUR_NS
        end_ns = hour_ns + HOUR_NS
        over = generation != newest or now_ns >= end_ns + GRACE_NS
        if over or reached.get(stream, end_ns) >= end_ns:
            return generation, hour_ns
    return None
