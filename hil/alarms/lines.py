"""Lines of the journal as rows of the file, and back."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import apsw

from twin.alarms.listed import EventId, Line, Listed
from twin.diagnosis.isa import Action, Alarm

_INSERT = (
    "INSERT INTO journal(t_ns, number, key, kind, priority, action, state, asks, gone, who,"
    " comment, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_LIST = "INSERT OR IGNORE INTO listed(number, from_ns) VALUES (?, ?)"
_UNLIST = "UPDATE listed SET until_ns = ? WHERE number = ?"
SELECT = "SELECT t_ns, action, after, asks, who, comment FROM journal"
LISTED_NOW = f"""
  {SELECT} WHERE line IN (
    SELECT (SELECT max(line) FROM journal j WHERE j.number = l.number)
    FROM listed l WHERE until_ns IS NULL)"""
"""The last line of each alarm that is on the list."""
LISTED_THEN = f"""
  {SELECT} WHERE line IN (
    SELECT (SELECT max(line) FROM journal j WHERE j.number = l.number AND j.t_ns <= ?1)
    FROM listed l WHERE from_ns <= ?1 AND (until_ns > ?1 OR until_ns IS NULL))"""
"""The last line up to a time of each alarm that was on the list then."""

STANDING_THEN = """
  SELECT part, word, reason FROM standing AS s
  WHERE t_ns = (SELECT max(t_ns) FROM standing WHERE part = s.part AND t_ns <= ?)"""
"""What could be said of each part at a time."""


def to_row(line: Line) -> tuple[Any, ...]:
    """Values for the columns of the journal."""
    a = line.after
    return (
        line.t_ns,
        a.number,
        a.key,
        a.kind,
        a.priority,
        line.action.value,
        a.alarm.state.value,
        int(line.asks),
        int(a.gone),
        line.who,
        line.comment,
        json.dumps(asdict(a), separators=(",", ":")),
    )


def write(db: apsw.Connection, lines: Sequence[Line]) -> None:
    """Add lines to the journal, within a transaction."""
    db.executemany(_INSERT, [to_row(line) for line in lines])
    db.executemany(_LIST, [(line.after.number, line.t_ns) for line in lines])
    gone = [(line.t_ns, line.after.number) for line in lines if line.after.gone]
    db.executemany(_UNLIST, gone)


def from_row(t_ns: int, action: str, after: str, asks: int, who: str, comment: str) -> Line:
    """A line from a row of SELECT."""
    return Line(t_ns, Action(action), _listed(json.loads(after)), bool(asks), who, comment)


def _listed(told: dict[str, Any]) -> Listed:
    event = told["event"]
    return Listed(
        **told
        | {
            "alarm": Alarm(**told["alarm"]),
            "event": None if event is None else EventId(**event),
            "signals": tuple(told["signals"]),
            "consequences": tuple(told["consequences"]),
        }
    )
