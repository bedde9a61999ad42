"""Scales that a device gives: which registers must be read along, and what they last said."""

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


class ExponentCache:
    """Exponents as they were last read: `known` goes to `Block.decode` and `Block.encode`.

    Feed it every reading that may hold one. A reading that failed, or in which the device has no
    value, makes the exponent unknown again: a value is never scaled by what may be out of date.
    """

    def __init__(self, points: Sequence[Point]) -> None:
        names = {point.scale_ref for point in points if point.scale_ref is not None}
        self.known: dict[str, float | None] = dict.fromkeys(sorted(names))

    def take(self, names: Sequence[str], values: Sequence[float | None] | None) -> None:
        """Values of the points `names`, None where they could not be read."""
        for i, name in enumerate(names):
            if name in self.known:
                self.known[name] = None if values is None else values[i]

    @property
    def missing(self) -> tuple[str, ...]:
        """Exponents that nobody has read yet."""
        return tuple(name for name, value in self.known.items() if value is None)
