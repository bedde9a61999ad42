"""From Steps to verdicts and events. Deterministic: what was said depends on the Steps alone."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.bank import Bank
from twin.diagnosis.beside import explained, explained_part
from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.confirmed import Confirmed
from twin.diagnosis.elsewhere import elsewhere, standing
from twin.diagnosis.findings import Cause, Finding, suspect, under
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.refine import Counted, Refiner, WhatIf
from twin.diagnosis.refining import Refining
from twin.diagnosis.saying import verdict_of
from twin.diagnosis.settings import BLOCK_NS, Settings
from twin.diagnosis.sight import FADED_BLOCKS, Sight, said_faded
from twin.diagnosis.strongest import strongest
from twin.diagnosis.today import Today, Unseen
from twin.diagnosis.verdict import Event, Standing, Verdict
from twin.estimation.step import Step

SETTLED_NS = 12 * BLOCK_NS
"""An event that has stood so long alone is known when a second fault is asked for [ns]."""

RECENT_NS = 3 * BLOCK_NS
"""A part without a usable signal for longer is not observable [ns]."""


class Diagnosis:
    """Follows a plant Step by Step; `events` are the open ones."""

    def __init__(
        self,
        plant: Plant,
        learned: Learned,
        settings: Settings | None = None,
        what_if: WhatIf | None = None,
    ) -> None:
        """With `what_if` sizes are those of the models themselves, however large a fault is."""
        self.settings = settings or Settings()
        self.plant, self.learned = plant, learned
        self.bank = Bank(plant, learned, self.settings)
        self._refining = (
            None
            if what_if is None
            else Refining(
                Refiner(plant, learned, self.settings, self.bank, what_if, Counted(self.bank))
            )
        )
        self.events: list[Event] = []
        self._blocks = Blocks(
            len(plant.signals), len(plant.hypotheses), plant.q, self.settings.block_share
        )
        self._sight = Sight(self.bank, self.settings)
        self.today = Today(self._sight, self.bank, plant, learned, self.settings)
        told = (plant, learned, self.settings, self.bank, self._sight)
        self._everywhere, self._elsewhere = Confirmed(*told), Confirmed(*told)
        """What windows find, and what they find where no old event shows."""
        self._faded: dict[str, float] = {}
        """Faults that had an event until nothing could see any more whether they are there, and
        the sizes that they were found to have."""
        self._number = 0
        self._now_ns = 0
        self._part = {p: np.array(plant.part_of) == p for p in plant.parts}

    def take(self, step: Step) -> list[Event]:
        """Events that were raised, renamed or cleared with this Step."""
        return [event for block in self._blocks.take(step) for event in self.take_block(block)]

    def take_block(self, block: Block, broken: Collection[str] = ()) -> list[Event]:
        """The same for a whole block; for those who have no Steps.

        `broken` are parts of which others know that something is wrong.
        """
        self._now_ns = block.t_ns
        judged = self.bank.take(block, self._faulty(broken))
        old, known = self._old(), self._known()
        rest = partial(elsewhere, old=old, plant=self.plant)
        for i, fit in judged:
            self._sight.fits[i] = fit
            muted = old and self.settings.windows[i].against
            self._everywhere.take(i, None if muted else fit, known, block.t_ns)
            self._elsewhere.take(i, fit if old else None, known, block.t_ns, rest)
        best = self._strongest(old)
        if self._refining is not None:
            best = self._refining.take(best, self._sight.fits, self.events, block.t_ns)
        news = [] if best is None else self._reconcile(best, new=best.fit.t_ns == block.t_ns)
        news += self._clear(best)
        self._faded = {n: size for n, size in self._faded.items() if not self._sees(n, size)}
        return news

    def standing(self, part: str) -> Standing:
        """What can be said of a part now."""
        own = [e.verdict.standing for e in self.events if e.verdict.part == part]
        if own:
            return Standing.FAULT if Standing.FAULT in own else own[0]
        last_ns = int(self.bank.rings[0].last_ns[self._part[part]].max())
        if self._now_ns - last_ns > RECENT_NS:
            return Standing.NOT_OBSERVABLE
        return Standing.UNDECIDED if self.doubt(part) else Standing.HEALTHY

    def doubt(self, part: str) -> str:
        """Why a part without an event is not called healthy; empty if it is."""
        least = self.settings.index("1 h")
        if not (self.bank.ready(least, self._now_ns) & self._part[part]).any():
            return "less than an hour of it was fit to be judged"
        for name in sorted(self._faded):
            if self.plant.hypotheses[self._index(name)].part == part:
                return said_faded(name)
        told = (part, self._now_ns, self._old())
        return self._suspects().get(part, "") or self.today.doubt(*told)

    def unseen(self) -> tuple[Unseen, ...]:
        """Faults of which not even the full size would have been seen by now (`today.py`)."""
        return self.today.unseen(self._now_ns, self._old())

    def sized(self, name: str, window: str) -> tuple[float, float] | None:
        """Size and variance of a hypothesis in a window that was judged with the last block.

        None if it was not, or sees nothing of it.
        """
        fit = self._sight.fits[self.settings.index(window)]
        if fit is None or fit.t_ns != self._now_ns:
            return None
        j = self._index(name)
        known = float(fit.a[j])
        return (float(fit.score.size[j]), 1.0 / known) if known > 0.0 else None

    def _suspects(self) -> dict[str, str]:
        """Parts of which some window thinks half as much as it takes to raise something: what."""
        found: dict[str, str] = {}
        for fit in self._sight.fits:
            if fit is None:
                continue
            of = self.bank.fields[fit.window]
            j = suspect(fit, of, self.plant, self.learned, self.settings)
            if j is not None:
                h, window = self.plant.hypotheses[j], self.settings.windows[fit.window].name
                found[h.part] = f"{h.name} may be, by the last {window}, but not surely enough"
        return found

    def _faulty(self, broken: Collection[str]) -> NDArray[np.bool_]:
        """bool[m], signals of parts that have an event, and those that show it elsewhere."""
        parts = {*broken, *(e.verdict.part for e in self.events)}
        shown = {s.signal for e in self.events for s in e.verdict.evidence}
        both = zip(self.plant.signals, self.plant.part_of, strict=True)
        return np.array([part in parts or name in shown for name, part in both], bool)

    def _settled(self, event: Event) -> bool:
        """Whether an event is an hour older than any other of its part: no half of a pair."""
        rivals = [
            e.raised_ns
            for e in self.events
            if e.number != event.number and e.verdict.part == event.verdict.part
        ]
        return min([self._now_ns, *rivals]) - event.raised_ns >= SETTLED_NS

    def _old(self) -> tuple[Event, ...]:
        return standing(self.events, self._now_ns, self.settings)

    def _known(self) -> list[int]:
        """Columns of the events that are no half of a pair."""
        old = {e.verdict.fault for e in self.events if self._settled(e)}
        return [j for j, h in enumerate(self.plant.hypotheses) if h.name in old]

    def _strongest(self, old: Sequence[Event]) -> Finding | None:
        """What counts now: beside `old` events first what is news elsewhere."""
        parts = {e.verdict.part for e in old}
        found = self._elsewhere.findings
        others = [None if f is None or parts & {c.part for c in f.causes} else f for f in found]
        news = strongest(others, self.events, self.settings) if old else None
        return news or strongest(self._everywhere.findings, self.events, self.settings)

    def _reconcile(self, best: Finding, new: bool) -> list[Event]:
        """Give every cause its event: its own, one that it explains better, or a new one."""
        news = []
        free = list(self.events)
        homeless: list[Cause] = []
        names = {e.verdict.fault for e in free}
        # an event that has the very name of one cause goes to no other that looks like it
        for cause in sorted(best.causes, key=lambda c: self._called(c) not in names):
            alike = [e for e in free if self._same(e, cause)]
            if not alike:
                homeless.append(cause)
                continue
            event = min(alike, key=lambda e: e.verdict.fault != self._called(cause))
            free.remove(event)
            if new:
                news += self._revise(event, best, cause)
        for cause in homeless:
            faint = cause.probability < self.settings.second_at and not best.fit.secants
            if faint and self._named(cause.part):
                continue  # what a large fault bends beyond its straight signature is no second one
            # what is explained needs no second cause; what is not leaves other parts alone
            heirs = [e for e in free if self._explains(best, e)]
            if heirs:
                event = next((e for e in heirs if e.verdict.part == cause.part), heirs[0])
                free.remove(event)
                news += self._revise(event, best, cause)
            else:
                news.append(self._raise(best, cause))
        return news

    def _explains(self, best: Finding, event: Event) -> bool:
        """Whether what was found is what an event of another name was, and nothing beside it."""
        v, window = event.verdict, self.settings.windows[best.fit.window]
        ramp, causes = len(self.plant.hypotheses), ((c.hypothesis, c) for c in best.causes)
        found = {j + ramp * c.drift: c.size for j, c in causes if j is not None}
        own = any(c.part == v.part for c in best.causes)
        if not found or (own and v.fault is None):
            return own  # what was unknown gets its name, and a name that leaves too much loses it
        if window.against and self._blurs(best.fit.window, event):
            return False  # it has become what is usual there
        if v.fault is None:
            return explained_part(best.fit, found, v.part, self.plant, self.learned)
        return explained(best.fit, found, self._index(v.fault), v.size, self.settings)

    def _called(self, cause: Cause) -> str | None:
        names = self.plant.hypotheses
        return None if cause.hypothesis is None else names[cause.hypothesis].name

    def _named(self, part: str) -> bool:
        known = [e.verdict for e in self.events if e.verdict.standing is Standing.FAULT]
        return any(verdict.part == part for verdict in known)

    def _same(self, event: Event, cause: Cause) -> bool:
        v = event.verdict
        if cause.hypothesis is None:
            return v.standing is Standing.UNKNOWN and v.part == cause.part
        alike = (cause.hypothesis, *cause.group)  # it may go by the name of any of them
        return v.fault in {self.plant.hypotheses[j].name for j in alike}

    def _raise(self, best: Finding, cause: Cause) -> Event:
        self._number += 1
        verdict = self._verdict(best, cause)
        event = Event(self._number, verdict, self._now_ns, verdict, self._others(verdict))
        self.events.append(event)
        return event

    def _revise(self, event: Event, best: Finding, cause: Cause) -> list[Event]:
        """News only if the name changes; among faults that cannot be told apart it stays."""
        sized = event.verdict.standing is Standing.FAULT and not best.fit.secants
        if sized and self._blurs(best.fit.window, event):
            return []
        verdict = self._verdict(best, cause)
        if event.verdict.fault in verdict.group:
            if not best.fit.secants or len(best.causes) > 1:
                return []
            name = self._index(event.verdict.fault)
            own = under(best, name, self.plant, self.settings)
            if own.probability >= np.exp(-self.settings.ambiguous_nats) * cause.probability:
                verdict = self._verdict(best, own)
        verdict = replace(verdict, since_ns=self._began(event, verdict, best.fit.window))
        revised = replace(event, verdict=verdict, consequences=self._others(verdict))
        self.events[self.events.index(event)] = revised
        before = event.verdict
        return [revised] if (before.fault, before.part) != (verdict.fault, verdict.part) else []

    def _began(self, event: Event, verdict: Verdict, i: int) -> int:
        """The first look was the nearest: only what window i can tell from it is earlier [ns]."""
        base = self.settings.base(i)
        coarsest = self.bank.dating(base)[-1].window  # of those that `since` looks at
        known_ns = event.verdict.since_ns
        apart_ns = known_ns - verdict.since_ns
        return verdict.since_ns if apart_ns > coarsest.pane_blocks * BLOCK_NS else known_ns

    def _blurs(self, i: int, event: Event) -> bool:
        """Whether a window holds the fault and the time before it, so that it is diluted there.

        A step window does as soon as the fault has come into its memory.
        """
        window = self.settings.windows[i]
        if window.name == event.verdict.window and not window.against:
            return False
        age_ns = self._now_ns - event.raised_ns
        return age_ns > window.length_ns if window.against else age_ns < window.length_ns

    def _index(self, fault: str) -> int:
        return next(i for i, h in enumerate(self.plant.hypotheses) if h.name == fault)

    def _others(self, verdict: Verdict) -> tuple[str, ...]:
        part = dict(zip(self.plant.signals, self.plant.part_of, strict=True))
        return tuple(s.signal for s in verdict.evidence if part[s.signal] != verdict.part)

    def _verdict(self, best: Finding, cause: Cause) -> Verdict:
        return verdict_of(best, cause, self.plant, self.learned, self.bank, self.settings)

    def _clear(self, best: Finding | None) -> list[Event]:
        """Events whose fault has been excluded, or explained by another, for long enough."""
        news: list[Event] = []
        for event in list(self.events):
            unseen = self._unseen(event)
            if unseen >= FADED_BLOCKS:
                self._faded[str(event.verdict.fault)] = event.verdict.size
                self.events.remove(event)
                news.append(event.cleared(self._now_ns))
                continue
            window = self._gone(event)
            if window is not None and self._broken(window, event.verdict.part):
                window = None
            taken = (
                best is not None
                and not any(self._same(event, c) for c in best.causes)
                and not self._blurs(best.fit.window, event)
                and self._explains(best, event)
            )
            over = window is not None or (taken and self._read(event))
            quiet = event.quiet + 1 if over else 0
            half_way = 2 * quiet == self.settings.clear_after_blocks
            if half_way and window is not None and self._seen_by_models(window, event):
                quiet = 0
            if quiet < self.settings.clear_after_blocks:
                self.events[self.events.index(event)] = replace(event, quiet=quiet, unseen=unseen)
                continue
            self.events.remove(event)
            news.append(event.cleared(self._now_ns))
            if window is not None:
                self._forget(event, window)
        return news

    def _unseen(self, event: Event) -> int:
        """Blocks for which nothing has seen whether the fault of an event is there [-]."""
        v = event.verdict
        if v.fault is None or not self._read(event):
            return event.unseen
        found = [c for f in self._everywhere.findings if f is not None for c in f.causes]
        known = any(self._same(event, c) for c in found)
        return 0 if known or self._sees(v.fault, v.size) else event.unseen + 1

    def _sees(self, fault: str, size: float) -> bool:
        """Whether any window can tell now whether a fault is there that was found with `size`."""
        return self._sight.sees(self._index(fault), self._now_ns, size)

    def _gone(self, event: Event) -> int | None:
        """The window that says that the event's cause is no more, or None."""
        v = event.verdict
        if not self._read(event):
            return None
        if v.fault is not None:
            j = self._index(v.fault)
            # a window that began before the fault dilutes it, and excludes nothing
            age_ns = self._now_ns - event.raised_ns
            younger = sum(r.window.length_ns <= age_ns for r in self.bank.rings)
            others = [e for e in self.events if e.number != event.number]
            alone = partial(elsewhere, old=others, plant=self.plant, but=v.part)
            return self._sight.excludes(j, self._now_ns, younger, v.size, alone)
        for i in (self.settings.index("1 h"), self.settings.index("6 h")):
            fit = self._sight.now(i, self._now_ns)
            if fit is None:
                return None
            if v.part in {self.plant.part_of[s] for s in fit.signals}:
                found = self._everywhere.findings[i]
                if found is not None or fit.total > self.learned.rest[i]:
                    return None
        return self.settings.index("6 h")

    def _broken(self, window: int, part: str) -> bool:
        """Whether a window sees a fault of that part itself, by whatever name: it excludes none."""
        own = self._everywhere.findings[window]
        return own is not None and any(c.part == part for c in own.causes)

    def _seen_by_models(self, window: int, event: Event) -> bool:
        """Whether the models, run again, see in a window what its straight signatures exclude."""
        fit = self._sight.fits[window]
        if fit is None or self._refining is None:
            return False
        found = self._refining.look_at(fit, self.events)
        return found is not None and any(self._same(event, c) for c in found.causes)

    def _read(self, event: Event) -> bool:
        """Whether all signals that showed it are read now: what is lost is not gone."""
        last_ns = dict(zip(self.plant.signals, self.bank.rings[0].last_ns, strict=True))
        shown = [int(last_ns[s.signal]) for s in event.verdict.evidence]
        return bool(shown) and self._now_ns - min(shown) <= RECENT_NS

    def dismiss(self, numbers: Iterable[int]) -> None:
        """End these events in silence: what looked like them is over."""
        over = set(numbers)
        for event in [e for e in self.events if e.number in over]:
            self.events.remove(event)
            self._forget(event, -1)

    def _forget(self, event: Event, window: int) -> None:
        """Longer windows still hold the fault that is over: they begin anew."""
        named = {s.signal for s in event.verdict.evidence}
        signals = [i for i, name in enumerate(self.plant.signals) if name in named]
        self.bank.restart(window, np.array(signals, np.int64))
        self._sight.forget(window)
        for found in (self._everywhere, self._elsewhere):
            found.forget(window)
