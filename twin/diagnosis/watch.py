"""One list of events from the bank and from what the readings show by themselves."""

import itertools
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.diagnosis import Diagnosis
from twin.diagnosis.habits import Habits
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.refine import WhatIf
from twin.diagnosis.scaling import DECIDED, Hours
from twin.diagnosis.settings import BLOCK_NS, Settings
from twin.diagnosis.sight import FADED_BLOCKS, said_faded
from twin.diagnosis.sign import Sign
from twin.diagnosis.signs import Signs
from twin.diagnosis.today import Unseen, said_unseen
from twin.diagnosis.verdict import Event, Share, Standing, Verdict
from twin.estimation.step import Readings, Step

SURE = 0.95
"""Probability of a sign: it is far outside of all that commissioning saw [-] (assumed)."""
HOUR_NS = 12 * BLOCK_NS
"""[ns]"""
LED_ASTRAY_NS = 6 * HOUR_NS
"""Windows from this length on name a second cause beside a loop that is off its set point or blind
only as a consequence [ns]: it is where no model was ever held against it (assumed)."""
WINDOW = "readings"
"""What a sign has instead of the name of a window."""


@dataclass
class _Open:
    """A sign that has an event."""

    sign: Sign
    event: Event
    quiet: int = 0
    unseen: int = 0
    """Blocks for which nothing could show whether it is there [-]."""


