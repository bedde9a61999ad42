"""An alarm as a list shows it."""

from dataclasses import dataclass
from typing import Literal


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
