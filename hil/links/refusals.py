"""What a device refuses: a read of many points is halved until the guilty one stands alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from hil.links.planner import Hole, Place, places
from hil.links.span import Span
from twin.registers import Point, Table

ILLEGAL_ADDRESS, ILLEGAL_VALUE = 2, 3
"""Modbus exceptions by which a device says that it will never answer this read."""


@dataclass
class _Doubt:
    """A read that was refused, and what became of its halves (None: not known yet)."""

    table: Table
    left: tuple[int, int]
    right: tuple[int, int]
    left_good: bool | None = None
    right_good: bool | None = None

    def hear(self, span: Span, good: bool) -> None:
        place = (span.address, span.end)
        if span.table == self.table and place == self.left:
            self.left_good = good
        elif span.table == self.table and place == self.right:
            self.right_good = good

    @property
    def explained(self) -> bool:
        """A half was refused too: what is wrong lies inside it."""
        return self.left_good is False or self.right_good is False

    @property
    def guilty(self) -> Hole | None:
        """Both halves are answered, so it was what lay between them, or the length of both.

        A cut serves for either. A hole would also keep from the points of others that lie between.
        """
        if self.left_good and self.right_good:
            return Hole(self.table, self.left[1], self.left[1])
        return None


class Refusals:
    """The holes of one unit as they were found; never empty-handed for a unit that refuses.

    While `open`, reads stay as they were halved; then they can be planned anew around `holes`.
    """

    def __init__(self) -> None:
        self.holes: frozenset[Hole] = frozenset()
        self._doubts: list[_Doubt] = []

    @property
    def open(self) -> bool:
        """Whether it is not yet known what a device objects to."""
        return bool(self._doubts)

    def refused(self, span: Span) -> list[Sequence[Point]]:
        """Take up that `span` was refused; the points of the two reads to try instead, or none.

        None are left to try when all points share a register: it becomes a hole.
        """
        row = places(span.points)
        if len(row) == 1:
            self.holes |= {Hole(span.table, row[0].first, row[0].end)}
            self._hear(span, good=False)
            return []
        half = len(row) // 2
        left, right = row[:half], row[half:]
        self._hear(span, good=False)
        self._doubts.append(
            _Doubt(span.table, (left[0].first, left[-1].end), (right[0].first, right[-1].end))
        )
        return [_points(left), _points(right)]

    def good(self, span: Span) -> None:
        """Take up that `span` was answered."""
        self._hear(span, good=True)

    def forget(self) -> None:
        """Try everything again."""
        self.holes = frozenset()
        self._doubts.clear()

    def _hear(self, span: Span, *, good: bool) -> None:
        for doubt in self._doubts:
            doubt.hear(span, good)
        found = (doubt.guilty for doubt in self._doubts)
        self.holes |= {hole for hole in found if hole is not None}
        self._doubts = [d for d in self._doubts if not d.explained and d.guilty is None]


def _points(row: Sequence[Place]) -> list[Point]:
    return [point for place in row for point in place.points]
