"""The recorder of a run: one folder, one writer, readable whatever happens to the process."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hil.historian import store
from hil.historian.columns import Alarm, Column, Event, EventKind, check_columns
from hil.historian.decimate import Decimator
from hil.historian.header import FILE, RunFile, RunHeader, Status, software_versions, write_header
from hil.historian.store import Store
from hil.historian.trace import TraceHash
from twin.clock import NS_PER_S, monotonic_ns, utc_now
from twin.diagnosis.panel import Entry
from twin.errors import BadInput, HukkaError, JudgementFailed, LinkLost, PlantLost

COMMIT_NS = 5 * NS_PER_S
COMMIT_ROWS = 3600


class RecordingStopped(HukkaError):
    """The record cannot be continued (disk full, file taken away); what was committed is kept."""

    exit_code = 4


class RunRecorder:
    """Takes rows in blocks, keeps one a second, and commits every 5 s of wall time.

    Use it as a context manager: leaving it without `finish` closes the record with the status
    that the error on its way out stands for.
    """

    def __init__(
        self,
        folder: Path,
        header: RunFile,
        now_ns: Callable[[], int],
        utc: Callable[[], datetime],
    ) -> None:
        self.folder = folder
        self._header = header
        self._now_ns = now_ns
        self._utc = utc
        self._width = 1 + len(header.columns)
        self._decimator = Decimator(NS_PER_S)
        self._trace = TraceHash(header.columns)
        self._last_t_ns = -1
        self._open_rows = 0
        self._committed_ns = now_ns()
        self._closed = False
        self._store = Store(folder, header.columns)

    @classmethod
    def create(
        cls,
        folder: Path,
        header: RunHeader,
        columns: Sequence[Column],
        *,
        now_ns: Callable[[], int] = monotonic_ns,
        utc: Callable[[], datetime] = utc_now,
    ) -> Self:
        """Begin a record in `folder`, which is made if need be and must not hold a run.

        Args:
            folder: new or empty folder.
            header: what is known when the run begins.
            columns: meaning of the columns of `append`, without the time.
            now_ns: monotonic clock [ns] that paces the commits.
            utc: wall clock for the record.

        Raises:
            BadInput: the folder holds a run or cannot be written, a column is declared twice.
        """
        check_columns(columns)
        file = RunFile(
            **header.model_dump(),
            software=software_versions(),
            columns=tuple(columns),
            started=_stamp(utc()),
        )
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if (folder / FILE).exists():
                raise BadInput(f"{folder}: already holds a run; choose another --out")
            (folder / store.FILE).touch(exist_ok=False)
            write_header(folder, file)
            return cls(folder, file, now_ns, utc)
        except FileExistsError:
            raise BadInput(f"{folder}: is a file or already holds a run") from None
        except OSError as error:
            raise BadInput(f"{folder}: cannot record a run there: {error.strerror}") from None
        except sqlite3.Error as error:
            raise BadInput(f"{folder}: cannot record a run there: {error}") from None

    @property
    def trace_sha256(self) -> str:
        """Hash of every row recorded so far; see `TraceHash`."""
        return self._trace.hexdigest()

    def append(self, rows: NDArray[np.float64]) -> None:
        """Record the rows at each full second of a block.

        Args:
            rows: shape (n, 1 + columns); time since the run began [ns] first, then the columns
                in their units. A float64 holds every multiple of 1 ms exactly for 18 years.

        Raises:
            RecordingStopped: disk full or file gone.
            ValueError: wrong width, or time that does not rise.
        """
        if rows.ndim != 2 or rows.shape[1] != self._width:
            raise ValueError(f"rows of shape {rows.shape}, the run has {self._width} columns")
        t_ns = rows[:, 0].astype(np.int64)
        if np.any(np.diff(t_ns, prepend=self._last_t_ns) <= 0):
            raise ValueError(f"time does not rise after {self._last_t_ns} ns")
        if t_ns.size:
            self._last_t_ns = int(t_ns[-1])
        kept = rows[self._decimator.keep(t_ns)]
        self._trace.update(kept)
        with self._recording():
            self._store.rows(kept)
            self._open_rows += len(kept)
            self._commit_if_due()

    def append_lateness(self, first_cycle: int, late_us: NDArray[np.int32]) -> None:
        """Record the lateness [µs] of every cycle from `first_cycle` on; `first_cycle` rises."""
        with self._recording():
            self._store.lateness(first_cycle, late_us)
            self._commit_if_due()

    def alarm(self, alarm: Alarm) -> None:
        """Record an alarm at once; the same one again with `cleared_s` closes it."""
        with self._recording():
            self._store.alarm(alarm)
            self._commit()

    def event(self, t_ns: int, kind: EventKind, text: str, part: str = "") -> None:
        """Record at once that something happened at `t_ns` [ns], to `part` if it is one part's."""
        with self._recording():
            self._store.event(Event(t_ns, kind, text, part))
            self._commit()

    def diagnosed(self, told: Mapping[str, Any]) -> None:
        """Record at once what the twin says of the event `told["number"]`, in place of before."""
        with self._recording():
            self._store.diagnosed(told)
            self._commit()

    def entry(self, entry: Entry) -> None:
        """Record at once what happened to the alarm of an event."""
        with self._recording():
            self._store.entry(entry)
            self._commit()

    def commit(self) -> None:
        """Make everything so far survive the death of this process."""
        with self._recording():
            self._commit()

    def finish(
        self, status: Status, result: Mapping[str, Any] | None = None, reason: str | None = None
    ) -> None:
        """End the record: its status, the summary that `--json` prints, what ended it early."""
        if self._closed:
            return
        with self._recording():
            self._store.close()
        self._closed = True
        self._write_end(status, result, reason)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if not self._closed:
            self.finish(_status_of(error))

    @contextmanager
    def _recording(self) -> Iterator[None]:
        """An error of the store ends the record, with what was committed."""
        if self._closed:
            raise RecordingStopped(f"{self.folder}: the record has ended")
        try:
            yield
        except sqlite3.Error as error:
            self._store.abandon()
            self._closed = True
            place = self.folder / store.FILE
            text = f"{place}: recording stopped: {error}; what was committed is kept"
            try:
                self._write_end("recording stopped", None)
            except RecordingStopped as also:
                text = f"{text}; {also}"
            raise RecordingStopped(text) from error

    def _write_end(
        self, status: Status, result: Mapping[str, Any] | None, reason: str | None = None
    ) -> None:
        end = {
            "ended": _stamp(self._utc()),
            "status": status,
            "reason": reason,
            "result": result,
            "trace_sha256": self.trace_sha256,
        }
        try:
            write_header(self.folder, self._header.model_copy(update=end))
        except OSError as error:
            place = self.folder / FILE
            raise RecordingStopped(f"{place}: cannot be written: {error.strerror}") from None

    def _commit_if_due(self) -> None:
        if self._open_rows >= COMMIT_ROWS or self._now_ns() - self._committed_ns >= COMMIT_NS:
            self._commit()

    def _commit(self) -> None:
        self._store.commit()
        self._open_rows = 0
        self._committed_ns = self._now_ns()


def default_folder(site: str, started: datetime, root: Path = Path("runs")) -> Path:
    """`runs/SITE-20250131T235959Z`, with a number behind it when that one exists."""
    folder = root / f"{site}-{started:%Y%m%dT%H%M%SZ}"
    number = 2
    while folder.exists():
        folder = root / f"{site}-{started:%Y%m%dT%H%M%SZ}-{number}"
        number += 1
    return folder


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def _status_of(error: BaseException | None) -> Status:
    match error:
        case PlantLost():
            return "plant lost"
        case LinkLost():
            return "link lost"
        case JudgementFailed():
            return "failed"
        case _:
            return "interrupted"
