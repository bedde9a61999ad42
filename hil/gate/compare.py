"""Whether a register still holds what somebody thinks it does."""

from collections.abc import Sequence

from hil.gate.requests import mask_of
from twin.registers import Block, Point

_SAME_FLOAT = 1e-6
"""Two floats whose difference is a smaller part of them are the same [-]; float32 carries 6e-8."""
_SAME_INTEGER = 2.0**-51
"""The same of integers of 64 bits, of which a double loses the last ones [-]."""


def identical(block: Block, wanted: bytes, found: bytes) -> bool:
    """Whether every bit that belongs to `block` is the same."""
    mask = mask_of(block)
    if mask is None:
        return wanted == found
    return not (int.from_bytes(wanted, "big") ^ int.from_bytes(found, "big")) & mask


def differs(block: Block, wanted: bytes, found: bytes) -> str:
    """The first point that does not hold what is `wanted`, as a sentence; empty if all do."""
    if wanted == found:
        return ""
    for point, a, b in zip(block.points, block.decode(wanted), block.decode(found), strict=True):
        if not same(point, a, b):
            return f"{point.name} is {written(point, b)}, not {written(point, a)}"
    return ""


def unexpected(
    block: Block, expected: Sequence[float | None], found: bytes, tolerance: float | None
) -> str:
    """The first point that is not as `expected` (None: whatever it is), as a sentence.

    `tolerance` [point.unit] is for all of them; without one, integers may be off by what their
    register rounds, floats by a millionth.
    """
    for point, a, b in zip(block.points, expected, block.decode(found), strict=True):
        if a is not None and not same(point, a, b, tolerance):
            return f"{point.name} is {written(point, b)}, expected {written(point, a)}"
    return ""


def same(point: Point, a: float | None, b: float | None, tolerance: float | None = None) -> bool:
    """Whether both are the same value of `point`, within `tolerance` [point.unit]."""
    if a is None or b is None:
        return a is b
    if tolerance is None:
        if point.is_bit:
            return a == b
        largest = max(abs(a), abs(b))
        if point.kind.integer:
            tolerance = max(_SAME_INTEGER * largest, 0.501 * abs(point.scale))
        else:
            tolerance = _SAME_FLOAT * largest
    return abs(a - b) <= tolerance


def written(point: Point, value: float | None) -> str:
    """A value with its unit, for people."""
    if value is None:
        return "without a value"
    return f"{value:.9g} {point.unit}".removesuffix(" -")
