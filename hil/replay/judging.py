"""What the twin says of a plant, Step by Step: events, their alarms, each part's standing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.replay.known import known_of
from hil.replay.watching import Watching
from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.isa import State
from twin.diagnosis.panel import Entry, Panel, follow
from twin.diagnosis.performance import Performance, Week
from twin.diagnosis.settings import Settings
from twin.diagnosis.today import Unseen
from twin.diagnosis.verdict import Event, Verdict
from twin.estimation.step import Step
from twin.site.model import Site


class Judging:
    """Diagnosis and alarm panel of a plant that is watched."""

    def __init__(self, watching: Watching, learned: Path) -> None:
        """Read what commissioning has learned.

        Raises:
            BadInput: the file is missing or does not belong to this site.
        """
        self._watching = watching
        self.learned = known_of(watching, learned)
        plant, settings = watching.plant, Settings()
        m, k = len(plant.signals), len(plant.hypotheses)
        self._blocks = Blocks(m, k, plant.q, settings.block_share)
        self._diagnosis = watching.watch(self.learned, settings)
        self.performance = Performance(plant, watching.site.performance)
        self.panel = Panel()
        self.journal: list[Entry] = []
        self.events: dict[int, Event] = {}
        """By number, each as it was last known; those that are open become better with time."""

    def take(self, step: Step) -> tuple[list[Event], list[Entry]]:
        """Events that were raised, renamed or cleared with this Step, and what alarms did."""
        news: list[Event] = []
        for block in self._blocks.take(step):
            news += self._diagnosis.take_block(block)
            self.performance.take(block, self._diagnosis.diagnosis.bank.left)
        self.events |= {event.number: event for event in [*self._diagnosis.events, *news]}
        self.panel, entries = follow(self.panel, news, self._watching.off(step), step.t_ns)
        self.journal += entries
        return news, entries

    def healthy(self, block: Block) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Innovation of a healthy plant and its standard deviation, float64[m] each, SI."""
        return self._diagnosis.diagnosis.bank.healthy(block)

    def standing(self) -> dict[str, str]:
        """What can be said of each part now, in words."""
        parts = self._watching.plant.parts
        return {part: self._diagnosis.standing(part).value for part in parts}

    def reasons(self) -> dict[str, str]:
        """Why parts are not observable, or undecided, or what would not be seen of healthy ones."""
        said = {part: self._diagnosis.remark(part) for part in self._watching.plant.parts}
        known = {part: remark for part, remark in said.items() if remark}
        return known | self._watching.observer.reasons()

    def unseen(self) -> list[dict[str, Any]]:
        """Faults that would not be seen today, for JSON; sizes in SI."""
        return [plain_unseen(u) for u in self._diagnosis.unseen()]

    def state(self, number: int) -> State:
        """Of the alarm of an event."""
        named = self.panel.alarms.get(number)
        return State.NORMAL if named is None else named.alarm.state


def plain(event: Event, began_ns: int, state: State) -> dict[str, Any]:
    """An event for JSON; times are s since the data began, or since 1970 where they have a date."""
    verdict = event.verdict
    return {
        "number": event.number,
        "state": state.value,
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
        "likely": [{"name": h.name, "probability": h.probability} for h in verdict.likely],
    }


def plain_unseen(unseen: Unseen) -> dict[str, Any]:
    """A fault that would not be seen today, for JSON; `needs` is null if no size would be."""
    return {**asdict(unseen), "needs": unseen.needs if isfinite(unseen.needs) else None}


def plain_performance(
    site: Site, weeks: Mapping[str, Sequence[Week]], began_ns: int
) -> list[dict[str, Any]]:
    """Figures week by week, for JSON; times as of `plain`."""
    return [
        {
            "name": name,
            "unit": site.performance[name].unit,
            "weeks": [
                {
                    "from_s": (began_ns + week.from_ns) / 1e9,
                    "hours": week.hours,
                    "value": week.value,
                    "expected": _number(week.expected),
                }
                for week in several
            ],
        }
        for name, several in weeks.items()
    ]


def plain_journal(journal: Iterable[Entry], began_ns: int) -> list[dict[str, Any]]:
    """What alarms did, for JSON; times as of `plain`."""
    return [
        {
            "t_s": (began_ns + entry.t_ns) / 1e9,
            "event": entry.number,
            "part": entry.part,
            "fault": entry.fault,
            "action": entry.action.value,
            "state": entry.state.value,
        }
        for entry in journal
    ]


def since_zero(event: Event) -> Event:
    """The event as a run has it that begins at time zero: what stood then was raised then."""
    return replace(event, raised_ns=max(0, event.raised_ns))


def _number(value: float) -> float | None:
    """JSON has no NaN: what has no size has null."""
    return value if value == value else None


def _evidence(verdict: Verdict) -> list[dict[str, Any]]:
    return [
        {"signal": s.signal, "share": s.share, "innovation": s.innovation} for s in verdict.evidence
    ]
