"""Questions to week files, each answered from one snapshot, and what was found wrong meanwhile."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import apsw

from hil.historian.weeks.files import WeekFile, week_files
from hil.historian.weeks.layout import Layout, generations_in, layout_of
from hil.historian.weeks.pool import Pool
from hil.historian.weeks.schema import version_of
from hil.historian.weeks.week_view import WeekView
from twin.errors import BadInput

_TOLD: Final = 20
"""Damaged pieces of one file that are named [-]."""
_T = TypeVar("_T")


class Snapshots:
    """Files of a folder for any thread; nobody waits for anybody but at the door of the pool."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pool = Pool()
        self._lock = threading.Lock()
        self._layouts: dict[WeekFile, tuple[int, Layout]] = {}
        self._sound: dict[WeekFile, tuple[int, int] | None] = {}
        self._unreadable: dict[WeekFile, str] = {}
        self._damaged: dict[WeekFile, dict[str, None]] = {}

    def files(self) -> list[WeekFile]:
        """Weeks that are there now, the oldest first; what was kept of others is let go."""
        files = week_files(self.folder)
        self._pool.keep_only(files)
        with self._lock:
            there = set(files)
            for known in (self._layouts, self._sound, self._unreadable, self._damaged):
                for gone in known.keys() - there:
                    del known[gone]
        return files

    def ask(self, file: WeekFile, question: Callable[[WeekView], _T]) -> _T | None:
        """Answer from one snapshot; None if the file cannot be read, or is gone meanwhile."""
        try:
            with self._pool.snapshot(file) as db:
                if version_of(db, file.path) == 0:  # its writer is about to make the tables
                    return None
                answer = question(WeekView(db, self._layout(file, db), self._noter(file)))
        except (BadInput, apsw.Error) as error:
            if file in week_files(self.folder):
                with self._lock:
                    self._unreadable[file] = f"cannot be read: {error}"
            return None
        if file in self._unreadable:
            with self._lock:
                self._unreadable.pop(file, None)
        return answer

    def layout(self, file: WeekFile, written: bool) -> Layout | None:
        """Channels of a file; one that is not `written` any more is asked once."""
        known = None if written else self._layouts.get(file)
        return known[1] if known is not None else self.ask(file, lambda week: week.layout)

    def problems(self) -> list[str]:
        """Files that cannot be read now, and what was seen damaged in others.

        One that has not changed since it was read is not read again; the newest one always is.
        """
        files = self.files()
        for i, file in enumerate(reversed(files)):
            mark = file.mark()
            if i and mark is not None and self._sound.get(file) == mark:
                continue
            if self.ask(file, lambda week: week.span_ns() or (0, 0)) is not None:
                with self._lock:
                    self._sound[file] = mark
        with self._lock:
            said = {
                file: [self._unreadable.get(file), *self._damaged.get(file, ())] for file in files
            }
        return [
            f"{file.path.name}: {text}" for file, texts in said.items() for text in texts if text
        ]

    def close(self) -> None:
        """Close every connection that waits."""
        self._pool.keep_only([])

    def _layout(self, file: WeekFile, db: apsw.Connection) -> Layout:
        """Channels of a file, read anew when there is a new list of them."""
        count = generations_in(db)
        known = self._layouts.get(file)
        if known is None or known[0] != count:
            known = (count, layout_of(db))
            with self._lock:
                self._layouts[file] = known
        return known[1]

    def _noter(self, file: WeekFile) -> Callable[[str], None]:
        def note(text: str) -> None:
            with self._lock:
                told = self._damaged.setdefault(file, {})
                if len(told) < _TOLD:
                    told[text] = None

        return note
