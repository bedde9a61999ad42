"""Looking at a device again and again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import NamedTuple, Self

from hil.io.orders import WIDEST, Candidate, History
from hil.io.read import Reader, Row
from hil.io.selection import Selection, parse_range
from hil.links.cost import LinkCost
from hil.links.link import Link
from twin.clock import utc_now
from twin.errors import refuse
from twin.registers import Point, Table
from twin.registers.point import BIT_TABLES

_LAST_ADDRESS = 65535


class Look(NamedTuple):
    """What one look saw; `candidates` by address (`hr:100`), of addresses in every order."""

    number: int
    t: datetime
    rows: Sequence[Row]
    candidates: Mapping[str, Sequence[Candidate]]


class Watch:
    """Looks at points of a selection, or at addresses whose type nobody knows yet."""

    def __init__(self, reader: Reader, histories: Mapping[tuple[Table, int], History]) -> None:
        self.looks = 0
        self.last: Look | None = None
        self._reader = reader
        self._histories = histories

    @classmethod
    def of(cls, link: Link, unit: int, selection: Selection, cost: LinkCost) -> Self:
        """Watch what has a type."""
        return cls(Reader(link, unit, selection, cost), {})

    @classmethod
    def of_addresses(
        cls,
        link: Link,
        unit: int,
        ranges: Sequence[str],
        cost: LinkCost,
        expected: tuple[float, float] | None = None,
    ) -> Self:
        """Watch every number that may begin at the addresses of `ranges`.

        `expected` is where the value is known to be [its own unit].

        Raises:
            BadInput: a range is none, or of bits.
        """
        starts: dict[tuple[Table, int], History] = {}
        for text in ranges:
            for point in parse_range(text):
                if point.table in BIT_TABLES:
                    raise refuse("range", text, "a bit has no byte order; read it")
                starts[point.table, point.address] = History(expected)
        wanted = dict.fromkeys(
            (table, at)
            for table, start in starts
            for at in range(start, min(start + WIDEST, _LAST_ADDRESS + 1))
        )
        points = tuple(Point(f"{table}:{at}", table, at, "uint16") for table, at in wanted)
        return cls(Reader(link, unit, Selection(points), cost), starts)

    def look(self) -> Look:
        """Read once more."""
        rows = self._reader.read()
        self.looks += 1
        self.last = Look(self.looks, utc_now(), rows, self._candidates(rows))
        return self.last

    def _candidates(self, rows: Sequence[Row]) -> dict[str, list[Candidate]]:
        words = {
            (row.point.table, row.point.address): int(row.value)
            for row in rows
            if isinstance(row.value, float)
        }
        found = {}
        for (table, start), history in self._histories.items():
            registers: list[int] = []
            for at in count(start):
                if at == start + WIDEST or (table, at) not in words:
                    break
                registers.append(words[table, at])
            if registers:
                found[f"{table}:{start}"] = history.see(registers)
        return found
