"""What came of a scenario, as a line of JSON; numbers only, nothing is judged here."""

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from hil.campaign.plant import Role
from hil.campaign.scenario import Scenario
from twin.estimation.step import STEP_S

STEPS_A_YEAR = 365.0 * 86_400.0 / STEP_S
"""[1/a]"""


@dataclass(frozen=True)
class EventSeen:
    """An event: as it was raised, and as it stood at last; sizes in SI."""

    part: str
    fault: str | None
    first_fault: str | None
    first_part: str
    drift: bool
    size: float
    low: float
    high: float
    group: tuple[str, ...]
    first_group: tuple[str, ...]
    window: str
    raised_s: float
    cleared_s: float | None


@dataclass(frozen=True)
class Outcome:
    """One finished scenario."""

    scenario: Scenario
    role: Role
    steps: int
    """Steps judged [-]."""
    open_steps: int
    """Steps in which an event was open [-]."""
    events: tuple[EventSeen, ...] = ()
    standing: dict[str, str] = field(default_factory=dict)
    restarts: int = 0
    plain_days: list[list[float]] = field(default_factory=list)
    plain_records: dict[str, list[list[float]]] = field(default_factory=dict)
    lived: dict[str, list[float]] = field(default_factory=dict)
    """Of quiet days: what the watch had learned when another run begins, by that run's key."""
    at_end: bool = False
    """Whether the command that froze did so at an end of its range."""
    blind: bool = False
    """Whether the diagnosis said "not observable" of a part at fault from its beginning to the end
    of the run."""
    dark_h: float = 0.0
    """For how long it said so of all parts at fault, from the beginning to the first event [h]."""
    hidden: bool = False
    """Whether it said all that time of a fault that not even its full size would be seen."""
    could_h: float | None = None
    """For how long it said that the size that is there would be seen [h]; None if never asked."""
    error: str | None = None
    """Why it could not be run to its end."""

    @property
    def years(self) -> float:
        """Length [a]."""
        return self.steps / STEPS_A_YEAR

    def line(self) -> str:
        """As one line of JSON."""
        return json.dumps(asdict(self), allow_nan=True, sort_keys=True)

    @classmethod
    def of(cls, line: str) -> Self:
        """Back from its line."""
        plain: dict[str, Any] = json.loads(line)
        events = tuple(
            EventSeen(**{**e, "group": tuple(e["group"]), "first_group": tuple(e["first_group"])})
            for e in plain["events"]
        )
        return cls(**{**plain, "scenario": Scenario.of(plain["scenario"]), "events": events})
