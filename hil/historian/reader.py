"""Reading a run folder, also of a run that goes on or was killed."""

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.historian import store
from hil.historian.columns import Alarm, Column, Event
from hil.historian.decimate import envelope
from hil.historian.envelope import Envelope
from hil.historian.header import RunFile, read_header
from twin.diagnosis.isa import Action, State
from twin.diagnosis.panel import Entry
from twin.errors import BadInput, unknown

_BLOCK = 4096
_FOREVER = 2**62


@dataclass(frozen=True)
class Series:
    """Numbers over time: `t_ns` [ns] of shape (n,), `values` of shape (n, k), NaN is missing."""

    t_ns: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True)
class Run:
    """A recorded run. Each question opens the file anew, so a run that goes on shows its latest."""

    folder: Path
    header: RunFile

    @property
    def columns(self) -> tuple[Column, ...]:
        """What was recorded, in the order of the table."""
        return self.header.columns

    def series(
        self,
        keys: Sequence[str],
        t0_ns: int = 0,
        t1_ns: int = _FOREVER,
        max_points: int | None = None,
    ) -> Series:
        """Columns by their key (`PART.VARIABLE:kind`) for `t0_ns <= t < t1_ns`.

        With `max_points` (at least 4) as an envelope, see `hil.historian.decimate.envelope`.

        Raises:
            BadInput: an unknown key, or a file that cannot be read.
        """
        picked = ", ".join(["t_ns", *self._names(keys)])
        within = "FROM samples WHERE t_ns >= ? AND t_ns < ?"
        with self._database() as db:
            count = db.execute(f"SELECT count(*) {within}", (t0_ns, t1_ns)).fetchone()[0]
            t_ns = np.empty(count, dtype=np.int64)
            values = np.empty((count, len(keys)))
            cursor = db.execute(
                f"SELECT {picked} {within} ORDER BY t_ns LIMIT ?", (t0_ns, t1_ns, count)
            )
            for at in range(0, count, _BLOCK):
                rows = cursor.fetchmany(_BLOCK)
                t_ns[at : at + len(rows)] = [row[0] for row in rows]
                values[at : at + len(rows)] = [row[1:] for row in rows]
        if max_points is not None:
            t_ns, values = envelope(t_ns, values, max_points)
        return Series(t_ns, values)

    def stretches(self, keys: Sequence[str], t0_ns: int, t1_ns: int, most: int) -> Envelope:
        """Lowest, mean and highest number of each column over `t0_ns <= t < t1_ns`.

        In at most `most` (at least 2) equal stretches on multiples of their length, so the first
        may begin before `t0_ns` and a picture stands still while time goes on. A stretch without
        a row is left out; NaN where its rows hold no number.

        Raises:
            BadInput: an unknown key, or a file that cannot be read.
        """
        columns = self._names(keys)
        wanted = "".join(f", min({c}), avg({c}), max({c})" for c in columns)
        width_ns = max(1, -(-(t1_ns - t0_ns) // (most - 1)))
        with self._database() as db:
            rows = db.execute(
                f"SELECT t_ns / ?3{wanted} FROM samples"
                " WHERE t_ns >= ?1 AND t_ns < ?2 GROUP BY 1 ORDER BY 1",
                (t0_ns, t1_ns, width_ns),
            ).fetchall()
        begins = np.array([row[0] for row in rows], dtype=np.int64) * width_ns
        found = np.array([row[1:] for row in rows], dtype=np.float64).reshape(-1, len(keys), 3)
        return Envelope(begins, found[:, :, 0], found[:, :, 1], found[:, :, 2])

    def newest(self, keys: Sequence[str], t_ns: int) -> tuple[int, list[float | None]] | None:
        """Time [ns] and numbers of the newest row at or before `t_ns` [ns]; None before the first.

        Raises:
            BadInput: an unknown key, or a file that cannot be read.
        """
        picked = ", ".join(["t_ns", *self._names(keys)])
        with self._database() as db:
            row = db.execute(
                f"SELECT {picked} FROM samples WHERE t_ns <= ? ORDER BY t_ns DESC LIMIT 1", (t_ns,)
            ).fetchone()
        return None if row is None else (row[0], list(row[1:]))

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """Time of the first and of the last row [ns]; None when there is none."""
        with self._database() as db:
            first, last = db.execute("SELECT min(t_ns), max(t_ns) FROM samples").fetchone()
        return None if first is None else (first, last)

    @property
    def rows(self) -> int:
        """Number of rows on disk."""
        with self._database() as db:
            return int(db.execute("SELECT count(*) FROM samples").fetchone()[0])

    @property
    def alarms(self) -> list[Alarm]:
        """All alarms in the order they were raised."""
        with self._database() as db:
            found = db.execute("SELECT * FROM alarms ORDER BY raised_s, part, signal, fault")
            names = [field[0] for field in found.description]
            return [_alarm(dict(zip(names, row, strict=True))) for row in found]

    @property
    def events(self) -> list[Event]:
        """All events in the order of their time."""
        with self._database() as db:
            rows = db.execute("SELECT t_ns, kind, text, part FROM events ORDER BY t_ns, rowid")
            return [Event(*row) for row in rows]

    @property
    def diagnoses(self) -> list[dict[str, Any]]:
        """What the twin said last of each event of its diagnosis, in the order of their numbers."""
        with self._database() as db:
            if not _has(db, "diagnoses"):  # recorded by an older version
                return []
            rows = db.execute("SELECT told FROM diagnoses ORDER BY number")
            return [json.loads(told) for (told,) in rows]

    @property
    def journal(self) -> list[Entry]:
        """What happened to the alarms of these events, in order: `panel.restored` takes it."""
        with self._database() as db:
            if not _has(db, "journal"):
                return []
            return [_entry(*row) for row in db.execute("SELECT * FROM journal ORDER BY rowid")]

    def lateness(self) -> NDArray[np.int32]:
        """Lateness of every recorded cycle [µs], in order."""
        with self._database() as db:
            blobs = db.execute("SELECT late_us FROM lateness ORDER BY first_cycle").fetchall()
        return np.frombuffer(b"".join(blob for (blob,) in blobs), dtype="<i4").astype(np.int32)

    def _names(self, keys: Sequence[str]) -> list[str]:
        """What the table calls the columns of `keys`."""
        index = {column.key: i for i, column in enumerate(self.columns)}
        for key in keys:
            if key not in index:
                raise unknown(self.folder.name, "column", key, index)
        return [f"c{index[key]}" for key in keys]

    @contextmanager
    def _database(self) -> Iterator[sqlite3.Connection]:
        path = self.folder / store.FILE
        if not path.is_file():
            raise BadInput(f"{self.folder}: not a run folder, it holds no {store.FILE}")
        try:
            with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as db:
                yield db
        except sqlite3.Error as error:
            raise BadInput(f"{path}: cannot be read: {error}") from None


def open_run(folder: Path) -> Run:
    """The record in `folder`, which may still be growing or have lost its writer.

    Raises:
        BadInput: not a run folder, or a broken one; names the file and what is wrong.
    """
    run = Run(folder, read_header(folder))
    with run._database() as db:
        found = {row[1] for row in db.execute("PRAGMA table_info(samples)")}
    expected = {"t_ns", *(f"c{i}" for i in range(len(run.columns)))}
    if found != expected:
        raise BadInput(
            f"{folder / store.FILE}: table samples has {max(len(found) - 1, 0)} columns, "
            f"run.json names {len(run.columns)}"
        )
    return run


def _has(db: sqlite3.Connection, table: str) -> bool:
    return bool(db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchall())


def _entry(
    t_ns: int,
    number: int,
    part: str,
    fault: str | None,
    action: str,
    state: str,
    latching: int,
    until_ns: int | None,
) -> Entry:
    return Entry(t_ns, number, part, fault, Action(action), State(state), bool(latching), until_ns)


def _alarm(row: dict[str, Any]) -> Alarm:
    alarm = Alarm(
        part=row["part"],
        signal=row["signal"] or None,
        fault=row["fault"] or None,
        raised_s=row["raised_s"],
        cleared_s=row["cleared_s"],
        injected_s=row["injected_s"],
        delay_s=row["delay_s"],
        residual=row["residual"],
        band=row["band"],
        text=row["text"],
    )
    if row.get("event") is not None:
        alarm["event"], alarm["named"] = row["event"], row["named"]
    return alarm
