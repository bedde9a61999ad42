"""What a report shows of a replay, gathered as it goes: around events, and of the whole of it.

Memory does not grow with the length of the data: `MOST_EVENTS` events, each in two strips.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hil.replay.bend import bend
from hil.replay.cells import HOUR_NS, Cell, History, Strip, of_fault
from hil.replay.curves import Curves, curves
from twin.diagnosis.blocks import Block, Blocks
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.learned import Plant
from twin.diagnosis.refine import WhatIf
from twin.diagnosis.settings import Settings
from twin.diagnosis.verdict import Event, Verdict
from twin.estimation.step import Step

Floats = NDArray[np.float64]

MOST_EVENTS = 40
"""So many events are drawn, the first ones; the others are in the tables only [-]."""
MOST_SIGNALS = 4
"""So many signals of an event are drawn, the strongest evidence first [-]."""
BEFORE_NS, AFTER_NS = 6 * HOUR_NS, 2 * HOUR_NS
"""Shown before the onset (or half as long as it took to raise the event, if that is more), and
after the end [ns]."""
ONSET_NS = 12 * HOUR_NS
"""The close look ends so long after the event was raised [ns]."""
CLOSE, WHOLE, PERIOD = 360, 240, 480
"""Cells of the close look, of a whole event and of all the data [-]."""
MOST_REASONS = 200
"""Different reasons that are counted [-]; a site has some twenty."""


@dataclass(frozen=True)
class Shown:
    """Curves of an event's strongest evidence: around its onset, and all of it."""

    close: tuple[Curves, ...]
    whole: tuple[Curves, ...]
    """Empty if the close look shows all of it."""


