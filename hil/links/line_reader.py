"""The owner of a link: all points of all its units, one transaction at a time, in time."""

from collections.abc import Callable, Sequence

from hil.links.poll import PollClass, Schedule
from hil.links.span import Span
from hil.links.unit_reader import UnitReader
from twin.clock import Clock


class LineReader:
    """Polls `units` that share one line.

    `now_ns` is the clock of their devices [ns]. Nothing here raises because of what a line or a
    device does: failures are readings, lateness is counted in `classes`.
    """

    def __init__(self, units: Sequence[UnitReader], now_ns: Callable[[], int]) -> None:
        self.units = tuple(units)
        self._now_ns = now_ns
        self._jobs = [(unit, period_ns) for unit in units for period_ns in unit.classes]
        classes = [PollClass(unit.device.name, period_ns) for unit, period_ns in self._jobs]
        self._schedule = Schedule(classes, now_ns())
        self._waiting: dict[int, list[Span]] = {}
        self._good: dict[int, bool] = {}

    @property
    def classes(self) -> tuple[PollClass, ...]:
        """Each unit's poll classes, and how well each is kept."""
        return self._schedule.classes

    @property
    def load(self) -> float:
        """Share of the line's time that the plans ask for [-]; above 1 some class must be late."""
        return sum(unit.load for unit in self.units)

    def step(self) -> int:
        """One transaction of the most urgent class, if any is due; when the next is due [ns]."""
        i = self._schedule.first(self._now_ns())
        if i is not None:
            self._advance(i)
        following = self._schedule.next_ns()
        return self._now_ns() if following is None else following

    def run_until(self, clock: Clock, t_ns: int) -> None:
        """Poll until `t_ns` [ns] of `clock`, which must be the clock of the devices."""
        while clock.now_ns() < t_ns:
            clock.wait_until(min(self.step(), t_ns))

    def _advance(self, i: int) -> None:
        unit, period_ns = self._jobs[i]
        waiting = self._waiting.get(i)
        if waiting is None:
            waiting = self._waiting[i] = list(unit.classes.get(period_ns, ()))
            self._good[i] = True
        if waiting:
            good = unit.read(waiting.pop(0))
            self._good[i] = self._good[i] and good
            waiting[:0] = unit.take_instead()
            if not waiting:
                waiting += unit.take_unscaled()
        if not waiting:
            del self._waiting[i]
            self._schedule.done(i, self._now_ns(), good=self._good[i])
