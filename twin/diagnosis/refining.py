"""When findings are refined, and with what: the models run again, and that is not for nothing.

A finding that is about to be raised is refined first, and again 1 h, 6 h and 24 h after that, and
then once a day. Between, an event stays what it was refined to. What else a window would raise
beside it is refined too before it is, but ever more seldom while it turns out to be nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from twin.diagnosis.bank import Fit
from twin.diagnosis.evidence import since
from twin.diagnosis.findings import Cause, Finding, find
from twin.diagnosis.refine import Refiner, with_secants
from twin.diagnosis.verdict import Event

HOUR_NS = 3_600_000_000_000
AGAIN_NS = (1 * HOUR_NS, 6 * HOUR_NS, 24 * HOUR_NS)
"""An event is refined again so long after it was raised [ns], and then once a day."""


@dataclass
class Refining:
    """What was refined, and when it is to be again."""

    refiner: Refiner
    held: Finding | None = None
    """The last finding that was refined and stood."""
    sizes: dict[int, float] = field(default_factory=dict)
    """Of the hypotheses that were refined last, to begin with the next time."""
    open_: frozenset[int] = frozenset()
    """Numbers of the events that were open."""
    due_ns: int = 0
    """The open events are refined again then [ns]."""
    denied: float = 0.0
    """Strength of the last surprise that did not stand [-]."""
    again_ns: int = 0
    """Before then no surprise is refined, unless it is much stronger [ns]."""
    wait_ns: int = HOUR_NS

    def take(
        self,
        straight: Finding | None,
        fits: Sequence[Fit | None],
        events: Sequence[Event],
        now_ns: int,
    ) -> Finding | None:
        """What is to be believed: the finding refined, the last one that was, or nothing.

        `fits` are the last ones of all windows; the bank has just taken the block of `now_ns`.
        """
        self.refiner.counted.note(now_ns)
        self._keep_up(events, now_ns)
        ripe = self._ripe(fits, events, now_ns) if now_ns >= self.due_ns else None
        if ripe is not None and ripe.t_ns == now_ns:
            return self._look_again(ripe, straight, events, now_ns)
        if straight is None or straight.fit.t_ns != now_ns:
            return self.held
        if self.refiner.settings.windows[straight.fit.window].slope:
            return self.held or straight  # most of it is older than what can be run again
        if self._surprised(straight, events, now_ns):
            return self._look(straight, events, now_ns)
        return self.held

    def look_at(self, fit: Fit, events: Sequence[Event]) -> Finding | None:
        """What the models say of the open events in a window that says that one of them is over.

        Of windows of weeks nothing: most of what is in them is older than what can be run again.
        """
        if self.refiner.settings.windows[fit.window].slope:
            return None
        found = self._refined(fit, (), events)
        self.held = found or self.held
        return found

    def _look_again(
        self, fit: Fit, straight: Finding | None, events: Sequence[Event], now_ns: int
    ) -> Finding | None:
        """Refine open events in the longest window that is full of them."""
        found = self._refined(fit, () if straight is None else straight.causes, events)
        self.due_ns = _due(max(e.raised_ns for e in events), now_ns)
        if found is None:
            self.due_ns = min(self.due_ns, now_ns + self._wait())
        elif self._news(found, events):
            self.wait_ns, self.due_ns = HOUR_NS, _due(now_ns, now_ns)
        self.held = found or self.held
        return self.held

    def _look(self, straight: Finding, events: Sequence[Event], now_ns: int) -> Finding | None:
        """Refine what is about to be raised."""
        found = self._refined(straight.fit, straight.causes, events)
        if found is None or not self._news(found, events):
            self.denied, self.again_ns = straight.strength, now_ns + self._wait()
            return self.held
        self.denied, self.again_ns, self.wait_ns = 0.0, 0, HOUR_NS
        self.held, self.due_ns = found, _due(now_ns, now_ns)
        return found

    def _wait(self) -> int:
        """Time until the next look [ns], twice as long each time that it is in vain."""
        wait_ns, self.wait_ns = self.wait_ns, min(2 * self.wait_ns, AGAIN_NS[-1])
        return wait_ns

    def _ripe(self, fits: Sequence[Fit | None], events: Sequence[Event], now_ns: int) -> Fit | None:
        """The longest window that began after the events did."""
        if not events:
            return None
        age_ns = now_ns - max(e.raised_ns for e in events)
        found = None
        for window, fit in zip(self.refiner.settings.windows, fits, strict=True):
            usual = not window.slope and not window.against and window.confirm == 1
            pane_ns = window.length_ns // window.panes
            if fit is not None and usual and window.length_ns <= max(age_ns, HOUR_NS):
                found = fit if now_ns - fit.t_ns < pane_ns else found
        return found

    def _keep_up(self, events: Sequence[Event], now_ns: int) -> None:
        """Forget what was held of an event that is no more."""
        numbers = frozenset(e.number for e in events)
        if self.open_ - numbers or not events:
            self.held, self.sizes, self.due_ns = None, {}, now_ns
        if self.open_ - numbers:  # what was denied beside it says nothing of what comes
            self.denied, self.again_ns, self.wait_ns = 0.0, 0, HOUR_NS
        self.open_ = numbers

    def _surprised(self, straight: Finding, events: Sequence[Event], now_ns: int) -> bool:
        """Whether a window says something that nobody has looked at yet."""
        if not events and straight.strength > 1.5 * self.denied:
            return True
        return now_ns >= self.again_ns and (not events or self._news(straight, events))

    def _news(self, found: Finding, events: Sequence[Event]) -> bool:
        """Whether it has a cause that is none of the open events and looks like none of them."""
        names = self.refiner.plant.hypotheses
        open_ = {e.verdict.fault for e in events} | {g for e in events for g in e.verdict.group}
        unknown = {e.verdict.part for e in events if e.verdict.fault is None}
        for cause in found.causes:
            if cause.hypothesis is None:
                if cause.part not in unknown:
                    return True
                continue
            alike = {names[j].name for j in (cause.hypothesis, *cause.group)}
            if not alike & open_:
                return True
        return False

    def _refined(
        self, straight: Fit, causes: Sequence[Cause], events: Sequence[Event]
    ) -> Finding | None:
        """What a fit says with secant signatures of the hypotheses that matter."""
        r = self.refiner
        events = [e for e in events if self._shows(e, straight)]
        candidates = self._candidates(straight, causes, events)
        onsets = self._onsets(straight, candidates, events)
        secants = r.secants(straight, onsets, self.sizes)
        self.sizes = {j: known.size for j, known in secants.items()}
        found = self._find(with_secants(straight, secants), events)
        if found is not None and len(found.causes) > 1:
            # each was taken for the only one: once more with the sizes that both have
            both = {c.hypothesis: c.size for c in found.causes if c.hypothesis in secants}
            again = r.at(straight, onsets, {j: s for j, s in both.items() if j is not None})
            found = self._find(with_secants(straight, {**secants, **again}), events)
        return found

    def _shows(self, event: Event, fit: Fit) -> bool:
        """Whether any signal that shows an event is in a fit."""
        names = {self.refiner.plant.signals[i] for i in fit.signals}
        return not event.verdict.evidence or any(s.signal in names for s in event.verdict.evidence)

    def _find(self, fit: Fit, events: Sequence[Event]) -> Finding | None:
        r = self.refiner
        old = {e.verdict.fault for e in events}
        known = [j for j, h in enumerate(r.plant.hypotheses) if h.name in old]
        return find(fit, fit.of, r.plant, r.learned, r.settings, known)

    def _candidates(self, fit: Fit, causes: Sequence[Cause], events: Sequence[Event]) -> list[int]:
        """Causes with those like them, open events with theirs, and the likeliest others."""
        r = self.refiner
        index = {h.name: j for j, h in enumerate(r.plant.hypotheses)}
        chosen = [c.hypothesis for c in causes if c.hypothesis is not None]
        chosen += [index[e.verdict.fault] for e in events if e.verdict.fault is not None]
        chosen += [index[name] for e in events for name in e.verdict.group]
        chosen += [j for c in causes for j in c.group]
        unknown = {c.part for c in causes if c.hypothesis is None}
        order = np.argsort(-fit.score.odds).tolist()
        likely = [j for j in order if fit.of.fault[j] and np.isfinite(fit.score.odds[j])]
        chosen += [j for j in likely if r.plant.hypotheses[j].part in unknown]
        chosen += likely
        return list(dict.fromkeys(chosen))[: r.settings.refine_most]

    def _onsets(
        self, fit: Fit, candidates: Sequence[int], events: Sequence[Event]
    ) -> dict[int, int]:
        """When each candidate began [ns]: as its event did, or the newest of its part."""
        r = self.refiner
        if not events:
            first = since(fit, r.bank, r.settings.base(fit.window), candidates[0])
            return dict.fromkeys(candidates, first)
        of_part = {e.verdict.part: e.verdict.since_ns for e in events}
        named = {n: e.verdict.since_ns for e in events for n in (*e.verdict.group, e.verdict.fault)}
        first = min(of_part.values())
        told = {j: r.plant.hypotheses[j] for j in candidates}
        return {j: named.get(h.name, of_part.get(h.part, first)) for j, h in told.items()}


def _due(raised_ns: int, now_ns: int) -> int:
    """When an event is refined next [ns]."""
    later = [raised_ns + after for after in AGAIN_NS if raised_ns + after > now_ns]
    return min(later, default=now_ns + AGAIN_NS[-1])
