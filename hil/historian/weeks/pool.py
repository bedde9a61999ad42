"""Connections that read, kept open: any thread takes one, and nobody shares it meanwhile.

Of a week that is over but still has a log none is kept: its writer closes the log as soon as
nobody is in the file.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import apsw

from hil.historian.weeks.files import WeekFile
from hil.historian.weeks.schema import open_for_reading

_IDLE: Final = 128
"""Connections that may wait for their next use [-]."""


class Pool:
    """Idle connections by file; those of files that are gone are closed."""

    def __init__(self) -> None:
        self._idle: OrderedDict[WeekFile, list[apsw.Connection]] = OrderedDict()
        self._newest: WeekFile | None = None
        self._lock = threading.Lock()

    @contextmanager
    def snapshot(self, file: WeekFile) -> Iterator[apsw.Connection]:
        """A connection that sees the file as it is now, whatever its writer goes on doing.

        Raises:
            apsw.Error, BadInput: it cannot be opened.
        """
        with self._lock:
            waiting = self._idle.get(file)
            db = waiting.pop() if waiting else None
        db = db or open_for_reading(file.path)
        try:
            db.execute("BEGIN")
            yield db
            db.execute("COMMIT")
            kept = file == self._newest or db.pragma("journal_mode") != "wal"
        except BaseException:
            db.close()
            raise
        if not kept:
            db.close()
            return
        with self._lock:
            self._idle.setdefault(file, []).append(db)
            self._idle.move_to_end(file)
            spare = self._spare()
        for old in spare:
            old.close()

    def keep_only(self, files: list[WeekFile]) -> None:
        """Close what is open of other files than these, the oldest first, and of one just over."""
        known: set[WeekFile | None] = set(files)
        newest = files[-1] if files else None
        with self._lock:
            if newest != self._newest:
                over, self._newest = self._newest, newest
                known -= {over}
            gone = [self._idle.pop(file) for file in list(self._idle) if file not in known]
        for db in (db for dbs in gone for db in dbs):
            db.close()

    def _spare(self) -> list[apsw.Connection]:
        """Those that have waited longest, if too many wait."""
        spare = []
        while sum(map(len, self._idle.values())) > _IDLE:
            file = next(iter(self._idle))
            spare.append(self._idle[file].pop(0))
            if not self._idle[file]:
                del self._idle[file]
        return spare
