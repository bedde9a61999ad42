"""Bringing a file of an older version forward, in one transaction."""

from zlib import crc32

import apsw

from hil.historian.weeks import schema
from hil.historian.weeks.ints import unpack
from hil.historian.weeks.query import many
from hil.historian.weeks.rollup import decode_minutes, minutes_of, released_minutes
from hil.historian.weeks.seal import insert_hour


def forward(db: apsw.Connection) -> bool:
    """Bring the tables to the newest version; False if they were."""
    version = db.pragma("user_version")
    if version >= schema.VERSION:
        return False
    with db:
        if version < 2:
            _hours_from_minutes(db)
        if version < 3:
            db.execute(schema.OPEN_MINUTES)  # the next commit fills them
        db.pragma("user_version", schema.VERSION)
    return True


def _hours_from_minutes(db: apsw.Connection) -> None:
    """Version 2 knows what lay in each hour."""
    db.execute(schema.HOURS)
    for block, rows, crc, packed in many(db, "SELECT id, rows, crc, times FROM blocks"):
        if crc32(packed) != crc:
            continue  # as unreadable as before; `hukka data check` says so
        _, per_minute = minutes_of(unpack(packed, rows))
        low, high = schema.chunk_id(block, 0), schema.chunk_id(block + 1, 0)
        for number, check, data in many(
            db, "SELECT id, crc, data FROM minutes WHERE id >= ? AND id < ?", (low, high)
        ):
            if crc32(data) == check:
                squeezed = released_minutes(data, len(per_minute))
                insert_hour(db, number - low, block, decode_minutes([squeezed], per_minute))
