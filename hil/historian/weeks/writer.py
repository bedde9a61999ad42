"""The writer of a historian: one in a folder, which keeps it in order as well."""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

import apsw
import numpy as np
from numpy.typing import NDArray

from hil.gate.files import FolderLock
from hil.historian.run_folder import COMMIT_NS, COMMIT_ROWS, RecordingStopped
from hil.historian.weeks import schema
from hil.historian.weeks.ballast import BALLAST_BYTES, Ballast, is_full
from hil.historian.weeks.batch import Batch, Piece
from hil.historian.weeks.channel import Channel, Gap, Keep, check_channels
from hil.historian.weeks.files import WeekFile, drop, set_aside, sweep, week_files
from hil.historian.weeks.iso_week import DAY_NS, WEEK_NS, file_name
from hil.historian.weeks.layout import last_in
from hil.historian.weeks.partition import Partition
from hil.historian.weeks.seal import GRACE_NS, seal_one
from hil.historian.weeks.tidy import (
    close_log,
    drop_oldest_hours,
    give_back,
    is_untidy,
    unsealed,
)
from twin.clock import monotonic_ns
from twin.closing import Closing
from twin.errors import BadInput, unknown

WAITING_ROWS = 12 * 3600
"""Rows that may wait in memory for a disk that takes none [-]."""
_TRIES = 1000
_BROKEN = (apsw.CorruptError, apsw.NotADBError)


