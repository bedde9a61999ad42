"""How far neighbours have been told: the only thing that a restart must not forget."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import apsw

from hil.alarms.schema import DAMAGE, Damaged, is_found, one_commit
from hil.historian.weeks.files import set_aside
from twin.closing import Closing
from twin.errors import BadInput

FILE: Final = "cursors.sqlite"
_Known = Mapping[tuple[str, str], tuple[int, int]]
"""Neighbour and stream -> time of the last row [ns since 1970] and number of messages."""


class Cursors(Closing):
    """Cursors into the streams of the historian, on disk when `told` returns."""

    def __init__(self, path: Path, *, busy_ms: int = 5000) -> None:
        """Open or make the file; whoever else writes it is waited for, `busy_ms` [ms].

        One that is damaged is set aside, and neighbours are told as at a first start.

        Raises:
            BadInput: it cannot be opened or written.
        """
        self._path, self._busy_ms = path, busy_ms
        self.wrong = ""
        """What was wrong with the file; empty while all is well."""
        try:
            try:
                self._db, self._known = _opened(path, busy_ms)
            except Damaged as error:
                aside = set_aside(path).name
                self.wrong = f"{error}: it is {aside} now, and neighbours begin as at first"
                self._db, self._known = _opened(path, busy_ms)
            self._inode = path.stat().st_ino
        except (apsw.Error, OSError) as error:
            raise BadInput(f"{path}: cannot be used: {error}") from None

    def cursor(self, neighbour: str, stream: str) -> tuple[int, int] | None:
        """Time of the last row [ns since 1970] and number of messages told; None: none yet."""
        return self._known.get((neighbour, stream))

    def told(self, neighbour: str, stream: str, t_ns: int, messages: int) -> None:
        """Everything up to `t_ns` [ns since 1970] is told, in so many `messages` [-].

        Where the file was taken away or damaged meanwhile, another gets all that is known.

        Raises:
            OSError: it cannot be written.
        """
        news = {(neighbour, stream): (t_ns, messages)}
        known = {**self._known, **news}
        try:
            try:
                if not is_found(self._path, self._inode):
                    raise Damaged(f"{self._path}: is gone")
                _write(self._db, news)
            except (*DAMAGE, Damaged):
                self._begin_anew(known)
        except (apsw.Error, BadInput) as error:
            raise OSError(f"{self._path}: cannot be written: {error}") from error
        self._known = known

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _begin_anew(self, known: _Known) -> None:
        set_aside(self._path)
        fresh, _ = _opened(self._path, self._busy_ms)
        try:
            _write(fresh, known)
        except BaseException:
            fresh.close()
            raise
        self._db.close()
        self._db, self._inode = fresh, self._path.stat().st_ino


def _opened(path: Path, busy_ms: int) -> tuple[apsw.Connection, _Known]:
    """The file, and all that is in it.

    Raises:
        Damaged: it is broken.
        apsw.Error: it cannot be opened or written.
    """
    if path.exists() and not path.stat().st_size:
        raise Damaged(f"{path}: is empty")
    db = apsw.Connection(str(path))
    try:
        db.set_busy_timeout(busy_ms)
        db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
        db.execute(
            "CREATE TABLE IF NOT EXISTS cursors(neighbour TEXT NOT NULL, stream TEXT NOT NULL,"
            " t_ns INTEGER NOT NULL, messages INTEGER NOT NULL,"
            " PRIMARY KEY (neighbour, stream)) WITHOUT ROWID"
        )
        if (found := db.pragma("quick_check")) != "ok":
            raise Damaged(f"{path}: {found}")
        rows = db.execute("SELECT neighbour, stream, t_ns, messages FROM cursors")
        known = {(str(name), str(stream)): (int(t), int(n)) for name, stream, t, n in rows}
    except (*DAMAGE, ValueError) as error:
        db.close()
        raise Damaged(f"{path}: {error}") from None
    except BaseException:
        db.close()
        raise
    return db, known


def _write(db: apsw.Connection, known: _Known) -> None:
    with one_commit(db):
        db.executemany(
            "INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " t_ns = excluded.t_ns, messages = excluded.messages",
            [(*key, *cursor) for key, cursor in known.items()],
        )
