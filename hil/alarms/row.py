"""An alarm as a list shows it."""

from dataclasses import dataclass
from typing import Any, Literal

from twin.alarms.listed import PRIORITIES, Kind, Listed
from twin.alarms.rates import STALE_NS
from twin.diagnosis.isa import State


@dataclass(frozen=True)
class AlarmRow:
    """One alarm; times are ns since 1970 (of a bench: since its run began)."""

    number: int
    cause: str
    """What it is about in one line: the twin's name of a fault, a limit, a lost link."""
    part: str
    signal: str | None
    priority: Literal["high", "medium", "low", "diagnostic"]
    state: str
    """`twin.diagnosis.isa.State` in words."""
    annunciated: bool
    """Whether it asks for somebody now."""
    raised_ns: int
    since_ns: int
    """When what caused it began."""
    cleared_ns: int | None
    acknowledged_by: str | None
    comment: str
    shelved_until_ns: int | None
    text: str
    """Size with interval, and what it cannot be told from."""
    consequences: tuple[str, ...] = ()
    chattering: bool = False
    """Whether it came 3 times or more within the last 10 min."""
    kind: Kind = "twin"
    under: int | None = None
    """Number of the alarm that explains this one, which therefore does not ask by itself."""
    stale: bool = False
    """Whether it has stood for more than 24 h."""


def row_of(alarm: Listed, chattering: bool, now_ns: int, text: str | None = None) -> AlarmRow:
    """The row of an alarm at `now_ns`; `text` is newer than what the journal has."""
    state = alarm.alarm
    return AlarmRow(
        number=alarm.number,
        cause=alarm.cause,
        part=alarm.part,
        signal=alarm.signal,
        priority=alarm.priority,
        state=state.state.value,
        annunciated=alarm.asks,
        raised_ns=alarm.raised_ns,
        since_ns=alarm.since_ns,
        cleared_ns=alarm.cleared_ns,
        acknowledged_by=alarm.acknowledged_by,
        comment=alarm.comment,
        shelved_until_ns=state.shelved_until_ns,
        text=alarm.text if text is None else text,
        consequences=alarm.consequences,
        chattering=chattering,
        kind=alarm.kind,
        under=alarm.under,
        stale=state.active and now_ns - alarm.raised_ns > STALE_NS,
    )


_ASIDE = {s.value for s in (State.SHELVED, State.SUPPRESSED, State.OUT_OF_SERVICE, State.NORMAL)}


def urgency(row: AlarmRow) -> tuple[Any, ...]:
    """Sorts rows: those that ask first, by priority, the newest first; what is put aside last."""
    return (
        not row.annunciated,
        row.state in _ASIDE,
        PRIORITIES.index(row.priority),
        -row.raised_ns,
        row.number,
    )
