"""Reading a historian: any thread, any number of processes, beside its writer."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

import apsw

from hil.historian.envelope import Envelope
from hil.historian.weeks.channel import Channel, Gap, Rows
from hil.historian.weeks.drawing import Curves
from hil.historian.weeks.files import WeekFile, set_aside_files, used_bytes, week_files
from hil.historian.weeks.pool import Pool
from hil.historian.weeks.row_blocks import next_rows, none, row_before, stacked
from hil.historian.weeks.week_view import Layout, layout_of
from twin.closing import Closing
from twin.errors import BadInput, unknown

BLOCK_ROWS: Final = 3600
_FOREVER: Final = (1 << 63) - 1
_T = TypeVar("_T")


class Weeks(Closing):
    """The weeks in a folder, as they are at each question. Nothing here writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pool = Pool()
        self._problems: dict[WeekFile, str] = {}
        self._layouts: dict[WeekFile, tuple[int, Layout]] = {}
        self._lock = threading.Lock()

    @property
    def channels(self) -> Mapping[str, Channel]:
        """Everything that was recorded, by key; of a channel that changed, as it is now."""
        return MappingProxyType({c.key: c for _, c in self._all_channels()})

    def streams(self) -> list[str]:
        """Names of the streams."""
        return list(dict.fromkeys(stream for stream, _ in self._all_channels()))

    def keys(self, stream: str) -> tuple[str, ...]:
        """Columns of the newest rows of a stream."""
        for file in reversed(self._files()):
            layout = self._ask(file, self._layout_of(file))
            if layout is not None and (numbers := layout.of_stream(stream)):
                ids = layout.generations[numbers[-1]][1]
                return tuple(layout.channels[i][1].key for i in ids)
        return ()

    def span_ns(self) -> tuple[int, int] | None:
        """First and last recorded time [ns since 1970]; None before there is one."""
        found = [s for f in self._ends() if (s := self._ask(f, _span)) is not None]
        return (min(s[0] for s in found), max(s[1] for s in found)) if found else None

    def series(self, keys: Sequence[str], t0_ns: int, t1_ns: int, most: int) -> Envelope:
        """Series over `t0_ns <= t < t1_ns` [ns since 1970] in at most `most` stretches.

        Stretches are of equal length and lie on multiples of it, so the first may begin before
        `t0_ns`. None is shorter than the step of the samples; one without a sample is NaN.

        Raises:
            BadInput: an unknown key, `t1_ns` not after `t0_ns`, or `most` < 2.
        """
        if t1_ns <= t0_ns:
            raise BadInput(f"a series from {t0_ns} to {t1_ns} ns: the end must be after the begin")
        if most < 2:
            raise BadInput(f"a series of at most {most} stretches: at least 2")
        return Curves(self._files(), self._ask, self._layout).drawn(keys, t0_ns, t1_ns, most)

    def rows(
        self, stream: str, t0_ns: int, t1_ns: int, keys: Sequence[str] | None = None
    ) -> Iterator[Rows]:
        """Rows of `t0_ns <= t < t1_ns` [ns since 1970], block after block.

        Args:
            stream: its name.
            t0_ns: first time.
            t1_ns: time before which they end.
            keys: columns, as `keys(stream)` without it. One that was not recorded then is NaN.

        Raises:
            BadInput: an unknown stream or key.
        """
        wanted = self._wanted(stream, keys)
        cursor = t0_ns - 1
        while len(rows := self._next(stream, wanted, cursor, t1_ns, BLOCK_ROWS)):
            yield rows
            cursor = int(rows.t_ns[-1])

    def after(
        self,
        stream: str,
        cursor_ns: int,
        most_rows: int,
        keys: Sequence[str] | None = None,
    ) -> Rows:
        """Rows after `cursor_ns` [ns since 1970], at most `most_rows`; none if there is nothing.

        Raises:
            BadInput: an unknown stream or key.
        """
        wanted = self._wanted(stream, keys)
        found, left = [], most_rows
        while left > 0 and len(rows := self._next(stream, wanted, cursor_ns, _FOREVER, left)):
            found.append(rows)
            cursor_ns = int(rows.t_ns[-1])
            left -= len(rows)
        return stacked(found) if found else none(wanted)

    def at(self, stream: str, t_ns: int, keys: Sequence[str] | None = None) -> Rows:
        """The newest row at or before `t_ns` [ns since 1970], or none.

        Raises:
            BadInput: an unknown stream or key.
        """
        wanted = self._wanted(stream, keys)
        for file in reversed(self._files()):
            if file.start_ns <= t_ns:
                found = self._ask(
                    file,
                    lambda db, file=file: row_before(
                        db, self._layout(file, db), stream, wanted, t_ns
                    ),
                )
                if found is not None and len(found):
                    return found
        return none(wanted)

    def gaps(self, t0_ns: int, t1_ns: int) -> list[Gap]:
        """Stretches without samples that touch `t0_ns <= t < t1_ns` [ns since 1970]."""
        found: list[Gap] = []
        for file in self._files():
            if file.end_ns > t0_ns:  # a gap is in the week in which it ends
                found += self._ask(file, lambda db: _gaps(db, t0_ns, t1_ns)) or []
        return sorted(found, key=lambda gap: gap.from_ns)

    def problems(self) -> list[str]:
        """What is wrong with files, a sentence each: broken ones set aside, unreadable ones."""
        aside = [f"{path.name}: broken, and set aside" for path in set_aside_files(self.folder)]
        for file in self._files():
            self._ask(file, lambda db: db.execute("SELECT count(*) FROM generations").fetchone())
        return aside + [self._problems[file] for file in self._files() if file in self._problems]

    def used_bytes(self) -> int:
        """Room that the folder takes [B]."""
        return used_bytes(self.folder)

    def close(self) -> None:
        """Close every connection."""
        self._pool.keep_only([])

    def _files(self) -> list[WeekFile]:
        files = week_files(self.folder)
        self._pool.keep_only(files)
        return files

    def _ends(self) -> list[WeekFile]:
        files = self._files()
        return files  # the oldest and the newest may be without rows

    def _all_channels(self) -> list[tuple[str, Channel]]:
        found: dict[tuple[str, str], Channel] = {}
        for file in self._files():
            layout = self._ask(file, self._layout_of(file))
            for stream, channel in layout.channels.values() if layout else ():
                found[stream, channel.key] = channel
        return [(stream, channel) for (stream, _), channel in found.items()]

    def _layout_of(self, file: WeekFile) -> Callable[[apsw.Connection], Layout]:
        return lambda db: self._layout(file, db)

    def _layout(self, file: WeekFile, db: apsw.Connection) -> Layout:
        """Channels of a file, read anew when there is a new list of them."""
        count = int(db.execute("SELECT count(*) FROM generations").fetchone()[0])
        known = self._layouts.get(file)
        if known is None or known[0] != count:
            known = (count, layout_of(db))
            with self._lock:
                self._layouts[file] = known
        return known[1]

    def _ask(self, file: WeekFile, question: Callable[[apsw.Connection], _T]) -> _T | None:
        """Answer from a snapshot of a file; None if it cannot be read, or is gone meanwhile."""
        try:
            with self._pool.snapshot(file) as db:
                answer = question(db)
        except BadInput as error:
            self._problems[file] = str(error)
            return None
        except apsw.Error as error:
            if file in week_files(self.folder):
                self._problems[file] = f"{file.path.name}: cannot be read: {error}"
            return None
        return answer

    def _wanted(self, stream: str, keys: Sequence[str] | None) -> tuple[str, ...]:
        every = self._all_channels()
        known = {channel.key for name, channel in every if name == stream}
        if not known:
            if not every:
                return tuple(keys or ())
            raise unknown(str(self.folder), "stream", stream, {name for name, _ in every})
        for key in keys or ():
            if key not in known:
                raise unknown(f"stream {stream}", "key", key, known)
        return self.keys(stream) if keys is None else tuple(keys)

    def _next(
        self, stream: str, keys: tuple[str, ...], cursor_ns: int, t1_ns: int, most: int
    ) -> Rows:
        """The next rows after a time: a block or less; none if there is nothing more."""
        for file in self._files():
            if file.end_ns > cursor_ns + 1 and file.start_ns < t1_ns:
                rows = self._ask(
                    file,
                    lambda db, file=file: next_rows(
                        db, self._layout(file, db), stream, keys, cursor_ns, t1_ns, most
                    ),
                )
                if rows is not None and len(rows):
                    return rows
        return none(keys)


def _span(db: apsw.Connection) -> tuple[int, int] | None:
    found = db.execute(
        "SELECT min(a), max(b) FROM (SELECT min(first_ns) a, max(last_ns) b FROM blocks"
        " UNION ALL SELECT min(t_ns), max(t_ns) FROM newest)"
    ).fetchone()
    return None if found[0] is None else (int(found[0]), int(found[1]))


def _gaps(db: apsw.Connection, t0_ns: int, t1_ns: int) -> list[Gap]:
    found = db.execute(
        "SELECT from_ns, to_ns, why FROM gaps WHERE to_ns > ? AND from_ns < ?", (t0_ns, t1_ns)
    )
    return [Gap(*row) for row in found]
