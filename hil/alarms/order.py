"""What a person does to an alarm."""

from dataclasses import dataclass

from twin.diagnosis.isa import Action


@dataclass(frozen=True)
class Order:
    """One action on one alarm, by somebody, for a reason."""

    number: int
    """Of the alarm [-]."""
    action: Action
    who: str
    comment: str = ""
    until_ns: int | None = None
    """End of a shelf [ns since 1970]; for `Action.SHELVE` alone."""
