"""`desk.sqlite`: its tables, and the way to them from every older version.

apsw brings its own SQLite: the system's may have the WAL-reset bug (fixed in 3.51.3).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw

from twin.errors import BadInput

_STEPS = (
    """
    CREATE TABLE journal(
      line INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, number INTEGER NOT NULL,
      key TEXT NOT NULL, kind TEXT NOT NULL, priority TEXT NOT NULL, action TEXT NOT NULL,
      state TEXT NOT NULL, asks INTEGER NOT NULL, gone INTEGER NOT NULL, who TEXT NOT NULL,
      comment TEXT NOT NULL, after TEXT NOT NULL) STRICT;
    CREATE INDEX journal_number ON journal(number, line);
    CREATE INDEX journal_time ON journal(t_ns);
    CREATE TABLE listed(
      number INTEGER PRIMARY KEY, from_ns INTEGER NOT NULL, until_ns INTEGER) STRICT;
    CREATE INDEX listed_until ON listed(until_ns);
    CREATE TABLE evidence(
      generation TEXT NOT NULL, event INTEGER NOT NULL, number INTEGER NOT NULL,
      t_ns INTEGER NOT NULL, raised_ns INTEGER NOT NULL, cleared_ns INTEGER, told TEXT NOT NULL,
      PRIMARY KEY (generation, event)) STRICT;
    CREATE INDEX evidence_number ON evidence(number, t_ns);
    CREATE TABLE notes(
      note INTEGER PRIMARY KEY, t_ns INTEGER NOT NULL, who TEXT NOT NULL, text TEXT NOT NULL)
      STRICT;
    CREATE TABLE kept(key TEXT PRIMARY KEY, told TEXT NOT NULL) STRICT;
    """,
    """
    CREATE TABLE standing(
      part TEXT NOT NULL, t_ns INTEGER NOT NULL, word TEXT NOT NULL, reason TEXT NOT NULL,
      PRIMARY KEY (part, t_ns)) STRICT, WITHOUT ROWID;
    """,
    """
    CREATE TABLE health(t_ns INTEGER PRIMARY KEY, told BLOB NOT NULL) STRICT;
    """,
)
"""`listed` is when each alarm was on the list, of what the journal says: to find those of a moment.
`standing` is what could be said of each part, from a moment on. `health` is how the desk itself
was, as JSON that is deflated.

Each brings the file from version k to k + 1; a step that was shipped never changes."""
VERSION = len(_STEPS)
STANDING_SINCE = 2
"""Version from which on `standing` is there."""
HEALTH_SINCE = 3
"""Version from which on `health` is there."""
_MARK = 0x68756B61
"""`application_id` of our files: "huka"."""


DAMAGE = (apsw.CorruptError, apsw.NotADBError, apsw.SQLError)
"""What SQLite says of a file that is broken; SQLError: a table is not there."""


class Damaged(BadInput):
    """The file is ours, or was, and cannot be read any more."""


def is_found(path: Path, inode: int) -> bool:
    """Whether what is written can be found again: SQLite writes to a file without a name."""
    try:
        return path.stat().st_ino == inode
    except FileNotFoundError:
        return False
    except OSError:  # a disk that fails says nothing of names
        return True


def open_writer(path: Path) -> apsw.Connection:
    """The one connection that writes; a commit is on the disk when it returns.

    Raises:
        Damaged: it is broken.
        BadInput: not our file, or of a newer hukka.
    """
    try:
        db = apsw.Connection(str(path))
    except apsw.Error as error:
        raise BadInput(f"{path}: cannot be opened: {error}") from None
    try:
        _prepare(db, path)
    except DAMAGE as error:
        db.close()
        raise Damaged(f"{path}: {error}") from None
    except apsw.Error as error:
        db.close()
        raise BadInput(f"{path}: {error}") from None
    except BaseException:
        db.close()
        raise
    return db


def open_reader(path: Path) -> apsw.Connection:
    """A connection that only reads, beside the writer.

    Raises:
        BadInput: no such file, not ours, or of a newer hukka.
    """
    try:
        db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READONLY)
        db.set_busy_timeout(5000)
        found = _version(db, path)
    except apsw.Error as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
    if found > VERSION:
        db.close()
        raise BadInput(f"{path}: version {found}, this hukka reads up to {VERSION}")
    return db


@contextmanager
def one_commit(db: apsw.Connection) -> Iterator[None]:
    """All of it or nothing; whatever SQLite says of a full disk is what is raised.

    `with db` will not do: a full disk has ended the transaction already, and undoing it a second
    time is an error that hides the first.
    """
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def is_new(db: apsw.Connection) -> bool:
    """Whether nothing is in a file: it is made now, or whoever made it was killed as he began."""
    ((tables,),) = db.execute("SELECT count(*) FROM sqlite_master")
    return not tables and not db.pragma("application_id")


def _prepare(db: apsw.Connection, path: Path) -> None:
    db.set_busy_timeout(5000)
    version = 0 if is_new(db) else _version(db, path)
    if version > VERSION:
        raise BadInput(f"{path}: version {version}, this hukka knows up to {VERSION}")
    db.pragma("journal_mode", "wal")
    db.pragma("synchronous", "full")
    for step in _STEPS[version:]:
        version += 1
        with one_commit(db):
            db.execute(step)
            db.pragma("application_id", _MARK)
            db.pragma("user_version", version)


def _version(db: apsw.Connection, path: Path) -> int:
    if db.pragma("application_id") != _MARK:
        raise BadInput(f"{path}: not a file of alarms")
    return int(db.pragma("user_version"))
