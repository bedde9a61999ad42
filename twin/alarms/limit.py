"""Limits with delay and deadband. A reading that is missing neither raises nor clears anything."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Literal

from twin.alarms.board import Sheet
from twin.alarms.listed import Listed, Priority
from twin.alarms.raising import raise_alarm
from twin.diagnosis.isa import Action, Alarm
from twin.signals import Quality

LONGEST_GAP_NS = 60_000_000_000
"""Time between two readings that are further apart was seen by nobody and counts for no delay
[ns] (assumed)."""


@dataclass(frozen=True)
class Timer:
    """How long a state that is waited for has been seen [ns], gaps left out."""

    counted_ns: int = 0
    last_ns: int | None = None
    """The last time at which it was seen; None if not in the reading before."""


@dataclass(frozen=True)
class Limit:
    """When a signal asks for somebody; value and deadband in SI."""

    name: str
    signal: str
    side: Literal["above", "below"]
    value: float
    deadband: float
    delay_on_ns: int
    delay_off_ns: int
    priority: Priority
    text: str
    latching: bool = False
    suppressed_when_off: bool = False

    @property
    def key(self) -> str:
        """Of its alarm."""
        return f"limit:{self.name}"

    @property
    def part(self) -> str:
        """Part whose signal it is about."""
        return self.signal.split(".", 1)[0]

    def beyond(self, value: float, active: bool) -> bool:
        """Whether `value` is beyond the limit; an active one is left behind the deadband only."""
        back = self.deadband if active else 0.0
        if self.side == "above":
            return value > self.value - back
        return value < self.value + back


def waited(timer: Timer, t_ns: int, seen: bool | None, longest_gap_ns: int) -> Timer:
    """The timer after a reading; `seen` is None where there was none: it stops, and keeps."""
    if seen is None:
        return replace(timer, last_ns=None)
    if not seen:
        return Timer()
    step_ns = 0 if timer.last_ns is None else t_ns - timer.last_ns
    counts = 0 < step_ns <= longest_gap_ns
    return Timer(timer.counted_ns + (step_ns if counts else 0), t_ns)


def turn(
    timer: Timer,
    t_ns: int,
    active: bool,
    beyond: bool | None,
    delays_ns: tuple[int, int],
    longest_gap_ns: int = LONGEST_GAP_NS,
) -> tuple[Timer, bool]:
    """Timer and whether the alarm is active, after a reading; `delays_ns` to raise, to clear."""
    seen = None if beyond is None else beyond != active
    timer = waited(timer, t_ns, seen, longest_gap_ns)
    if seen and timer.counted_ns >= delays_ns[0 if beyond else 1]:
        return Timer(), not active
    return timer, active


def follow_limits(
    sheet: Sheet,
    limits: Mapping[str, Limit],
    timers: Mapping[str, Timer],
    t_ns: int,
    values: Mapping[str, float],
    quality: Mapping[str, int],
) -> dict[str, Timer]:
    """Raise and clear alarms of `limits` (by key); gives the timers that run or hold something."""
    kept = dict(timers)
    for key, limit in limits.items():
        value = values.get(limit.signal)
        good = value is not None and isfinite(value)
        good = good and quality.get(limit.signal, Quality.GOOD) == Quality.GOOD
        listed = sheet.board.of_key(key)
        active = listed is not None and listed.alarm.active
        beyond = limit.beyond(value, active) if good and value is not None else None
        delays = (limit.delay_on_ns, limit.delay_off_ns)
        timer, now = turn(kept.pop(key, Timer()), t_ns, active, beyond, delays)
        if timer != Timer():
            kept[key] = timer
        if now and not active:
            raise_alarm(sheet, listed, new_alarm(limit), limit.suppressed_when_off)
        elif active and not now and listed is not None:
            sheet.do(listed, Action.CLEAR)
    return kept


def new_alarm(limit: Limit) -> Listed:
    """The alarm of a limit, without a number."""
    alarm = Alarm(latching=limit.latching)
    return Listed(
        0,
        "limit",
        limit.key,
        limit.part,
        limit.name,
        limit.signal,
        limit.priority,
        alarm,
        text=limit.text,
        signals=(limit.signal,),
    )
