"""The points of one unit: planned into reads, read, and planned anew around what it refuses."""

from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from hil.links.cost import LinkCost
from hil.links.device import Missed
from hil.links.planner import Hole, Limits, plan_reads
from hil.links.refusals import ILLEGAL_ADDRESS, ILLEGAL_VALUE, Refusals
from hil.links.span import Span, Value
from twin.clock import NS_PER_S
from twin.errors import refuse, unknown
from twin.registers import Point
from twin.signals import Quality

_NOT_YET: Final = Missed(Quality.NOT_YET, "not read yet", 0)


class Fetcher(Protocol):
    """What answers reads: a `Device`, or who asks in its own way."""

    name: str
    answered_ns: int

    def now_ns(self) -> int:
        """Time on the clock that readings are stamped with [ns]."""
        ...

    def fetch(self, request: bytes) -> bytes | Missed:
        """Data of a read, which was there at `answered_ns` [ns]; or why there is none."""
        ...


class Sink(Protocol):
    """Where readings go, by the names of their points."""

    def take(self, names: tuple[str, ...], values: Sequence[Value], t_ns: int) -> None:
        """What was read at `t_ns` [ns]; None where the device itself has no value."""
        ...

    def miss(self, names: tuple[str, ...], quality: Quality, why: str, t_ns: int) -> None:
        """What could not be read at `t_ns` [ns], and why; the old values are gone."""
        ...


