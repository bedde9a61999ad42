"""One raw address in every type and byte order at once, and which of them can be meant.

Finding the word order is half the job. What gives a wrong order away: a float whose exponent is
made of mantissa bits is absurdly large or small, and a number whose fast low word stands in
the high place jumps.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from twin.registers.point import KINDS
from twin.registers.readings import Reading, all_readings

WIDEST: Final = 4
"""Registers of the widest type [-]."""
_LEAST, _MOST = 1e-4, 1e9
"""Between these lie measured values and counters in the units of data sheets, or they are 0
(assumed)."""
_LARGEST_STEP = 0.25
"""Change from one look to the next that still counts as smooth, of the largest value (assumed)."""


class Candidate(NamedTuple):
    """A reading, its newest value, and why it cannot be meant (empty: it can)."""

    reading: Reading
    value: float | None
    against: str


class History:
    """What one address showed: the longer one looks, the fewer readings stay plausible.

    `expected` is the range in which the value is known to be [its own unit]. One step of a
    machine that starts is no reason against a reading: it is implausible while more than a
    quarter of its looks speak against it.
    """

    def __init__(self, expected: tuple[float, float] | None = None) -> None:
        self._expected = expected
        self._looks = 0
        self._last: dict[Reading, float] = {}
        self._largest: dict[Reading, float] = {}
        self._strikes: dict[Reading, int] = {}
        self._reason: dict[Reading, str] = {}

    def see(self, registers: Sequence[int]) -> list[Candidate]:
        """Candidates after one more look at `registers` (0 to 65535)."""
        self._looks += 1
        return [self._candidate(r, value) for r, value in all_readings(registers).items()]

    def _candidate(self, reading: Reading, value: float | None) -> Candidate:
        reason = self._against(reading, value)
        if reason:
            self._strikes[reading] = self._strikes.get(reading, 0) + 1
            self._reason[reading] = reason
        implausible = self._strikes.get(reading, 0) * 4 > self._looks
        return Candidate(reading, value, self._reason[reading] if implausible else "")

    def _against(self, reading: Reading, value: float | None) -> str:
        if value is None:
            return "not a number"
        jump = self._jump(reading, value)
        if self._expected is None:
            return _absurd(value) or jump
        low, high = self._expected
        return jump if low <= value <= high else f"not {low:g} to {high:g}"

    def _jump(self, reading: Reading, value: float) -> str:
        last = self._last.get(reading)
        largest = max(self._largest.get(reading, 0.0), abs(value))
        self._last[reading], self._largest[reading] = value, largest
        if last is None:
            return ""
        step = abs(value - last)
        if self._expected is not None:
            largest = self._expected[1] - self._expected[0]
        one = KINDS[reading.kind].integer and step <= 1
        return "jumps" if step > _LARGEST_STEP * largest and not one else ""


def _absurd(value: float) -> str:
    if abs(value) > _MOST:
        return "too large"
    return "too small" if value and abs(value) < _LEAST else ""
