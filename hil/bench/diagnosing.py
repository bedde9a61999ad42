"""The twin that has learned, on the rows of a run: events and their alarms as they come."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import nan
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.replay.calibrated import as_learned
from hil.replay.judging import Judging, plain, plain_journal, since_zero
from hil.replay.watching import Watching
from twin.closing import Closing
from twin.diagnosis.alarms import Alarm
from twin.diagnosis.panel import Entry
from twin.diagnosis.verdict import Event, Verdict
from twin.signals import Quality
from twin.site import Site


@dataclass
class Said:
    """What a block of rows brought."""

    events: list[Event] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)


class Diagnosing(Closing):
    """Follows the rows of a run; close it, or use `with`.

    What the warm-up brought is said when the run begins, as of time zero, if it still stands.
    """

    def __init__(
        self, site: Site, period_ns: int, learned: Path, bands: Mapping[str, float]
    ) -> None:
        """Open the models and read what commissioning has learned.

        `bands` are those of the watched signals [SI], which alarms are recorded with.

        Raises:
            BadInput: nothing is watched, nothing can follow an FMU, or `learned` is not of here.
        """
        self._watching = Watching(as_learned(site, learned), period_ns)
        try:
            self._judging = Judging(self._watching, learned)
        except BaseException:
            self._watching.close()
            raise
        self._early = Said()
        self._began = False
        self.journal: list[Entry] = []
        self._bands = bands

    def take(self, rows: NDArray[np.void]) -> Said:
        """Follow a block of rows of the ring, however they are cut."""
        said = self._early
        for step in self._watching.observer.each(
            rows["t_ns"],
            rows["measured"],
            rows["quality"] == Quality.GOOD,
            rows["commands"],
            rows["command_quality"] == Quality.GOOD,
        ):
            if step.t_ns > 0 and not self._began:
                self._began = True
                said = self._of_the_run(said)
            events, entries = self._judging.take(step)
            said.events += events
            said.entries += entries
        self._early = Said() if self._began else said
        if not self._began:
            return Said()
        self.journal += said.entries
        return said

    def standing(self) -> dict[str, str]:
        """What can be said of each part now, in words."""
        return self._judging.standing()

    def reasons(self) -> dict[str, str]:
        """Why parts are not observable now."""
        return self._judging.reasons()

    @property
    def events(self) -> list[Event]:
        """Of the run, each as it is known now, in the order in which they were raised."""
        if not self._began:
            return []
        known = sorted(self._judging.events.values(), key=lambda event: event.number)
        return [since_zero(e) for e in known if e.cleared_ns is None or e.cleared_ns > 0]

    def plain(self) -> dict[str, Any]:
        """Events, journal and what would not be seen, for JSON; times are s since time zero."""
        return {
            "events": [self.told(event) for event in self.events],
            "journal": plain_journal(self.journal, 0),
            "unseen": self._judging.unseen(),
        }

    def told(self, event: Event) -> dict[str, Any]:
        """An event for JSON."""
        return plain(event, 0, self._judging.state(event.number))

    def alarm(self, event: Event) -> tuple[Alarm, dict[str, Any]]:
        """The event as an alarm, by the signal that shows it best, and what else is known of it."""
        verdict = event.verdict
        own = next(name for name in self._bands if name.startswith(f"{verdict.part}."))
        signal, residual = own, nan
        if verdict.evidence:
            signal, residual = verdict.evidence[0].signal, verdict.evidence[0].innovation
        band = self._bands[signal]
        alarm = Alarm(verdict.part, signal, residual, band, event.raised_ns, event.cleared_ns)
        text = sentence(verdict, event.consequences)
        named = verdict.fault or "unknown fault"
        return alarm, {"event": event.number, "named": named, "text": text}

    def close(self) -> None:
        """End the models."""
        self._watching.close()

    def _of_the_run(self, early: Said) -> Said:
        """What of the warm-up belongs to the run: alarms that still stand, as of time zero."""
        standing = self._judging.panel.alarms
        entries = [replace(e, t_ns=0) for e in early.entries if e.number in standing]
        return Said(self.events, entries)


def sentence(verdict: Verdict, consequences: tuple[str, ...]) -> str:
    """What an event says, in SI units."""
    named = verdict.fault or "something that no known fault explains"
    unit = "" if verdict.unit == "-" else f" {verdict.unit}"
    size = f" {verdict.size:.3g}{unit} ({verdict.low:.3g} to {verdict.high:.3g})"
    parts = [named + (size if verdict.size == verdict.size else "")]
    if verdict.group:
        parts.append(f"cannot be told from {', '.join(verdict.group)}")
    shown = ", ".join(f"{s.signal} {s.innovation:+.3g}" for s in verdict.evidence[:3])
    if shown:
        parts.append(f"shown by {shown}")
    if consequences:
        parts.append(f"explains {', '.join(consequences)}")
    return "; ".join(parts)
