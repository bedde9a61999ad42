"""What is done to a week that is over, and to the last one when there is no other to drop."""

import apsw

from hil.historian.weeks.partition import Partition
from hil.historian.weeks.query import one
from hil.historian.weeks.schema import BUSY_MS, VERSION, chunk_id

_PAGES = 512
"""Free pages that are given back in one piece of work [-]."""
_SHARE = 8
"""One in so many blocks is dropped at a time, the oldest ones [-]."""


def is_untidy(db: apsw.Connection) -> bool:
    """Whether a file has rows to seal, a log, or older tables: whether its writer has work."""
    older = bool(db.pragma("user_version") < VERSION)
    return older or db.pragma("journal_mode") == "wal" or unsealed(db) > 0


def unsealed(db: apsw.Connection) -> int:
    """Rows that are not sealed yet [-]."""
    return int(one(db, "SELECT count(*) FROM newest"))


def give_back(db: apsw.Connection) -> bool:
    """Give some free pages of a file back to the disk; False if it has none."""
    if not db.pragma("freelist_count"):
        return False
    db.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
    return True


def close_log(db: apsw.Connection) -> bool:
    """Make a week that is over a plain file without a log; False while a reader is in it.

    It can be copied then, or read from a disk that nobody can write to.
    """
    db.set_busy_timeout(0)
    try:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        db.execute("PRAGMA journal_mode = DELETE").fetchall()
    except apsw.BusyError:
        return False
    finally:
        db.set_busy_timeout(BUSY_MS)
    return True


def drop_oldest_hours(partition: Partition) -> bool:
    """Drop an eighth of the blocks, the oldest ones; False if there are none."""
    db = partition.db
    count = one(db, "SELECT count(*) FROM blocks")
    if not count:
        return False
    with db:
        oldest = -(-count // _SHARE)
        until = one(db, "SELECT id FROM blocks ORDER BY id LIMIT 1 OFFSET ?", (oldest - 1,))
        for table in ("chunks", "minutes"):
            db.execute(f"DELETE FROM {table} WHERE id < ?", (chunk_id(until + 1, 0),))
        db.execute("DELETE FROM hours WHERE block <= ?", (until,))
        db.execute("DELETE FROM blocks WHERE id <= ?", (until,))
    db.execute("PRAGMA incremental_vacuum").fetchall()
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return True
