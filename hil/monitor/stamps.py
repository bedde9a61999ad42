"""When a row of a monitored plant is taken, and which time is written on it.

Stamps are UTC on whole periods, and each is later than all before it, whatever people and time
servers do to the machine's clock. Between two rows the monotonic clock counts; from row to row the
stamps follow UTC:

- UTC is ahead by a period or more (the clock was set forward, or the machine slept): the stamps
  jump, and what is missing is a gap with a reason.
- UTC is behind (the clock was set back, by hand or by a leap second): the stamps go on, 1 % slower
  than time, until UTC has caught up. `offset_ns` shows how far there is to go.
- Both less than a period: the same 1 %, so that a time server that steers the clock is followed.

Pure: the clocks are an argument. Daylight saving is nothing to UTC, so nothing here knows of it.
"""

from dataclasses import dataclass
from enum import IntEnum

from twin.clock import Instant

SHARE = 100
"""Stamps are steered by at most one part in so many [-]."""


class Missing(IntEnum):
    """Why there are no rows before a row."""

    NOTHING = 0
    LATE = 1
    FORWARD = 2
    ASLEEP = 3
    STOPPED = 4
    RESTARTED = 5


WORDS = {
    Missing.LATE: "the loop was late",
    Missing.FORWARD: "the clock was set forward",
    Missing.ASLEEP: "the machine was asleep",
    Missing.STOPPED: "the monitor was not running",
    Missing.RESTARTED: "the loop had to be started again",
}
"""Reasons as people read them."""


@dataclass(frozen=True)
class Stamp:
    """Of a row: its time [ns since 1970], how late it was begun [ns], what is missing before it."""

    t_ns: int
    late_ns: int
    missing: Missing
    """Why rows are missing between the row before and this one."""
    missed: int
    """How many [-]."""


class Stamps:
    """Stamps of one loop with a period of `period_ns` [ns]."""

    def __init__(self, period_ns: int, now: Instant, after_ns: int | None = None) -> None:
        """Begin with the first whole period after `now`, and after the stamp `after_ns` [ns].

        Where `after_ns` is in the future (the clock was set back meanwhile), the stamps go on from
        there.
        """
        self._period_ns = period_ns
        self._last = now
        self._lead_ns = now.utc_ns - now.mono_ns
        """Stamps less the monotonic clock."""
        self._next_ns = _after(now.utc_ns, period_ns)
        if after_ns is not None and after_ns >= self._next_ns:
            first_ns = _after(after_ns, period_ns)
            self._lead_ns += first_ns - self._next_ns
            self._next_ns = first_ns

    @property
    def deadline_ns(self) -> int:
        """When the next row is due, on the monotonic clock [ns]."""
        return self._next_ns - self._lead_ns

    @property
    def now_ns(self) -> int:
        """When the last row was taken, on the monotonic clock [ns]."""
        return self._last.mono_ns

    @property
    def offset_ns(self) -> int:
        """Stamps less UTC, as of the last row [ns]."""
        return self._lead_ns - (self._last.utc_ns - self._last.mono_ns)

    def take(self, now: Instant) -> Stamp:
        """The stamp of the row that is taken `now`, at or after `deadline_ns`."""
        period_ns, due_ns = self._period_ns, self._next_ns
        late_ns = max(0, now.mono_ns - self.deadline_ns)
        ahead_ns = now.utc_ns - now.mono_ns - self._lead_ns
        jump_ns = max(0, ahead_ns) // period_ns * period_ns
        asleep_ns = (now.boot_ns - now.mono_ns) - (self._last.boot_ns - self._last.mono_ns)
        self._lead_ns += jump_ns
        t_ns = max(due_ns, (now.mono_ns + self._lead_ns) // period_ns * period_ns)
        missed = (t_ns - due_ns) // period_ns
        missing = Missing.NOTHING
        if missed:
            why = Missing.ASLEEP if 2 * asleep_ns >= jump_ns else Missing.FORWARD
            missing = why if jump_ns else Missing.LATE
        most_ns = period_ns // SHARE
        self._lead_ns += max(-most_ns, min(most_ns, ahead_ns - jump_ns))
        self._next_ns, self._last = t_ns + period_ns, now
        return Stamp(t_ns, late_ns, missing, missed)


def _after(t_ns: int, period_ns: int) -> int:
    """The first whole period after `t_ns`."""
    return t_ns // period_ns * period_ns + period_ns
