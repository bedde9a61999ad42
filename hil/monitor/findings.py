"""What `hukka doctor` has found: how serious, in which words, and what helps."""

from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any


class Weight(Enum):
    """How serious it is."""

    GOOD = "good"
    LOOK = "look"
    """It works, and might work better."""
    BAD = "bad"
    """A monitor will not run well here, or not at all."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    what: str
    weight: Weight
    text: str
    help: str = ""
    """What to do about it; empty where it is good."""

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "weight": self.weight.value}


def good(what: str, text: str) -> Finding:
    """It is as it should be."""
    return Finding(what, Weight.GOOD, text)


def look(what: str, text: str, helps: str) -> Finding:
    """It works, and might work better."""
    return Finding(what, Weight.LOOK, text, helps)


def bad(what: str, text: str, helps: str) -> Finding:
    """It has to be mended."""
    return Finding(what, Weight.BAD, text, helps)
