"""How fast a point may be changed: by the `ramp` of its map, and writes a second.

A ramp is the largest change a second. One write may change a point by what the ramp allows in
a second, or in the time since the last write where that is shorter; a register whose step is
larger than that moves one step as often as the ramp allows. Longer ways are gone in steps.
"""

from collections.abc import Sequence
from math import floor

from hil.gate.compare import written
from twin.clock import NS_PER_S
from twin.errors import refuse
from twin.registers import Block, Point

WRITES_PER_S = 1.0
"""Writes a second to one point, unless configured [1/s]; assumed: no setpoint needs more."""

_ROUNDING = 1e-9


class Pace:
    """Remembers when each point of each device was written last."""

    def __init__(self, writes_per_s: float = WRITES_PER_S) -> None:
        if not 0 < writes_per_s <= 1000:
            raise refuse("writes a second", writes_per_s, "must be > 0 and at most 1000")
        self.pause_s = 1 / writes_per_s
        """Time between two writes of a point at least [s]."""
        self._pause_ns = round(NS_PER_S * self.pause_s)
        self._written_ns: dict[tuple[str, str], int] = {}

    def note(self, device: str, block: Block, now_ns: int) -> None:
        """Something was sent to `block` at `now_ns` [ns]."""
        for name in block.names:
            self._written_ns[device, name] = now_ns

    def ready_ns(self, device: str, block: Block) -> int:
        """When the next write is due at the earliest [ns]."""
        last = [self._written_ns.get((device, name)) for name in block.names]
        return max((t + self._pause_ns for t in last if t is not None), default=0)

    def too_steep(
        self,
        device: str,
        block: Block,
        before: Sequence[float | None],
        wanted: Sequence[float | None],
        now_ns: int,
    ) -> str:
        """The first point that would change faster than its ramp, as a sentence; empty if none."""
        for point, a, b in zip(block.points, before, wanted, strict=True):
            if point.ramp is None or a == b:
                continue
            if a is None or b is None:
                return f"{point.name}: without a value its ramp cannot be held"
            last_ns = self._written_ns.get((device, point.name))
            elapsed_s = None if last_ns is None else (now_ns - last_ns) / NS_PER_S
            if abs(b - a) > _allowed(point, point.ramp, elapsed_s, a, b) * (1 + _ROUNDING):
                return (
                    f"{point.name}: from {written(point, a)} to {written(point, b)} is more than "
                    f"its ramp of {point.ramp:g} {point.unit}/s allows; "
                    f"in steps it takes {way_s(block, before, wanted):.0f} s"
                )
        return ""


def next_step(
    block: Block, now: Sequence[float | None], goal: Sequence[float | None]
) -> tuple[list[float | None], float]:
    """The values after one step from `now` towards `goal`, and how long it lasts [s].

    Points without a ramp, and those without a value, are at their goal at once.
    """
    values, lasts_s = list[float | None](), 0.0
    for point, a, b in zip(block.points, now, goal, strict=True):
        if point.ramp is None or a is None or b is None or a == b:
            values.append(b)
            continue
        most, pause_s = _stride(point, point.ramp, _resolution(point, a, b))
        lasts_s = max(lasts_s, pause_s)
        near = abs(b - a) <= most * (1 + _ROUNDING)
        values.append(b if near else a + most if b > a else a - most)
    return values, lasts_s


def way_s(block: Block, now: Sequence[float | None], goal: Sequence[float | None]) -> float:
    """How long the way from `now` to `goal` takes at least [s]."""
    longest_s = 0.0
    for point, a, b in zip(block.points, now, goal, strict=True):
        if point.ramp is not None and a is not None and b is not None:
            longest_s = max(longest_s, abs(b - a) / point.ramp)
    return longest_s


def _resolution(point: Point, a: float, b: float) -> float:
    """Distance of numbers that the registers carry, of floats the largest from `a` to `b`."""
    if point.kind.integer:
        return abs(point.scale)
    digits = 23 if point.kind.code == "f" else 52
    return max(abs(a - point.offset), abs(b - point.offset)) * 2.0**-digits


def _stride(point: Point, ramp: float, step: float) -> tuple[float, float]:
    """Largest change by whole steps of the registers, and for how long it is enough [s]."""
    whole = floor(ramp / step * (1 + _ROUNDING)) if step else 0
    if not whole:
        return (step, step / ramp) if step else (ramp, 1.0)
    return (whole * step if point.kind.integer else ramp), 1.0


def _allowed(point: Point, ramp: float, elapsed_s: float | None, a: float, b: float) -> float:
    step = _resolution(point, a, b)
    most, pause_s = _stride(point, ramp, step)
    rounded = 0.0 if point.kind.integer else step
    if elapsed_s is None or elapsed_s >= pause_s:
        return max(most, ramp) + rounded
    return ramp * min(elapsed_s, 1.0) + rounded
