"""What the diagnosis says, in words and numbers that an operator can act on."""

from dataclasses import dataclass, replace
from enum import Enum


class Standing(Enum):
    """What can be said of a part now. Silence is not health."""

    HEALTHY = "healthy"
    NOT_OBSERVABLE = "not observable"
    """Off, starting, outside the validity of its model, or not read."""
    UNDECIDED = "undecided"
    """Too little seen yet, or something looks wrong but not surely enough."""
    FAULT = "fault"
    UNKNOWN = "unknown"
    """Something is wrong that no hypothesis explains."""


@dataclass(frozen=True)
class Share:
    """How much of the evidence is in one signal [-], and its innovation in SI."""

    signal: str
    share: float
    innovation: float


@dataclass(frozen=True)
class Likely:
    """A hypothesis, and how likely it is after what was seen [-]; a nuisance may be one."""

    name: str
    probability: float


@dataclass(frozen=True)
class Verdict:
    """One cause: what, where, how large, how sure, since when, and why that is thought."""

    standing: Standing
    part: str
    fault: str | None
    """Name of the hypothesis; None of something unknown."""
    drift: bool
    """Whether it grew within the window; `size` is then that at its end."""
    unit: str
    size: float
    low: float
    """Lower end of the 90 % interval of the size."""
    high: float
    probability: float
    since_ns: int
    """When it began, by the best fit of a step [ns]."""
    group: tuple[str, ...]
    """Faults that it cannot be told from, the most likely first."""
    evidence: tuple[Share, ...]
    """Signals that show it, the strongest first."""
    window: str
    check: str
    likely: tuple[Likely, ...] = ()
    """The hypotheses that competed, the most likely first; what is missing to 1 is all the rest."""


@dataclass(frozen=True)
class Event:
    """One cause from raising to clearing; its verdict becomes better with time."""

    number: int
    verdict: Verdict
    raised_ns: int
    first: Verdict
    """The verdict as it was when the event was raised."""
    consequences: tuple[str, ...] = ()
    """Signals of other parts that deviate because of this cause."""
    cleared_ns: int | None = None
    quiet: int = 0
    """Blocks in a row in which the fault was excluded [-]."""
    unseen: int = 0
    """Blocks in a row in which nothing could see whether it is there [-]."""

    def cleared(self, t_ns: int) -> "Event":
        """The event, over at `t_ns`."""
        return replace(self, cleared_ns=t_ns)
