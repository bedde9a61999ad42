"""`run.sqlite`: the tables of a run. One writer; what was committed survives `kill -9`.

Write-ahead log: a report can read while the run goes on, and a commit costs no wait for the
disk. The system's SQLite may have the WAL-reset bug (fixed in 3.51.3); it needs two connections
that write or checkpoint, and here there is one: readers open the file read-only.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.historian.columns import Alarm, Column, Event
from twin.diagnosis.panel import Entry

FILE = "run.sqlite"

_TABLES = """
CREATE TABLE lateness(first_cycle INTEGER PRIMARY KEY, late_us BLOB NOT NULL);
CREATE TABLE events(
  t_ns INTEGER NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL, part TEXT NOT NULL);
CREATE TABLE alarms(
  part TEXT NOT NULL, signal TEXT NOT NULL, fault TEXT NOT NULL, raised_s REAL NOT NULL,
  cleared_s REAL, injected_s REAL, delay_s REAL, residual REAL, band REAL, text TEXT NOT NULL,
  event INTEGER, named TEXT, PRIMARY KEY (part, signal, fault, raised_s));
CREATE TABLE diagnoses(number INTEGER PRIMARY KEY, told TEXT NOT NULL);
CREATE TABLE journal(
  t_ns INTEGER NOT NULL, number INTEGER NOT NULL, part TEXT NOT NULL, fault TEXT,
  action TEXT NOT NULL, state TEXT NOT NULL, latching INTEGER NOT NULL, until_ns INTEGER);
"""


class Store:
    """Writes rows, lateness, alarms and events; `commit` makes them last."""

    def __init__(self, folder: Path, columns: Sequence[Column]) -> None:
        self._db = sqlite3.connect(folder / FILE, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._insert = f"INSERT INTO samples VALUES ({', '.join('?' * (1 + len(columns)))})"
        numbers = "".join(f", c{i} REAL" for i in range(len(columns)))
        self._db.executescript(
            f"CREATE TABLE samples(t_ns INTEGER PRIMARY KEY{numbers});{_TABLES}{_view(columns)}"
        )
        self._db.execute("BEGIN")

    def rows(self, rows: NDArray[np.float64]) -> None:
        """Add rows of shape (n, 1 + columns), time [ns] first; SQLite stores NaN as NULL."""
        self._db.executemany(self._insert, rows.tolist())

    def lateness(self, first_cycle: int, late_us: NDArray[np.int32]) -> None:
        """Add the lateness [µs] of consecutive cycles."""
        blob = late_us.astype("<i4").tobytes()
        self._db.execute("INSERT INTO lateness VALUES (?, ?)", (first_cycle, blob))

    def alarm(self, alarm: Alarm) -> None:
        """Add an alarm, or bring the one of the same part, signal, fault and time up to date."""
        row = (
            alarm["part"],
            alarm.get("signal") or "",
            alarm.get("fault") or "",
            alarm["raised_s"],
            alarm.get("cleared_s"),
            alarm.get("injected_s"),
            alarm.get("delay_s"),
            alarm.get("residual"),
            alarm.get("band"),
            alarm.get("text", ""),
            alarm.get("event"),
            alarm.get("named"),
        )
        self._db.execute("DELETE FROM alarms WHERE event = ?", (alarm.get("event"),))
        self._db.execute(f"INSERT OR REPLACE INTO alarms VALUES ({', '.join('?' * 12)})", row)

    def diagnosed(self, told: Mapping[str, Any]) -> None:
        """Add what the twin says of an event, or bring it up to date."""
        text = json.dumps(told, ensure_ascii=False)
        self._db.execute("INSERT OR REPLACE INTO diagnoses VALUES (?, ?)", (told["number"], text))

    def entry(self, entry: Entry) -> None:
        """Add a line of the journal of alarms."""
        row = (
            entry.t_ns,
            entry.number,
            entry.part,
            entry.fault,
            entry.action.value,
            entry.state.value,
            entry.latching,
            entry.until_ns,
        )
        self._db.execute(f"INSERT INTO journal VALUES ({', '.join('?' * 8)})", row)

    def event(self, event: Event) -> None:
        """Add an event."""
        self._db.execute(
            "INSERT INTO events VALUES (?, ?, ?, ?)",
            (event.t_ns, event.kind, event.text, event.part),
        )

    def commit(self) -> None:
        """Make everything so far survive the death of this process."""
        self._db.execute("COMMIT")
        self._db.execute("BEGIN")

    def close(self) -> None:
        """Commit and fold the log into one file, which opens on read-only media too."""
        try:
            self._db.execute("COMMIT")
            # with a reader at work the log stays beside the file, and is read all the same
            self._db.execute("PRAGMA busy_timeout = 0")
            self._db.execute("PRAGMA journal_mode = DELETE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
        finally:
            self._db.close()

    def abandon(self) -> None:
        """Close without the open batch; what was committed stays."""
        self._db.close()


def _view(columns: Sequence[Column]) -> str:
    """The same samples under their names, for people who open the file with other programs."""
    named = (f', c{i} AS "{c.key.replace(chr(34), "")}"' for i, c in enumerate(columns))
    return f"CREATE VIEW named AS SELECT t_ns / 1e9 AS t_s{''.join(named)} FROM samples;"
