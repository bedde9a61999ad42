"""Periods on absolute deadlines: cycle k begins at k·period, whatever happened before it."""

from collections.abc import Callable

from twin.clock import Clock

Cycle = Callable[[int, int], None]
"""`cycle(k, late_ns)`: the work of period k, which began `late_ns` after its deadline [ns]."""


def run_periods(
    cycle: Cycle,
    clock: Clock,
    period_ns: int,
    cycles: int,
    stopped: Callable[[], bool],
    overrun: Callable[[], None],
) -> int:
    """Run `cycle` for k = 1..cycles on the deadlines k·`period_ns`; how many were done.

    A cycle that is not finished at the next deadline is an overrun: `overrun` counts it, the next
    one begins at once and its lateness says so. No period is skipped, because the plant's time is
    k·period.
    """
    for k in range(1, cycles + 1):
        if stopped():
            return k - 1
        deadline_ns = k * period_ns
        cycle(k, clock.wait_until(deadline_ns) - deadline_ns)
        if clock.now_ns() >= deadline_ns + period_ns:
            overrun()
    return cycles
