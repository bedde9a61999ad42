"""Measured data through the whole twin, faster than real time."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hil.replay.evidence import Evidence
from hil.replay.judging import Judging
from hil.replay.watching import Watching
from hil.trend.trend import Trend
from twin.diagnosis.isa import State
from twin.diagnosis.panel import Entry
from twin.diagnosis.performance import Week
from twin.diagnosis.verdict import Event


@dataclass
class Replayed:
    """What the twin said of the data."""

    steps: int = 0
    first_ns: int = 0
    last_ns: int = 0
    events: list[Event] = field(default_factory=list)
    """Each as it was last known, in the order in which they were raised."""
    states: dict[int, State] = field(default_factory=dict)
    """Of the alarm of each event, by its number, at the end."""
    journal: list[Entry] = field(default_factory=list)
    """What alarms did, in the order of time."""
    standing: dict[str, str] = field(default_factory=dict)
    """What can be said of each part at the end."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why parts are not observable, or undecided, or what of healthy ones would not be seen."""
    unseen: list[dict[str, Any]] = field(default_factory=list)
    """Faults that would not be seen at the end, as JSON has them."""
    performance: dict[str, tuple[Week, ...]] = field(default_factory=dict)
    """Of each figure of the site, week by week."""
    restarts: dict[str, int] = field(default_factory=dict)
    days: float = 0.0
    """Length of the commissioning that it was held against [d]."""
    evidence: Evidence | None = None
    """What there is to draw, if it was asked for."""


def replay(watching: Watching, trend: Trend, learned: Path, *, draw: bool = False) -> Replayed:
    """Follow the data with what commissioning has learned; with `draw`, keep what a report shows.

    Raises:
        BadInput: the file of what was learned is missing or does not belong to this site.
    """
    judging = Judging(watching, learned)
    found = Replayed(days=judging.learned.days)
    if draw:
        found.evidence = Evidence(watching.plant, judging.healthy, watching.observer.what_if())
    for step in watching.steps(trend):
        found.first_ns = found.first_ns or step.t_ns
        found.last_ns = step.t_ns
        found.steps += 1
        judging.take(step)
        if found.evidence is not None:
            found.evidence.take(step, judging.events, watching.observer.reasons())
    found.events = sorted(judging.events.values(), key=lambda event: event.number)
    found.states = {number: judging.state(number) for number in judging.events}
    found.journal = judging.journal
    found.standing = judging.standing()
    found.reasons = judging.reasons()
    found.unseen = judging.unseen()
    found.performance = judging.performance.weeks()
    found.restarts = dict(watching.observer.restarts)
    if found.evidence is not None:
        found.evidence.finish(judging.events)
    return found
