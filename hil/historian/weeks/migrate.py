"""Bringing a file of an older version forward, in one transaction."""

from zlib import crc32

import apsw

from hil.historian.weeks import schema


def forward(db: apsw.Connection) -> bool:
    """Bring the tables to the newest version; False if they were."""
    version = db.pragma("user_version")
    if version >= schema.VERSION:
        return False
    with db:
        if version < 2:
            _hours_from_minutes(db)
        db.pragma("user_version", schema.VERSION)
    return True


def _hours_from_minutes(db: apsw.Connection) -> None:
    """Version 2 knows what lay in each hour."""
    from hil.historian.weeks.ints import unpack
    from hil.historian.weeks.rollup import decode_minutes
    from hil.historian.weeks.seal import insert_hour, minutes_of

    db.execute(schema.HOURS)
    for block, rows, crc, packed in db.execute(
        "SELECT id, rows, crc, times FROM blocks"
    ).fetchall():
        if crc32(packed) != crc:
            continue  # as unreadable as before; `hukka data check` says so
        _, times = minutes_of(unpack(packed, rows))
        low, high = schema.chunk_id(block, 0), schema.chunk_id(block + 1, 0)
        for number, check, data in db.execute(
            "SELECT id, crc, data FROM minutes WHERE id >= ? AND id < ?", (low, high)
        ).fetchall():
            if crc32(data) == check:
                insert_hour(db, number - low, block, decode_minutes(data, times))