class WeekWriter(Closing):
    """Takes rows in blocks and commits them in batches; `seal` keeps the folder in order.

    What was appended stays in memory until a commit has succeeded: one that fails for want of
    room may be tried again.
    """

    def __init__(
        self,
        folder: Path,
        streams: Mapping[str, Sequence[Channel]],
        keep: Keep | None = None,
        *,
        ballast_bytes: int = BALLAST_BYTES,
    ) -> None:
        """Take the folder, which is made if need be.

        Args:
            folder: where the weeks are.
            streams: name -> channels, in the order of the columns of `append`.
            keep: when the oldest week is dropped.
            ballast_bytes: size of the file that is given up when the disk is full [B].

        Raises:
            BadInput: another writer has the folder, it cannot be written, or is of a newer hukka.
        """
        for name, channels in streams.items():
            check_channels(name, channels)
        self.folder, self._streams, self._keep = folder, dict(streams), keep or Keep()
        self._ballast = Ballast(folder.parent / "ballast", ballast_bytes)
        self._batch = Batch(streams)
        self._committed_ns = monotonic_ns()
        self._partitions: dict[int, Partition] = {}
        self._lost: dict[int, str] = {}
        self._last: dict[str, int] = {}
        self._untidy: set[int] = set()
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock = FolderLock(folder, "writes here")
        except OSError as error:
            raise BadInput(f"{folder}: cannot be written: {error.strerror or error}") from None
        try:
            self._begin()
        except BaseException:
            self._lock.close()
            raise

    def append(
        self,
        stream: str,
        t_ns: NDArray[np.int64],
        values: NDArray[np.float64],
        quality: NDArray[np.uint8],
    ) -> None:
        """Add rows; they are on disk after the next commit, which is 5 s away at most.

        Args:
            stream: one of those the writer was made with.
            t_ns: UTC [ns since 1970], rising, also over calls.
            values: float64[n, k], NaN where there is none.
            quality: uint8[n, k], `twin.signals.Quality`.

        Raises:
            ValueError: wrong shape, or time that does not rise.
            RecordingStopped: a commit was due, and failed.
        """
        if stream not in self._streams:
            raise unknown(str(self.folder), "stream", stream, self._streams)
        if not len(t_ns):
            return
        last = self._last.get(stream)
        if np.any(np.diff(t_ns) <= 0) or (last is not None and int(t_ns[0]) <= last):
            raise ValueError(f"stream {stream}: time does not rise after {last} ns")
        self._batch.add(stream, t_ns, values, quality)
        while self._lost:
            start_ns, why = self._lost.popitem()
            self.gap(start_ns, min(int(t_ns[0]), start_ns + WEEK_NS - 1), why)
        self._last[stream] = int(t_ns[-1])
        due_ns = self._committed_ns + COMMIT_NS
        if self._batch.rows >= COMMIT_ROWS or monotonic_ns() >= due_ns:
            self._batch.cut_down(WAITING_ROWS)
            self.commit()

    def gap(self, from_ns: int, to_ns: int, why: str) -> None:
        """Say why there are no samples between two times [ns since 1970]; committed with them."""
        self._batch.add_gap(Gap(from_ns, to_ns, why))

    def last_ns(self, stream: str) -> int | None:
        """Time of the newest row of a stream [ns since 1970]; None before there is one."""
        return self._last.get(stream)

    def commit(self) -> None:
        """Put on disk what was appended.

        Raises:
            RecordingStopped: it cannot be written; it is kept, and the next commit tries again.
        """
        for start_ns in sorted(self._batch.weeks):
            self._insist(start_ns, self._batch.weeks[start_ns])
            self._batch.written(start_ns)
            self._untidy.add(start_ns)
        self._committed_ns = monotonic_ns()

    def seal(self, now_ns: int) -> bool:
        """Do one bounded piece of housekeeping; True if there may be more to do.

        The oldest full hour is sealed, a week that is over is closed, one that is too old is
        dropped, the ballast is put back, whichever is due first.

        Args:
            now_ns: wall time [ns since 1970].

        Raises:
            RecordingStopped: a file cannot be written.
        """
        for start_ns in sorted(self._untidy):
            if not self._path(start_ns).exists():
                self._untidy.discard(start_ns)
            elif self._tidy(start_ns, now_ns):
                return True
        return self._drop_old(now_ns) or self._ballast.restore()

    def close(self) -> None:
        """Commit, and give the folder back."""
        try:
            self.commit()
        finally:
            for start_ns in list(self._partitions):
                self._close_partition(start_ns)
            self._lock.close()

    def _begin(self) -> None:
        """Set broken weeks aside, and see where each stream has got to."""
        sweep(self.folder)
        for file in week_files(self.folder):
            try:
                with closing(schema.open_for_reading(file.path)) as db:
                    if schema.version_of(db, file.path) > 0:  # else it was killed as it began
                        self._look_at(file, db)
            except (apsw.CorruptError, apsw.NotADBError, apsw.SQLError) as error:
                self._set_aside(file.start_ns, str(error))
            except apsw.Error as error:
                raise BadInput(f"{file.path}: cannot be read: {error}") from None
        self._ballast.restore()

    def _look_at(self, file: WeekFile, db: apsw.Connection) -> None:
        for stream in self._streams:
            last = last_in(db, stream)
            if last is not None:
                self._last[stream] = last
        if is_untidy(db):
            self._untidy.add(file.start_ns)

    def _insist(self, start_ns: int, piece: Piece) -> None:
        """Write to a week, making room as often as it takes, or setting a broken file aside."""
        broken = False
        for _ in range(_TRIES):
            try:
                return self._write(start_ns, piece)
            except (apsw.Error, OSError) as error:
                if broken and isinstance(error, _BROKEN):  # a new file as well
                    break
                broken = broken or isinstance(error, _BROKEN)
                self._help(start_ns, error)
        raise RecordingStopped(f"{self._path(start_ns)}: recording stopped: the disk takes nothing")

    def _write(self, start_ns: int, piece: Piece) -> None:
        partition = self._open(start_ns)
        with partition.db:
            partition.declare(self._streams)
            for stream, rows in piece.rows:
                partition.insert(stream, rows)
            for stream in {stream for stream, _ in piece.rows}:
                partition.roll_up(stream)
            for gap in piece.gaps:
                partition.insert_gap(gap)

    def _help(self, start_ns: int, error: Exception) -> None:
        """Do something about an error, so that trying again has sense.

        Raises:
            RecordingStopped: nothing can be done.
        """
        self._close_partition(start_ns)
        if isinstance(error, _BROKEN):
            self._set_aside(start_ns, str(error))
        elif not (is_full(error, self.folder) and self._make_room(start_ns)):
            path = self._path(start_ns)
            raise RecordingStopped(f"{path}: recording stopped: {error}") from error

    def _set_aside(self, start_ns: int, why: str) -> None:
        """Rename a broken week; that it is missing until the next rows is told with them."""
        aside = set_aside(self._path(start_ns))
        text = f"{aside.name}: {why}"
        waiting = self._batch.weeks.get(start_ns)
        if waiting is not None and waiting.rows:
            self.gap(start_ns, min(int(rows.t_ns[0]) for _, rows in waiting.rows), text)
        else:
            self._lost[start_ns] = text

    def _make_room(self, start_ns: int) -> bool:
        """Give up the ballast and what is oldest; False if all of it is gone.

        Of this week and the one before only hours go, an eighth at a time: early on a Monday the
        week before has nearly all of the newest samples.
        """
        given = self._ballast.give_up()
        oldest = next(iter(week_files(self.folder)), None)
        if oldest is None or oldest.start_ns > start_ns:
            return given
        if oldest.end_ns >= start_ns:
            try:
                if drop_oldest_hours(self._open(oldest.start_ns)):
                    return True
            except (apsw.Error, OSError):
                self._close_partition(oldest.start_ns)
            if given or oldest.start_ns == start_ns:
                return given
        self._drop(oldest)
        return True

    def _tidy(self, start_ns: int, now_ns: int) -> bool:
        """One piece of work on a week; it is forgotten when it is over and closed."""
        try:
            db = self._open(start_ns).db
            if seal_one(db, self._last, now_ns):
                return True
            if now_ns < start_ns + WEEK_NS + GRACE_NS or unsealed(db):
                return False
            if give_back(db):
                return True
            if not close_log(db):
                return False  # somebody is reading it: the next piece of work tries again
            self._close_partition(start_ns)
            self._untidy.discard(start_ns)
        except (apsw.Error, OSError) as error:
            self._help(start_ns, error)
        return True

    def _drop_old(self, now_ns: int) -> bool:
        files = week_files(self.folder)
        if len(files) < 2:
            return False
        days, most = self._keep.days, self._keep.max_bytes
        aged = days is not None and files[0].end_ns < now_ns - days * DAY_NS
        if not aged and (most is None or sum(file.used_bytes() for file in files) <= most):
            return False
        self._drop(files[0])
        return True

    def _drop(self, file: WeekFile) -> None:
        self._close_partition(file.start_ns)
        self._untidy.discard(file.start_ns)
        drop(file.path)

    def _open(self, start_ns: int) -> Partition:
        """The file of a week; two stay open, for around midnight on Sunday streams are in both."""
        held = self._partitions.get(start_ns)
        if held is not None and not held.is_mine():
            self._close_partition(start_ns)
        if start_ns not in self._partitions:
            while len(self._partitions) > 1:
                self._close_partition(min(self._partitions))
            self._partitions[start_ns] = Partition(self._path(start_ns))
        return self._partitions[start_ns]

    def _close_partition(self, start_ns: int) -> None:
        partition = self._partitions.pop(start_ns, None)
        if partition is not None:
            partition.close()

    def _path(self, start_ns: int) -> Path:
        return self.folder / file_name(start_ns)