class Watch:
    """Follows a plant Step by step; `events` are the open ones.

    A reading that stands still looks like a bias that wanders: the sign takes the bank's event
    over, with its number, and the bank's names for the same thing are silent while it is there.
    """

    def __init__(
        self,
        plant: Plant,
        learned: Learned,
        settings: Settings | None = None,
        what_if: WhatIf | None = None,
        distrust: Callable[[Collection[str]], None] = lambda _names: None,
    ) -> None:
        """With `what_if`, large faults are sized by the models themselves.

        `distrust` is told the signals that are not what they read, each time that they change.
        """
        self.diagnosis = Diagnosis(plant, learned, settings, what_if)
        self.settings = self.diagnosis.settings
        self._blocks = Blocks(
            len(plant.signals), len(plant.hypotheses), plant.q, self.settings.block_share
        )
        self._channel = {c.name: i for i, c in enumerate(plant.channels) if not c.command}
        self._channels = plant.channels
        self._distrust, self._unreadable = distrust, frozenset[str]()
        self._hours: dict[tuple[int, str], Hours] = {}
        self._signs = Signs(plant.channels, Habits.of(learned.habits))
        self._open: dict[str, _Open] = {}
        self._faded: dict[str, str] = {}
        """Part of each that had an event until nothing could show any more whether it is there."""
        self._told: dict[int, Event] = {}
        self._numbers: dict[int, int] = {}
        self._number = 0
        self._now_ns = 0

    @property
    def events(self) -> list[Event]:
        """Those that are open, in the order of their numbers."""
        return [event for _, event in sorted(self._told.items())]

    def standing(self, part: str) -> Standing:
        """What can be said of a part now."""
        own = [e.verdict.standing for e in self.events if e.verdict.part == part]
        if own:
            return Standing.FAULT if Standing.FAULT in own else own[0]
        standing = self.diagnosis.standing(part)
        if standing is Standing.HEALTHY:
            return Standing.UNDECIDED if part in self._faded.values() else standing
        # what the bank sees there is what an event of another name leads to
        hidden = standing in (Standing.FAULT, Standing.UNKNOWN)
        return Standing.UNDECIDED if hidden else standing

    def doubt(self, part: str) -> str:
        """Why a part is undecided; empty if it is not."""
        if self.standing(part) is not Standing.UNDECIDED:
            return ""
        faded = sorted(name for name, of in self._faded.items() if of == part)
        if faded:
            return said_faded(faded[0])
        led = (o for o in self._open.values() for e in self._seen_in(part) if self._hides(o, e))
        cause = next((o.event.verdict.fault for o in led), None)
        return self.diagnosis.doubt(part) if cause is None else said_led(cause)

    def _seen_in(self, part: str) -> list[Event]:
        """What the bank sees in a part."""
        return [e for e in self.diagnosis.events if e.verdict.part == part]

    def unseen(self) -> tuple[Unseen, ...]:
        """Faults that would not be seen today, of parts that are judged."""
        blind = Standing.NOT_OBSERVABLE
        judged = {p for p in self.diagnosis.plant.parts if self.standing(p) is not blind}
        return tuple(u for u in self.diagnosis.unseen() if u.part in judged)

    def remark(self, part: str) -> str:
        """Why a part is undecided, or what its health says nothing of; empty if neither."""
        if self.standing(part) is not Standing.HEALTHY:
            return self.doubt(part)
        return said_unseen([u for u in self.unseen() if u.part == part])

    def lived(self) -> NDArray[np.float64]:
        """What was learned since commissioning, for another watch of the plant to `take_up`."""
        return self.diagnosis.bank.lived()

    def take_up(self, lived: NDArray[np.float64]) -> None:
        """Begin with what another watch of the plant has `lived` through."""
        self.diagnosis.bank.take_up(lived)

    def take(self, step: Step) -> list[Event]:
        """Events that were raised, renamed or cleared with this Step."""
        return [event for block in self._blocks.take(step) for event in self.take_block(block)]

    def take_block(self, block: Block) -> list[Event]:
        """The same for a whole block."""
        self._now_ns = block.t_ns
        self.diagnosis.take_block(block, {o.event.verdict.part for o in self._open.values()})
        if block.readings is not None:
            self._follow(self._signs.take(block.readings, block.usable), block.t_ns)
            if block.t_ns % HOUR_NS == 0:
                self._compare(block.readings, block.t_ns)
        now = self._now()
        news = [e for n, e in sorted(now.items()) if _is_news(self._told.get(n), e)]
        over = [e for n, e in sorted(self._told.items()) if n not in now]
        self._told = now
        self._numbers = {k: n for k, n in self._numbers.items() if n in now}
        return [e.cleared(block.t_ns) for e in over] + news

    def _compare(self, seen: Readings, t_ns: int) -> None:
        """Keep, of every open bias, its size of this hour beside the reading."""
        biases = {_bias_of(e): e for e in self.diagnosis.events if self._biased(e) is not None}
        self._hours = {key: h for key, h in self._hours.items() if key in biases}
        for key, event in biases.items():
            i = self._biased(event)
            found = self.diagnosis.sized(str(event.verdict.fault), "1 h")
            if i is None or found is None or t_ns - event.verdict.since_ns < HOUR_NS:
                continue
            hours = self._hours.setdefault(key, Hours(self._channels[i].zero))
            hours.take(*found, float(seen.mean[i]))

    def _biased(self, event: Event) -> int | None:
        """Channel of a bias that does not grow."""
        if event.verdict.drift:
            return None
        name, _, kind = (event.verdict.fault or "").rpartition(".")
        return self._channel.get(name) if kind == "bias" else None

    def _named(self, event: Event) -> Event:
        """A bias that follows the reading is a gain; one that might is said so."""
        i, verdict = self._biased(event), event.verdict
        if i is None:
            return event
        hours = self._hours.get(_bias_of(event))
        gain = None if hours is None else hours.gain()
        other = f"{self._channels[i].name}.scale"
        if gain is None or gain.log_odds < DECIDED:
            return replace(event, verdict=replace(verdict, group=(other, *verdict.group)))
        check = self._channels[i].check("scale")
        named = replace(
            verdict,
            fault=other,
            unit="-",
            size=gain.size,
            low=gain.low,
            high=gain.high,
            group=(str(verdict.fault), *verdict.group),
            check=check,
        )
        return replace(event, verdict=named)

    def _follow(self, signs: Sequence[Sign], t_ns: int) -> None:
        """Give every sign its event; one that is gone for long enough ends."""
        here = {sign.name: sign for sign in signs}
        taken = set[int]()
        for name, sign in here.items():
            if name in self._open:
                known = self._open[name]
                began_ns = known.event.verdict.since_ns
                verdict = replace(_verdict(sign, t_ns), since_ns=began_ns)
                known.event = replace(known.event, verdict=verdict)
                known.sign, known.quiet = sign, 0
            elif not self._covered(name) and not self._explained(sign, t_ns):
                verdict = _verdict(sign, t_ns)
                event = Event(self._heir(sign, taken), verdict, t_ns, verdict)
                taken.add(event.number)
                if event.number in self._told:
                    before = self._told[event.number]
                    event = replace(event, raised_ns=before.raised_ns, first=before.first)
                self._open[name] = _Open(sign, event)
        for name, known in list(self._open.items()):
            hidden, lingers = self._signs.hidden(name), self._signs.lingers(name)
            known.unseen = known.unseen + 1 if hidden and not lingers and name not in here else 0
            known.quiet += not (name in here or hidden or lingers)
            faded = known.unseen >= FADED_BLOCKS
            over = known.quiet >= self.settings.clear_after_blocks
            if over or faded or self._covered(name):
                del self._open[name]
            if faded:  # what the bank sees meanwhile speaks for itself
                self._faded[name] = known.event.verdict.part
            if over:
                self.diagnosis.dismiss(
                    e.number for e in self.diagnosis.events if self._hides(known, e)
                )
        self._faded = {n: p for n, p in self._faded.items() if self._signs.hidden(n)}
        wrong = [o.sign.channels for o in self._open.values() if o.sign.unreadable and not o.quiet]
        unreadable = frozenset(itertools.chain(*wrong))
        if unreadable != self._unreadable:
            self._unreadable = unreadable
            self._distrust(unreadable)

    def _heir(self, sign: Sign, taken: Collection[int]) -> int:
        """Number of an event that the sign explains, if no other has `taken` it, or a new one."""
        for number, event in sorted(self._told.items()):
            if number not in taken and _is_of(sign, event, self._now_ns - sign.blocks * BLOCK_NS):
                return number
        self._number += 1
        return self._number

    def _explained(self, sign: Sign, t_ns: int) -> bool:
        """What is broken cannot be held, and loops swing round it: they are no second cause."""
        began_ns = t_ns - sign.blocks * BLOCK_NS
        for event in self.diagnosis.events:
            if sign.name.endswith(".off_setpoint") and event.verdict.part == sign.part:
                return True
            if sign.name.endswith(".hunting") and event.raised_ns < began_ns:
                return True
        return False

    def _covered(self, name: str) -> bool:
        return any(name in known.sign.covers for known in self._open.values())

    def _hides(self, known: _Open, event: Event) -> bool:
        """Whether an event of the bank is what a sign with an event does."""
        return self._is(known, event) or self._leads(known, event)

    def _is(self, known: _Open, event: Event) -> bool:
        return _is_of(known.sign, event, known.event.verdict.since_ns)

    def _leads(self, known: _Open, event: Event) -> bool:
        """Whether the bank's event is what a loop leads to that is off its set point, or blind.

        Off its set point it is elsewhere within its part; one that is held by a reading which does
        not move goes to its end, and takes the others along.
        """
        window = self.settings.windows[self.settings.index(event.first.window)]
        own = event.verdict.part == known.event.verdict.part
        return (
            ((own and known.sign.name.endswith(".off_setpoint")) or self._blinds(known.sign))
            and event.raised_ns >= known.event.raised_ns
            and window.length_ns >= LED_ASTRAY_NS
        )

    def _blinds(self, sign: Sign) -> bool:
        """Whether a command is moved by a reading that stands still.

        Of one that is only not heard here, its controller may hear well.
        """
        held = (
            self._channels[self._channel[n]].held_by for n in sign.channels if n in self._channel
        )
        return sign.name.endswith(".stuck") and any(held)

    def _now(self) -> dict[int, Event]:
        now = {known.event.number: known.event for known in self._open.values()}
        for event in self.diagnosis.events:
            if any(self._is(o, event) for o in self._open.values()):
                continue
            if led := [o.event.number for o in self._open.values() if self._leads(o, event)]:
                signals = (*now[led[0]].consequences, *(s.signal for s in event.verdict.evidence))
                now[led[0]] = replace(now[led[0]], consequences=tuple(dict.fromkeys(signals)))
                continue
            number = self._numbers.get(event.number)
            if number is None or number in now:
                self._number += 1
                number = self._numbers[event.number] = self._number
            now[number] = replace(self._named(event), number=number)
        return now


