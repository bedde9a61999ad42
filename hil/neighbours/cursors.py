"""How far neighbours have been told: the only thing that a restart must not forget."""

from pathlib import Path
from typing import Final

import apsw

from twin.closing import Closing
from twin.errors import BadInput

FILE: Final = "cursors.sqlite"


class Cursors(Closing):
    """Cursors into the streams of the historian, on disk when `told` returns."""

    def __init__(self, path: Path, *, busy_ms: int = 5000) -> None:
        """Open or make the file; whoever else writes it is waited for, `busy_ms` [ms].

        Raises:
            BadInput: it cannot be opened or written.
        """
        self._path = path
        try:
            self._db = apsw.Connection(str(path))
            self._db.set_busy_timeout(busy_ms)
            self._db.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS cursors(neighbour TEXT NOT NULL, stream TEXT NOT NULL,"
                " t_ns INTEGER NOT NULL, messages INTEGER NOT NULL,"
                " PRIMARY KEY (neighbour, stream)) WITHOUT ROWID"
            )
        except apsw.Error as error:
            raise BadInput(f"{path}: cannot be used: {error}") from None

    def cursor(self, neighbour: str, stream: str) -> tuple[int, int] | None:
        """Time of the last row [ns since 1970] and number of messages told; None: none yet."""
        found = self._db.execute(
            "SELECT t_ns, messages FROM cursors WHERE neighbour = ? AND stream = ?",
            (neighbour, stream),
        ).fetchone()
        return None if found is None else (int(found[0]), int(found[1]))

    def told(self, neighbour: str, stream: str, t_ns: int, messages: int) -> None:
        """Everything up to `t_ns` [ns since 1970] is told, in so many `messages` [-].

        Raises:
            OSError: it cannot be written.
        """
        try:
            self._db.execute(
                "INSERT INTO cursors VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
                " t_ns = excluded.t_ns, messages = excluded.messages",
                (neighbour, stream, t_ns, messages),
            )
        except apsw.Error as error:
            raise OSError(f"{self._path}: cannot be written: {error}") from error

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