class _Case:
    """An event that goes on: strips of all channels, because its evidence may change."""

    def __init__(
        self, event: Event, column: int | None, history: History, before: "_Case | None" = None
    ) -> None:
        self.key = _key(event, column)
        self.column = column
        since_ns = event.verdict.since_ns
        begin_ns = since_ns - max(BEFORE_NS, (event.raised_ns - since_ns) // 2)
        self._until_ns = event.raised_ns + ONSET_NS
        self._now_ns = since_ns
        self._bend: Floats | None = None
        self._close, self._whole = Strip(CLOSE), Strip(WHOLE)
        remembered = history.since(begin_ns)
        for cell in [] if before is None else before.cells:  # what the fault does then is not known
            if cell.to_ns <= remembered[0].from_ns:
                self._put(replace(cell, effect=np.full(len(cell.blocks), np.nan)))
        for cell in remembered:
            self.add(cell)

    @property
    def cells(self) -> list[Cell]:
        """All of it."""
        return self._whole.cells

    def add(self, cell: Cell) -> None:
        """Put a block behind the others."""
        self._put(of_fault(cell, self.column))

    def _put(self, own: Cell) -> None:
        self._whole.add(own)
        self._now_ns = own.to_ns
        if own.to_ns <= self._until_ns:
            self._close.add(own)

    def bend(self, verdict: Verdict, fault: Hypothesis, what_if: WhatIf, end_ns: int) -> None:
        """Ask the models once how the fault's effect bends with its size."""
        if self._bend is None and self._close.cells:
            self._bend = bend(self._close.cells, verdict, fault, what_if, end_ns)

    @property
    def looked(self) -> bool:
        """Whether the close look is over."""
        return self._now_ns >= self._until_ns

    def shown(self, plant: Plant, names: Sequence[str]) -> Shown:
        close, whole = (
            [c if self._bend is None else replace(c, effect=c.effect * self._bend) for c in cells]
            for cells in (self._close.cells, self._whole.cells)
        )
        close = close or whole  # what was renamed after longer than is remembered has no onset
        longer = bool(whole) and whole[-1].to_ns > close[-1].to_ns
        return Shown(
            tuple(curves(plant, close, name) for name in names),
            tuple(curves(plant, whole, name) for name in names) if longer else (),
        )


Healthy = Callable[[Block], tuple[Floats, Floats]]
"""Innovation without a fault and its standard deviation, float64[m] each, SI."""


class Evidence:
    """Follows a replay Step by Step, beside the diagnosis."""

    def __init__(self, plant: Plant, healthy: Healthy, what_if: WhatIf) -> None:
        """Take whom to ask.

        Args:
            plant: whose signals and hypotheses it is about.
            healthy: what the diagnosis expects of a block without a fault, and how surely.
            what_if: runs the models again with a large fault in them, once an event.
        """
        self._plant, self._healthy, self._what_if = plant, healthy, what_if
        self._columns = {h.name: j for j, h in enumerate(plant.hypotheses)}
        share = Settings().block_share
        self._blocks = Blocks(len(plant.signals), len(plant.hypotheses), plant.q, share)
        self._history, self._period = History(), Strip(PERIOD)
        self._open: dict[int, _Case] = {}
        self.shown: dict[int, Shown] = {}
        """Of events by number; of those that are open only after `finish`."""
        self.steps = 0
        self.judged: Counter[str] = Counter()
        """Steps in which something of a part was fit to be judged [-]."""
        self.reasons: Counter[tuple[str, str]] = Counter()
        """Steps for which a part was not, and why [-]."""

    @property
    def period(self) -> tuple[Curves, ...]:
        """Every watched signal over all the data."""
        return tuple(curves(self._plant, self._period.cells, n) for n in self._plant.signals)

    def take(self, step: Step, events: Mapping[int, Event], reasons: Mapping[str, str]) -> None:
        """A Step, the events as they are known after it, and why parts are not observable."""
        self.steps += 1
        parts = {p for p, ok in zip(self._plant.part_of, step.usable, strict=True) if ok}
        self.judged.update(parts)
        for part, why in reasons.items():
            known = (part, why) in self.reasons or len(self.reasons) < MOST_REASONS
            self.reasons[part, why if known else "other reasons"] += 1
        for block in self._blocks.take(step):
            self.take_block(block, events)

    def take_block(self, block: Block, events: Mapping[int, Event]) -> None:
        """Five minutes at once; for those who have no Steps."""
        cell = self._cell(block)
        self._history.add(cell)
        self._period.add(of_fault(cell, None))
        self._follow(cell, events.values())

    def finish(self, events: Mapping[int, Event]) -> None:
        """Take what is known of events that are open at the end."""
        for number in sorted(self._open):
            self._close(events[number])

    def _follow(self, cell: Cell, events: Iterable[Event]) -> None:
        for event in events:
            number = event.number
            if number in self.shown:
                continue
            case = self._open.get(number)
            if case is None and len(self._open) + len(self.shown) >= MOST_EVENTS:
                continue
            column = self._column(event)
            if case is None or case.key != _key(event, column):
                self._open[number] = _Case(event, column, self._history, case)
            else:
                case.add(cell)
                if case.looked:
                    self._bend(event, cell.to_ns)
            if event.cleared_ns is not None and cell.to_ns >= event.cleared_ns + AFTER_NS:
                self._close(event)

    def _bend(self, event: Event, now_ns: int) -> None:
        case = self._open[event.number]
        if case.column is not None and event.verdict.size == event.verdict.size:
            fault = self._plant.hypotheses[case.column]
            end_ns = now_ns if event.cleared_ns is None else event.cleared_ns
            case.bend(event.verdict, fault, self._what_if, end_ns)

    def _close(self, event: Event) -> None:
        self._bend(event, self._open[event.number].cells[-1].to_ns)
        case = self._open.pop(event.number)
        names = [share.signal for share in event.verdict.evidence[:MOST_SIGNALS]]
        self.shown[event.number] = case.shown(self._plant, names)

    def _column(self, event: Event) -> int | None:
        """Of the fault among the hypotheses; a wrong gain does what a bias does that follows it."""
        name = event.verdict.fault or ""
        if name.endswith(".scale"):
            name = f"{name.removesuffix('.scale')}.bias"
        return self._columns.get(name)

    def _cell(self, block: Block) -> Cell:
        usable = block.usable
        expected, band = self._healthy(block)
        residual = np.where(usable, block.innovation - expected, np.nan)
        shift = np.full(len(self._plant.channels), np.nan)
        for i, channel in enumerate(self._plant.channels):
            if channel.watched is not None and usable[channel.watched]:
                shift[i] = expected[channel.watched]
        nothing = np.full(len(shift), np.nan)
        seen = block.readings
        low, high, model_low, model_high = (
            (seen.low, seen.high, seen.model_low, seen.model_high) if seen else (nothing,) * 4
        )
        return Cell(
            *(block.t_ns - Settings().windows[0].length_ns, block.t_ns),
            *(low, high, model_low + shift, model_high + shift),
            *(residual, residual, residual),
            np.where(usable, band, np.nan),
            block.signature.astype(np.float32),
            usable.astype(float),
        )


def _key(event: Event, column: int | None) -> tuple[int | None, int]:
    """What a strip was begun for: another name or onset begins another."""
    return column, event.verdict.since_ns
