"""Limits of a block's points, held against payloads: what a write may put into registers."""

from collections.abc import Sequence
from math import ceil, floor, inf, nextafter
from typing import NamedTuple

from twin.registers.block import Block
from twin.registers.point import Point

_NOTHING = (inf, -inf)


class Limit(NamedTuple):
    """Lowest and highest value [unit of the block], and whether there may be none."""

    low: float
    high: float
    may_miss: bool


class Breach(NamedTuple):
    """The first point of a payload that leaves its limits; `value` None is a missing one."""

    point: Point
    value: float | None
    limit: Limit


class BlockLimits:
    """`limits` in the order of the points of `block`."""

    __slots__ = ("_limits", "_spans", "block")

    def __init__(self, block: Block, limits: Sequence[Limit]) -> None:
        self.block = block
        self._limits = tuple(limits)
        self._spans = tuple(_span(block, i, limit) for i, limit in enumerate(limits))

    def breach(self, payload: bytes | bytearray) -> Breach | None:
        """The first point that leaves its limits as the device will read it; None: none does."""
        if self.block.whole:
            for raw, (low, high) in zip(self.block.raw(payload), self._spans, strict=True):
                if not low <= raw <= high:
                    break
            else:
                return None
        return self._look(payload)

    def _look(self, payload: bytes | bytearray) -> Breach | None:
        """The exact answer, for missing values and those beside their span."""
        values = self.block.decode(payload)
        for point, value, limit in zip(self.block.points, values, self._limits, strict=True):
            if not (limit.may_miss if value is None else limit.low <= value <= limit.high):
                return Breach(point, value, limit)
        return None


def _span(block: Block, i: int, limit: Limit) -> tuple[float, float]:
    """Raw numbers between which every value of point `i` is within `limit`.

    A value rises or falls with its raw number, rounding included: what holds for both ends
    holds between them. A span that is a rounding error too small costs a closer look only.
    """
    point, factor, offset = block.points[i], block.factors[i], block.offsets[i]
    if not limit.may_miss and (point.nan is not None or not point.kind.integer):
        return _NOTHING  # a number that means "no value" could lie between the ends
    low, high = sorted((end - offset) / factor for end in (limit.low, limit.high))
    if point.kind.integer:
        low = ceil(low) if low > -inf else low
        high = floor(high) if high < inf else high
    for _ in range(2):
        if not limit.low <= low * factor + offset <= limit.high:
            low = _inwards(point, low, 1)
        if not limit.low <= high * factor + offset <= limit.high:
            high = _inwards(point, high, -1)
    within = all(limit.low <= raw * factor + offset <= limit.high for raw in (low, high))
    return (low, high) if within else _NOTHING


def _inwards(point: Point, raw: float, direction: int) -> float:
    return raw + direction if point.kind.integer else nextafter(raw, direction * inf)
