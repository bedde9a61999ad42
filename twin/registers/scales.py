"""Scales that a device gives: which registers must be read along."""

from collections.abc import Mapping, Sequence

from twin.errors import unknown
from twin.registers.point import Point


def read_along(points: Sequence[Point], known: Mapping[str, Point]) -> list[Point]:
    """`points` and those of `known` that hold the exponents of their scales, each once.

    Raises:
        BadInput: an exponent that `known` does not have.
    """
    wanted = dict.fromkeys(point.name for point in points)
    for point in points:
        if point.scale_ref is None:
            continue
        if point.scale_ref not in known:
            raise unknown(f"{point.name}.scale_ref", "point", point.scale_ref, known)
        wanted.setdefault(point.scale_ref)
    own = {point.name: point for point in points}
    return [own.get(name) or known[name] for name in wanted]
