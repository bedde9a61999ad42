"""A signal or a command of a site: enough to tell whether its readings are those of life."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Channel:
    """A signal or a command of the site; sizes in SI."""

    name: str
    part: str
    command: bool
    watched: int | None
    """Position among the watched signals; None if no model predicts it."""
    low: float
    """Ends of its range: a reading that stands there says nothing about life."""
    high: float
    digit: float
    """Last digit of a reading, and three times its told noise: the model must move more than
    that, before a reading should follow."""
    noise: float
    """Full size of the fault `noise`: standard deviation on top of the usual."""
    controllers: tuple[str, ...]
    """Those over which it is read."""
    checks: tuple[tuple[str, str], ...] = ()
    """Kind of fault, and what a person on site looks at first."""
    unit: str = "-"
    held_by: tuple[str, ...] = ()
    """Commands that are moved to hold it at a set point."""
    switch: str = ""
    """Of a command, the other one that says whether its part runs."""
    astray: float = math.inf
    """So far from where it used to be held it is not held."""

    @property
    def zero(self) -> float:
        """Where its scale begins: what a wrong gain leaves as it is [SI]."""
        return self.low if math.isfinite(self.low) else 0.0

    def check(self, kind: str) -> str:
        """What a person on site looks at first."""
        return dict(self.checks).get(kind, "")
