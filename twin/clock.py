"""Time: an `int` of nanoseconds since the run began. Nothing else asks the system for it."""

import re
import time
from datetime import UTC, datetime
from typing import Final, NamedTuple, Protocol

NS_PER_S = 1_000_000_000


class Clock(Protocol):
    """What the loop needs of time: where we are, and waiting for an absolute instant."""

    def now_ns(self) -> int:
        """Time since the run began [ns]."""
        ...

    def wait_until(self, t_ns: int) -> int:
        """Return at or after `t_ns` [ns] with the time it is then [ns]."""
        ...


class VirtualClock:
    """Time that passes only when somebody waits for it; waiting costs nothing."""

    def __init__(self) -> None:
        self._now_ns = 0

    def now_ns(self) -> int:
        """Time since the run began [ns]."""
        return self._now_ns

    def wait_until(self, t_ns: int) -> int:
        """Jump to `t_ns` [ns]; a deadline in the past moves nothing."""
        self._now_ns = max(self._now_ns, t_ns)
        return self._now_ns


class WallClock:
    """The monotonic clock of the machine, counted from `start_ns` on it.

    Processes of one run share `start_ns`, so that they mean the same instant.
    """

    def __init__(self, start_ns: int | None = None) -> None:
        self.start_ns = monotonic_ns() if start_ns is None else start_ns

    def now_ns(self) -> int:
        """Time since the run began [ns]."""
        return time.monotonic_ns() - self.start_ns

    def wait_until(self, t_ns: int) -> int:
        """Sleep to the absolute instant `t_ns` [ns]; lateness does not add up."""
        while (left := t_ns - self.now_ns()) > 0:
            time.sleep(left / NS_PER_S)
        return self.now_ns()


class BootClock(WallClock):
    """A clock that also counts the time in which the machine sleeps, where the system has one.

    For promises to the world outside ("no longer than ten minutes"), which a closed laptop
    does not suspend. Setting the wall clock moves it no more than the monotonic one.
    """

    def __init__(self) -> None:
        super().__init__(_boot_ns())

    def now_ns(self) -> int:
        """Time since the clock was made [ns]."""
        return _boot_ns() - self.start_ns


def _boot_ns() -> int:
    if (clock := getattr(time, "CLOCK_BOOTTIME", None)) is None:  # Linux has it
        return time.monotonic_ns()
    return time.clock_gettime_ns(clock)


monotonic_ns: Final = time.monotonic_ns
"""Reading of the monotonic clock that all processes of a machine share [ns]."""


class Instant(NamedTuple):
    """One instant on three clocks [ns]."""

    mono_ns: int
    """Of `monotonic_ns`: it stands while the machine sleeps."""
    utc_ns: int
    """Wall time since 1970: whoever administers the machine may set it."""
    boot_ns: int
    """As `mono_ns`, but it counts the time in which the machine sleeps, where it can."""


TOGETHER_NS: Final = 1_000_000
"""Clocks that were read within so long of each other belong together [ns]."""


def instant() -> Instant:
    """Read the three clocks together, as well as a busy machine lets us."""
    for _ in range(4):
        mono_ns = time.monotonic_ns()
        now = Instant(mono_ns, utc_ns(), _boot_ns())
        if time.monotonic_ns() - mono_ns < TOGETHER_NS:
            break
    return now


def utc_ns() -> int:
    """Wall time since 1970, leap seconds left out [ns]: for stamps that people read."""
    return time.time_ns()


def utc_now() -> datetime:
    """Wall time, for the record only: nothing is computed from it."""
    return datetime.now(UTC)


def iso_utc(t_ns: int) -> str:
    """`t_ns` [ns since 1970] as ISO 8601 in UTC, to the millisecond: 2026-11-27T08:00:00.250Z."""
    seconds, rest_ns = divmod(t_ns, NS_PER_S)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest_ns // 1_000_000:03}Z"


def parse_duration_s(text: str) -> float:
    """Seconds in `24h`, `90 s`, `100ms`, `7d` or `1h30m` [s]; ValueError names what is wrong."""
    if not _DURATION.fullmatch(text):
        raise ValueError(f"{text!r} is not a duration such as 24h, 90s or 1h30m")
    return sum(float(number) * _SECONDS[unit] for number, unit in _AMOUNT.findall(text))


_SECONDS: Final = {"d": 86400.0, "h": 3600.0, "min": 60.0, "ms": 1e-3, "m": 60.0, "s": 1.0}
_AMOUNT: Final = re.compile(rf"([0-9]+\.?[0-9]*|\.[0-9]+)\s*({'|'.join(_SECONDS)})")
_DURATION: Final = re.compile(rf"(\s*{_AMOUNT.pattern})+\s*")
