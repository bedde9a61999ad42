"""The reading half of a master: columns that are read from one device, in SI, each with a quality.

It has no write gate and makes no permits, so that whoever has only this cannot write.
"""

from collections.abc import Sequence

from hil.bench.columns import Incoming
from hil.bench.wiring import Tap, conversions_of
from hil.links.cost import LinkCost
from hil.links.device import Device
from hil.links.planner import limits_of
from hil.links.poll import PollClass, Schedule
from hil.links.span import Value
from hil.links.unit_reader import UnitReader
from twin.clock import NS_PER_S
from twin.registers import RegisterMap
from twin.signals import Quality

ASK_AGAIN_NS = 600 * NS_PER_S
"""After this a register that was refused is asked for again: a device that starts refuses what it
will have a little later (assumed) [ns]."""


class Reading:
    """Reads the columns of `taps` from a device.

    `values` and `quality` hold what was read last, in the order of the columns, which count from
    0. Reads are planned by the `cost` of the link. A point whose poll period is longer than
    `period_ns`, the time from one `read` to the next [ns], is read once in its period; in between
    its column keeps the value, which is no older than the map asks for. When a read of it fails,
    the value is gone at once.
    """

    def __init__(
        self,
        device: Device,
        register_map: RegisterMap,
        taps: Sequence[Tap],
        cost: LinkCost,
        period_ns: int = 0,
    ) -> None:
        self.device = device
        self._incoming = Incoming(len(taps))
        self.values, self.quality = self._incoming.values, self._incoming.quality
        self._columns = {tap.point: tap.column for tap in taps}
        self._placed: dict[tuple[str, ...], tuple[int, ...]] = {}
        self.unit = UnitReader(
            device,
            [register_map.point(tap.point) for tap in taps],
            register_map.points,
            cost,
            limits_of(register_map),
            self,
            default_ns=0,
            shortest_ns=period_ns,
            conversions=conversions_of(register_map, taps),
        )
        self._period_ns = period_ns
        slow = [p for p in self.unit.classes if p > period_ns]
        self.slow_polls = tuple(PollClass(device.name, p) for p in slow)
        """Polls that are slower than the cycle, and how well each is kept."""
        self._schedule: Schedule | None = None
        self._ask_again_ns: int | None = None

    def read(self) -> None:
        """Ask for the columns that are due; one that is not answered keeps a reason, no value."""
        unit = self.unit
        if unit.holes:
            self._ask_again(self.device.now_ns())
        unit.read_all(unit.classes.get(self._period_ns, ()))
        if self.slow_polls:
            self._read_slow(self.device.now_ns())

    def _ask_again(self, now_ns: int) -> None:
        if self._ask_again_ns is None:
            self._ask_again_ns = now_ns + ASK_AGAIN_NS
        elif now_ns >= self._ask_again_ns:
            self._ask_again_ns = None
            self.unit.forget()

    def _read_slow(self, now_ns: int) -> None:
        schedule = self._schedule
        if schedule is None:
            schedule = self._schedule = Schedule(self.slow_polls, now_ns)
        while (i := schedule.first(now_ns)) is not None:
            good = self.unit.read_all(self.unit.classes.get(self.slow_polls[i].period_ns, ()))
            schedule.done(i, self.device.now_ns(), good=good)

    # where the unit's readings go

    def take(self, names: tuple[str, ...], values: Sequence[Value], t_ns: int) -> None:
        """Readings of columns, and of exponents that are in none."""
        columns = self._placed.get(names)
        if columns is None:
            columns = self._place(names)
        if len(columns) < len(names):
            values = [v for v, name in zip(values, names, strict=True) if name in self._columns]
        self._incoming.take(columns, values)  # type: ignore[arg-type]  # a tap is never text

    def miss(self, names: tuple[str, ...], quality: Quality, why: str, t_ns: int) -> None:
        """Columns that were not read."""
        self._incoming.miss(self._place(names), quality)

    def _place(self, names: tuple[str, ...]) -> tuple[int, ...]:
        columns = tuple(self._columns[name] for name in names if name in self._columns)
        self._placed[names] = columns
        return columns
