"""Deadlines are absolute: a slow cycle is late and counted, and does not move the others."""

from hil.loop.realtime import run_periods
from twin.clock import VirtualClock


class BusyClock(VirtualClock):
    """A virtual clock that work can use up."""

    def work(self, ns: int) -> None:
        self._now_ns += ns


def test_lateness_and_overruns_of_one_slow_cycle():
    clock, late, overruns = BusyClock(), {}, []

    def cycle(k: int, late_ns: int) -> None:
        late[k] = late_ns
        clock.work(250 if k == 3 else 10)

    done = run_periods(cycle, clock, 100, 8, lambda: False, lambda: overruns.append(1))
    assert done == 8
    # cycle 3 runs from 300 to 550: 4 and 5 begin late by what is left, 6 is on time again
    assert late == {1: 0, 2: 0, 3: 0, 4: 150, 5: 60, 6: 0, 7: 0, 8: 0}
    assert len(overruns) == 2  # cycle 3 missed the deadline of 4, cycle 4 (550 to 560) that of 5


def test_stop_ends_between_cycles():
    clock, seen = VirtualClock(), []
    done = run_periods(
        lambda k, _late: seen.append(k), clock, 10, 100, lambda: len(seen) >= 4, seen.clear
    )
    assert done == 4
    assert seen == [1, 2, 3, 4]
