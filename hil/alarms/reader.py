"""Readers of `desk.sqlite`: any number, in any process, beside the writer."""

import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hil.alarms import schema
from hil.alarms.lines import LISTED_NOW, LISTED_THEN, SELECT, STANDING_THEN, from_row
from hil.alarms.row import AlarmRow, row_of, urgency
from hil.alarms.told import text_of
from twin.alarms.listed import Line, Listed
from twin.alarms.rates import (
    CHATTER_NS,
    DAY_NS,
    Annunciation,
    Rates,
    floods,
    rates,
    repeats,
)
from twin.clock import utc_ns
from twin.closing import Closing


class AlarmReader(Closing):
    """Reads alarms, now and of the past; close it, or use `with`. Of one thread at a time."""

    def __init__(self, path: Path, operators: int = 1) -> None:
        """Open the file; rates are per operator.

        Raises:
            BadInput: no such file, not ours, or of a newer hukka.
        """
        self._path, self._inode = path, _inode(path)
        self._db = schema.open_reader(path)
        self._operators = operators

    def is_replaced(self) -> bool:
        """Whether another file is in its place: a journal that was damaged is set aside."""
        return _inode(self._path) not in (None, self._inode)

    def rows(self, t_ns: int | None = None) -> list[AlarmRow]:
        """Alarms that ask for somebody or stand, the most urgent first; as they were at `t_ns`."""
        with self._db:
            last = self._last(t_ns)
            newest_ns = max((line.t_ns for line in last), default=0)
            now_ns = max(newest_ns, utc_ns()) if t_ns is None else t_ns
            raised = self._asked("action = 'raised'", now_ns - CHATTER_NS, now_ns)
            listed = [line.after for line in last]
            texts = {a.number: self._text(a.number) for a in listed} if t_ns is None else {}
        often = repeats(raised, CHATTER_NS)
        rows = (row_of(a, a.key in often, now_ns, texts.get(a.number)) for a in listed)
        return sorted(rows, key=urgency)

    def standing(self, t_ns: int) -> dict[str, tuple[str, str]]:
        """What could be said of each part at `t_ns`, and why not more; where that was kept."""
        if self._db.pragma("user_version") < schema.STANDING_SINCE:
            return {}
        rows = self._db.execute(STANDING_THEN, (t_ns,))
        return {part: (word, reason) for part, word, reason in rows}

    def health(self, t_ns: int) -> tuple[int, dict[str, Any]] | None:
        """When the desk said last before `t_ns` how it was itself [ns], and how; None: not kept."""
        if self._db.pragma("user_version") < schema.HEALTH_SINCE:
            return None
        row = self._db.execute(
            "SELECT t_ns, told FROM health WHERE t_ns <= ? ORDER BY t_ns DESC LIMIT 1", (t_ns,)
        ).fetchone()
        return None if row is None else (row[0], json.loads(zlib.decompress(row[1])))

    def history(self, t0_ns: int, t1_ns: int) -> list[dict[str, Any]]:
        """The journal and the notes of people between two times, the oldest first."""
        lines = self._lines("WHERE t_ns BETWEEN ? AND ?", (t0_ns, t1_ns))
        notes = self._db.execute(
            "SELECT t_ns, who, text FROM notes WHERE t_ns BETWEEN ? AND ?", (t0_ns, t1_ns)
        )
        told = [plain_line(line) for line in lines]
        told += [
            {"t_ns": t_ns, "number": None, "action": "note", "who": who, "comment": text}
            for t_ns, who, text in notes
        ]
        return sorted(told, key=lambda entry: entry["t_ns"])

    def evidence(self, number: int) -> dict[str, Any] | None:
        """Why an alarm is there, as it is known last; None of an alarm that never was."""
        alarm = self.alarm(number)
        if alarm is None:
            return None
        found: dict[str, Any] = {
            "number": number,
            "kind": alarm.kind,
            "part": alarm.part,
            "cause": alarm.cause,
            "signals": list(alarm.signals),
            "text": alarm.text,
            "under": alarm.under,
        }
        return found | (self._told(number) or {}) | {"number": number}

    def alarm(self, number: int) -> Listed | None:
        """An alarm as its last line left it; None of one that never was."""
        rows = list(self._lines("WHERE number = ? ORDER BY line DESC LIMIT 1", (number,)))
        return rows[0].after if rows else None

    def rates(self, t0_ns: int, t1_ns: int) -> Rates:
        """How many alarms there were, after ISA-18.2 and EEMUA 191."""
        with self._db:
            asked = self._asked("asks", t0_ns, t1_ns)
            standing = [line.after for line in self._last(t1_ns) if line.after.alarm.active]
        return rates(asked, standing, t0_ns, t1_ns, self._operators)

    def flood(self, t_ns: int | None = None) -> bool:
        """Whether there is a flood of alarms, now or at `t_ns`: see `twin.alarms.rates`."""
        now_ns = utc_ns() if t_ns is None else t_ns
        asked = [a.t_ns for a in self._asked("asks", now_ns - DAY_NS, now_ns)]
        found = floods(asked, now_ns, self._operators)
        return bool(found) and found[-1][1] == now_ns

    def after(self, cursor: int, most: int = 1000) -> list[tuple[int, Line]]:
        """Lines of the journal after a cursor (0: all), with the cursor of each."""
        rows = self._db.execute(
            SELECT.replace("SELECT", "SELECT line,") + " WHERE line > ? ORDER BY line LIMIT ?",
            (cursor, most),
        )
        return [(line, from_row(*row)) for line, *row in rows]

    def news(self, cursor: int) -> tuple[list[tuple[int, Line]], dict[int, Listed]]:
        """All lines after a cursor, and the list as they left it: nothing comes in between."""
        with self._db:
            lines, listed = self.after(cursor, -1), self.listed()
        return lines, listed

    def listed(self) -> dict[int, Listed]:
        """The list as it is now, by number."""
        return {line.after.number: line.after for line in self._last(None)}

    def last_cursor(self) -> int:
        """Of the newest line; 0 where there is none."""
        ((line,),) = self._db.execute("SELECT coalesce(max(line), 0) FROM journal")
        return int(line)

    def first_ns(self) -> int | None:
        """Time of the first line [ns since 1970], which no other journal has; None without one."""
        row = self._db.execute("SELECT t_ns FROM journal ORDER BY line LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _lines(self, where: str, values: tuple[Any, ...]) -> Iterator[Line]:
        for row in self._db.execute(f"{SELECT} {where}", values):
            yield from_row(*row)

    def _last(self, t_ns: int | None) -> list[Line]:
        """The last line of each alarm that is on the list, or was at `t_ns`."""
        rows = self._db.execute(*((LISTED_NOW,) if t_ns is None else (LISTED_THEN, (t_ns,))))
        return [from_row(*row) for row in rows]

    def _asked(self, which: str, t0_ns: int, t1_ns: int) -> list[Annunciation]:
        rows = self._db.execute(
            f"SELECT t_ns, key, priority FROM journal WHERE {which} AND t_ns > ? AND t_ns <= ?"
            " ORDER BY line",
            (max(t0_ns, -1), t1_ns),  # long before 1970 is no number of SQLite
        )
        return [Annunciation(*row) for row in rows]

    def _told(self, number: int) -> dict[str, Any] | None:
        row = self._db.execute(
            "SELECT told FROM evidence WHERE number = ? ORDER BY t_ns DESC LIMIT 1",
            (number,),
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def _text(self, number: int) -> str | None:
        told = self._told(number)
        return None if told is None else text_of(told)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def plain_line(line: Line) -> dict[str, Any]:
    """A line of the journal for JSON."""
    alarm = line.after
    return {
        "t_ns": line.t_ns,
        "number": alarm.number,
        "action": line.action.value,
        "state": alarm.alarm.state.value,
        "who": line.who,
        "comment": line.comment,
        "part": alarm.part,
        "cause": alarm.cause,
        "priority": alarm.priority,
        "under": alarm.under,
        "asks": line.asks,
        "until_ns": alarm.alarm.shelved_until_ns,
    }
