"""The file of a week: its tables, its version, and how a connection to it is opened."""

from pathlib import Path
from typing import Final

import apsw

from hil.historian.weeks.query import one
from twin.errors import BadInput

VERSION: Final = 3
"""Of the tables. 1 had no roll-ups of hours, 2 none of minutes that are not sealed."""
APPLICATION: Final = 0x68756B6B  # "hukk"
PAGE_BYTES: Final = 8192
WAL_BYTES: Final = 4 << 20
BUSY_MS: Final = 5000
"""How long a connection waits for another that is at the same file [ms]."""

_TABLES: Final = """
CREATE TABLE channels(
  id INTEGER PRIMARY KEY, stream TEXT NOT NULL, key TEXT NOT NULL, unit TEXT NOT NULL,
  resolution REAL);
CREATE TABLE generations(id INTEGER PRIMARY KEY, stream TEXT NOT NULL, channels TEXT NOT NULL);
CREATE TABLE newest(
  id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, t_ns INTEGER NOT NULL,
  numbers BLOB NOT NULL, qualities BLOB);
CREATE UNIQUE INDEX newest_by_time ON newest(generation, t_ns);
CREATE TABLE blocks(
  id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, hour_ns INTEGER NOT NULL,
  first_ns INTEGER NOT NULL, last_ns INTEGER NOT NULL, rows INTEGER NOT NULL, crc INTEGER NOT NULL,
  times BLOB NOT NULL);
CREATE TABLE chunks(
  id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, numbers BLOB NOT NULL, qualities BLOB);
CREATE TABLE minutes(id INTEGER PRIMARY KEY, crc INTEGER NOT NULL, data BLOB NOT NULL);
CREATE TABLE gaps(from_ns INTEGER NOT NULL, to_ns INTEGER NOT NULL, why TEXT NOT NULL);
"""

HOURS: Final = """
CREATE TABLE hours(
  channel INTEGER NOT NULL, block INTEGER NOT NULL, low REAL NOT NULL, mean REAL NOT NULL,
  high REAL NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (channel, block)) WITHOUT ROWID;
"""

OPEN_MINUTES: Final = """
CREATE TABLE open_minutes(
  id INTEGER PRIMARY KEY, generation INTEGER NOT NULL, minute_ns INTEGER NOT NULL,
  numbers BLOB NOT NULL);
CREATE UNIQUE INDEX open_minutes_by_time ON open_minutes(generation, minute_ns);
"""

CHANNEL_BITS: Final = 16
"""Chunk and minutes of a channel in a block have the id `block << 16 | channel`."""


def chunk_id(block: int, channel: int) -> int:
    """Id of a channel's chunk and of its minutes in a block [-]."""
    return block << CHANNEL_BITS | channel


def open_for_writing(path: Path) -> apsw.Connection:
    """The one connection that writes and checkpoints; the tables are there when this returns.

    A commit waits for the disk: five seconds of samples are what a power cut may cost.

    Raises:
        BadInput: the file is of a newer version.
        apsw.Error: it cannot be opened, or is broken.
    """
    db = apsw.Connection(str(path))
    try:
        db.set_busy_timeout(BUSY_MS)
        version = version_of(db, path)
        if version == 0:  # these hold for a file without tables only
            db.execute(f"PRAGMA page_size = {PAGE_BYTES}; PRAGMA auto_vacuum = INCREMENTAL")
        db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA journal_size_limit = {WAL_BYTES}")
        db.execute(f"PRAGMA wal_autocheckpoint = {WAL_BYTES // PAGE_BYTES}")
        if version == 0:
            db.execute(
                f"BEGIN IMMEDIATE; {_TABLES}{HOURS}{OPEN_MINUTES}"
                f"PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT"
            )
    except BaseException:
        db.close()
        raise
    return db


def open_for_reading(path: Path) -> apsw.Connection:
    """A connection that cannot write.

    Raises:
        BadInput: the file is of a newer version, or has a log and nobody can write beside it.
        apsw.Error: it cannot be opened, or is broken.
    """
    try:
        return _reading(path, "mode=ro")
    except (apsw.CantOpenError, apsw.ReadOnlyError):
        log = path.with_name(path.name + "-wal")
        if log.exists() and log.stat().st_size:
            rule = "its log needs a disk that can be written: copy the folder there first"
            raise BadInput(f"{path}: {rule}") from None
        return _reading(path, "immutable=1")  # on a disk that nobody can write to


def version_of(db: apsw.Connection, path: Path) -> int:
    """Version of the tables; 0 of a file without any.

    Raises:
        BadInput: it is newer than this program, or the file is not of a historian.
    """
    version, application = db.pragma("user_version"), db.pragma("application_id")
    if version == 0 and one(db, "SELECT count(*) FROM sqlite_master") == 0:
        return 0
    if application != APPLICATION:
        raise BadInput(f"{path}: a SQLite file, but not one of a historian")
    if version > VERSION:
        raise BadInput(
            f"{path}: version {version} of the tables, this hukka knows {VERSION}; use a newer one"
        )
    return int(version)


def _reading(path: Path, how: str) -> apsw.Connection:
    flags = apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI
    db = apsw.Connection(f"{path.absolute().as_uri()}?{how}", flags=flags)
    try:
        db.set_busy_timeout(BUSY_MS)
        version_of(db, path)
    except BaseException:
        db.close()
        raise
    return db
