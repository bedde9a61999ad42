"""Measured data through the whole twin, faster than real time."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hil.replay.known import known_of
from hil.replay.watching import Watching
from hil.trend.trend import Trend
from twin.diagnosis.settings import Settings
from twin.diagnosis.verdict import Event, Verdict


@dataclass
class Replayed:
    """What the twin said of the data."""

    steps: int = 0
    first_ns: int = 0
    last_ns: int = 0
    news: list[Event] = field(default_factory=list)
    """Every raising, renaming and clearing, in the order of time."""
    standing: dict[str, str] = field(default_factory=dict)
    """What can be said of each part at the end."""
    reasons: dict[str, str] = field(default_factory=dict)
    """Why parts are not observable at the end."""
    restarts: dict[str, int] = field(default_factory=dict)

    @property
    def events(self) -> list[Event]:
        """The last state of each event, in the order in which they were raised."""
        return list({event.number: event for event in self.news}.values())


def replay(watching: Watching, trend: Trend, learned: Path) -> Replayed:
    """Follow the data with what commissioning has learned.

    Raises:
        BadInput: the file of what was learned is missing or does not belong to this site.
    """
    settings = Settings()
    diagnosis = watching.watch(known_of(watching, learned), settings)
    found = Replayed()
    for step in watching.steps(trend):
        found.first_ns = found.first_ns or step.t_ns
        found.last_ns = step.t_ns
        found.steps += 1
        found.news += diagnosis.take(step)
    # an event that is still open has become better since it made news
    found.news += diagnosis.events
    found.standing = {part: diagnosis.standing(part).value for part in watching.plant.parts}
    found.reasons = watching.observer.reasons()
    found.restarts = dict(watching.observer.restarts)
    return found


def plain(event: Event, began_ns: int) -> dict[str, Any]:
    """An event for JSON; times are s since the data began, or since 1970 where they have a date."""
    verdict = event.verdict
    return {
        "part": verdict.part,
        "fault": verdict.fault,
        "verdict": verdict.standing.value,
        "size": _number(verdict.size),
        "low": _number(verdict.low),
        "high": _number(verdict.high),
        "unit": verdict.unit,
        "drift": verdict.drift,
        "probability": verdict.probability,
        "since_s": (began_ns + verdict.since_ns) / 1e9,
        "raised_s": (began_ns + event.raised_ns) / 1e9,
        "cleared_s": None if event.cleared_ns is None else (began_ns + event.cleared_ns) / 1e9,
        "group": list(verdict.group),
        "evidence": _evidence(verdict),
        "consequences": list(event.consequences),
        "window": verdict.window,
        "check": verdict.check,
    }


def _number(value: float) -> float | None:
    """JSON has no NaN: what has no size has null."""
    return value if value == value else None


def _evidence(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"signal": s.signal, "share": s.share, "innovation": s.innovation} for s in verdict.evidence
    ]
