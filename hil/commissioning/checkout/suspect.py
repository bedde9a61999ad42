"""What may be wrong where a value does not come back: the mistakes that wiring and maps have."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from twin.registers import Point
from twin.registers.codec import decode
from twin.registers.point import ORDERS

_SCALES = (0.001, 0.01, 0.1, 10.0, 100.0, 1000.0)


def suspect(
    point: Point, words: Sequence[int], given: float, tolerance: float, others: Mapping[str, float]
) -> str:
    """A guess why registers do not say `given` [point.unit]; `others` are values given elsewhere.

    Within `tolerance` [point.unit]; empty where nothing fits.
    """

    def fits(value: float | None, wanted: float, times: float = 1.0) -> bool:
        return value is not None and abs(value - wanted) <= tolerance * max(1.0, abs(times))

    value = decode(point, words) if words else None
    for name, other in others.items():
        if fits(value, other):
            return f"that is what {name} got: swapped or shifted addresses"
    if fits(value, -given):
        return "the sign is turned"
    if words and point.registers > 1:
        for order in ORDERS:
            if order != point.order and fits(decode(replace(point, order=order), words), given):
                return f"the order of its bytes is {order}"
    for times in _SCALES:
        if value and abs(value) > 10.0 * tolerance and fits(value, given * times, times):
            return f"{times:g} times as much: the scale"
    return ""
