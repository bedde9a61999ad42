"""An alarm with all that is known of it, and a line of the journal when something happens."""

from dataclasses import dataclass, field
from typing import Literal

from twin.diagnosis.isa import Action, Alarm

Kind = Literal["twin", "limit", "link"]
"""Who raised it: the twin found a cause, an engineer's limit is passed, a link of ours is lost."""

Priority = Literal["high", "medium", "low", "diagnostic"]
PRIORITIES: tuple[Priority, ...] = ("high", "medium", "low", "diagnostic")
"""The most urgent first."""

DESK = "desk"
"""Who it was where nobody did it."""


@dataclass(frozen=True)
class EventId:
    """An event of the twin: `number` counts within one memory of the twin, its `generation`."""

    generation: str
    number: int


@dataclass(frozen=True)
class Listed:
    """One alarm of the list; times are ns since 1970."""

    number: int
    """Runs over all alarms of the desk [-]."""
    kind: Kind
    key: str
    """What is the same each time it comes: `PART/FAULT`, name of the limit, of the controller."""
    part: str
    cause: str
    """What it is about, in one line."""
    signal: str | None
    priority: Priority
    alarm: Alarm = field(default_factory=Alarm)
    asked_as: Priority | None = None
    """The most urgent that it was since it was raised, or somebody acknowledged it; None in files
    of older versions."""
    under: int | None = None
    """Number of the alarm that explains this one: it does not ask by itself."""
    event: EventId | None = None
    """The twin's event that it stands for now."""
    raised_ns: int = 0
    since_ns: int = 0
    """When what caused it began."""
    cleared_ns: int | None = None
    acknowledged_by: str | None = None
    comment: str = ""
    """What a person said last."""
    text: str = ""
    """Size with interval, and what it cannot be told from."""
    signals: tuple[str, ...] = ()
    """Signals that show it."""
    consequences: tuple[str, ...] = ()
    """Signals of other parts that it explains."""

    @property
    def asks(self) -> bool:
        """Whether it asks for somebody now."""
        return self.alarm.annunciated and self.under is None

    @property
    def known_as(self) -> Priority:
        """How urgent people know it to be."""
        return self.asked_as or self.priority

    @property
    def gone(self) -> bool:
        """Whether it is over, asks nothing, and nobody's wish about it has to be remembered."""
        a = self.alarm
        wished = a.shelved_until_ns is not None or a.out_of_service
        return not (a.active or a.held or wished) and a.acknowledged


@dataclass(frozen=True)
class Line:
    """A line of the journal: what happened, who wanted it, and the alarm as it is afterwards."""

    t_ns: int
    action: Action
    after: Listed
    asks: bool
    """Whether the alarm begins to ask for somebody, or anew, with this line."""
    who: str = DESK
    comment: str = ""


def more_urgent(one: Priority, other: Priority) -> bool:
    """Whether `one` comes before `other`."""
    return PRIORITIES.index(one) < PRIORITIES.index(other)