def _bias_of(event: Event) -> tuple[int, str]:
    """Which bias an event is: it keeps its number when it gets another name."""
    return event.number, str(event.verdict.fault)


def _is_of(sign: Sign, event: Event, began_ns: int) -> bool:
    """Whether an event is another name of a sign that began at `began_ns` [ns].

    What the bank saw before nothing was heard any more is none: it may still be there.
    """
    before = event.verdict.window != WINDOW and event.raised_ns < began_ns
    return event.verdict.fault in sign.covers and not (sign.unheard and before)


def said_led(cause: str) -> str:
    """Why a part is undecided in which the bank sees what an event of another name leads to."""
    return f"what its models miss may come of {cause}"


def _is_news(before: Event | None, now: Event) -> bool:
    if before is None:
        return True
    then, verdict = before.verdict, now.verdict
    return (then.fault, then.part) != (verdict.fault, verdict.part)


def _verdict(sign: Sign, t_ns: int) -> Verdict:
    share = 1.0 / len(sign.channels)
    return Verdict(
        standing=Standing.FAULT,
        part=sign.part,
        fault=sign.name,
        drift=False,
        unit=sign.unit,
        size=sign.size,
        low=sign.low,
        high=sign.high,
        probability=SURE,
        since_ns=t_ns - sign.blocks * BLOCK_NS,
        group=(),
        evidence=tuple(Share(name, share, 0.0) for name in sign.channels),
        window=WINDOW,
        check=sign.check,
    )