class UnitReader:
    """Reads `points` of `device` in classes: `classes` has the reads of each period [ns].

    A point without a poll period has `default_ns`; one that is not longer than `shortest_ns`
    falls into class `shortest_ns`. Exponents of scales are looked up in `among` and read along,
    as often as the fastest point that needs them. `version` counts plans.
    """

    def __init__(
        self,
        device: Fetcher,
        points: Sequence[Point],
        among: Mapping[str, Point],
        cost: LinkCost,
        limits: Limits,
        sink: Sink,
        *,
        default_ns: int = NS_PER_S,
        shortest_ns: int = 0,
        conversions: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self.device = device
        self.cost = cost
        self.classes: Mapping[int, tuple[Span, ...]] = {}
        self.version = 0
        self._limits = limits
        self._sink = sink
        self._conversions = conversions
        self._periods = _periods(points, among, default_ns, shortest_ns)
        self._exponents: dict[str, float | None] = {
            p.scale_ref: None for p in points if p.scale_ref is not None
        }
        self._lost = dict.fromkeys(self._exponents, _NOT_YET)
        self._barred: set[str] = set()  # points in holes, whose sink knows why they are not read
        self._refusals = Refusals()
        self._searching = False
        self._instead: list[Span] = []
        self._unscaled: list[Span] = []
        self._plan()

    @property
    def holes(self) -> list[Hole]:
        """What the unit was found to refuse; it is not asked for it again before `forget`."""
        return sorted(self._refusals.holes)

    @property
    def periods(self) -> dict[str, int]:
        """How often each point is read [ns], by name."""
        return {point.name: period_ns for point, period_ns in self._periods}

    @property
    def load(self) -> float:
        """Share of the line's time that its classes ask for [-]; class 0 has no period."""
        return sum(
            self.cost.read_ns(span.data_bytes) / period_ns
            for period_ns, spans in self.classes.items()
            for span in spans
            if period_ns
        )

    def forget(self) -> None:
        """Ask again for everything that was refused."""
        self._refusals.forget()
        self._settle()

    def round(self) -> bool:
        """Read every point once, now; whether no failure of the line was met."""
        return self.read_all([span for spans in self.classes.values() for span in spans])

    def read_all(self, spans: Sequence[Span]) -> bool:
        """Read `spans`, and what comes in their stead; whether no failure of the line was met."""
        good = True
        self._unscaled = []
        for span in spans:
            good = self.read(span) and good
        while self._instead:
            for span in self.take_instead():
                good = self.read(span) and good
        for span in self.take_unscaled():  # by now their exponents have been asked for
            good = self.read(span) and good
        return good

    def read(self, span: Span) -> bool:
        """One transaction; a refused read leaves others behind, to be had from `take_instead`.

        Returns whether it was answered: False asks for another try, soon.
        """
        device = self.device
        got = device.fetch(span.request)
        if isinstance(got, Missed):
            return self._failed(span, got)
        if (plain := span.plain) is not None:
            values = plain(got)
        else:
            values = span.decode(got, self._exponents)
        if self._exponents:
            self._note_exponents(span, values)
        if self._searching:
            self._refusals.good(span)
            self._settle()
        self._sink.take(span.names, values, device.answered_ns)
        if self._lost:
            self._miss_scaled(span)
        return True

    def take_instead(self) -> list[Span]:
        """Reads that take the place of one that was refused; each is handed out once."""
        spans, self._instead = self._instead, []
        return spans

    def take_unscaled(self) -> list[Span]:
        """Reads that came before the exponents they need, which are known by now; each once."""
        ripe = [span for span in self._unscaled if not self._waits(span)]
        self._unscaled = [span for span in self._unscaled if span not in ripe]
        return ripe

    def _failed(self, span: Span, got: Missed) -> bool:
        if got.refusal not in (ILLEGAL_ADDRESS, ILLEGAL_VALUE):
            self._lose(span.names, got)
            return False
        halves = [Span(points, self._conversions) for points in self._refusals.refused(span)]
        if halves:
            self._instead += halves
            self._replace(span, halves)
        else:
            self._lose(span.names, got)
            self._barred.update(span.names)
            self._replace(span, [])
        self._settle()
        return True

    def _lose(self, names: tuple[str, ...], got: Missed) -> None:
        for name in names:
            if name in self._exponents:
                self._exponents[name], self._lost[name] = None, got
        self._sink.miss(names, got.quality, got.why, got.t_ns)

    def _replace(self, span: Span, halves: Sequence[Span]) -> None:
        self.classes = {
            period_ns: tuple(s for old in spans for s in (halves if old is span else (old,)))
            for period_ns, spans in self.classes.items()
        }
        self.version += 1

    def _settle(self) -> None:
        """Plan anew when it has become clear what the unit refuses."""
        self._searching = self._refusals.open
        if not self._searching:
            self._plan()

    def _plan(self) -> None:
        limits = self._limits.without(self._refusals.holes)
        classes: dict[int, list[Point]] = {}
        for point, period_ns in self._periods:
            if limits.bars(point.table, point.address, point.end):
                self._forbid(point)
            else:
                self._barred.discard(point.name)
                classes.setdefault(period_ns, []).append(point)
        self.classes = {
            period_ns: tuple(self._reads(classes[period_ns], limits))
            for period_ns in sorted(classes)
        }
        self.version += 1

    def _reads(self, points: Sequence[Point], limits: Limits) -> list[Span]:
        """The reads of one class; those that bring exponents come first."""
        reads = plan_reads(points, self.cost, limits, self._conversions)
        return sorted(reads, key=lambda span: self._exponents.keys().isdisjoint(span.names))

    def _forbid(self, point: Point) -> None:
        if point.name not in self._barred:
            self._barred.add(point.name)
            why = f"{self.device.name}: {point.table} {point.address} is not to be read"
            self._lose((point.name,), Missed(Quality.REFUSED, why, self.device.now_ns()))

    def _note_exponents(self, span: Span, values: Sequence[Value]) -> None:
        for name, value in zip(span.names, values, strict=True):
            if name in self._exponents and not isinstance(value, str):
                self._exponents[name] = value
                self._lost.pop(name, None)

    def _miss_scaled(self, span: Span) -> None:
        """Numbers whose scale was not read: their registers alone say nothing."""
        if self._waits(span) and span not in self._unscaled:
            self._unscaled.append(span)
        for point in span.points:
            if point.scale_ref in self._lost:
                got = self._lost[point.scale_ref]
                why = f"its scale {point.scale_ref}: {got.why}"
                self._sink.miss((point.name,), got.quality, why, self.device.answered_ns)

    def _waits(self, span: Span) -> bool:
        """Whether an exponent that it needs was not even asked for yet."""
        return any(self._lost.get(p.scale_ref or "") is _NOT_YET for p in span.points)


def _periods(
    points: Sequence[Point], among: Mapping[str, Point], default_ns: int, shortest_ns: int
) -> list[tuple[Point, int]]:
    """Every point once with its period [ns], exponents among them."""
    found: dict[str, tuple[Point, int]] = {}
    for point in points:
        if point.poll is not None and not point.poll > 0:
            raise refuse(f"{point.name}.poll", point.poll, "must be > 0 s")
        own_ns = default_ns if point.poll is None else round(point.poll * NS_PER_S)
        found[point.name] = (point, max(own_ns, shortest_ns))
    for point, period_ns in list(found.values()):
        if (name := point.scale_ref) is None:
            continue
        if name not in among:
            raise unknown(point.name, "scale_ref", name, among)
        _, own_ns = found.get(name, (point, period_ns))
        found[name] = (among[name], min(own_ns, period_ns))
    return list(found.values())
