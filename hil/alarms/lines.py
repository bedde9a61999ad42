"""Lines of the journal as rows of the file, and back."""

import json
from dataclasses import asdict
from typing import Any

from twin.alarms.listed import EventId, Line, Listed
from twin.diagnosis.isa import Action, Alarm

INSERT = (
    "INSERT INTO journal(t_ns, number, key, kind, priority, action, state, asks, gone, who,"
    " comment, after) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
SELECT = "SELECT t_ns, action, after, asks, who, comment FROM journal"


def to_row(line: Line) -> tuple[Any, ...]:
    """Values for INSERT."""
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
