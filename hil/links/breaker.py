"""Setting aside a unit that gives no answer, so that its neighbours do not pay its time-outs."""

from dataclasses import dataclass

TOLERATED = 3
"""Silences, or garbage, in a row before a unit is set aside: a lossy line must not look dead."""
FIRST_PAUSE_NS = 250_000_000
LONGEST_PAUSE_NS = 5_000_000_000


@dataclass(frozen=True, slots=True)
class Breaker:
    """How often a unit was silent in a row, and until when it is left alone [ns]."""

    silences: int = 0
    aside_until_ns: int = 0


def after_silence(breaker: Breaker, now_ns: int) -> Breaker:
    """One more silence: from the third on, the unit is set aside for 0.25 s, 0.5 s ... 5 s."""
    silences = breaker.silences + 1
    if silences < TOLERATED:
        return Breaker(silences, 0)
    doubled = FIRST_PAUSE_NS << min(silences - TOLERATED, 8)
    return Breaker(silences, now_ns + min(doubled, LONGEST_PAUSE_NS))
