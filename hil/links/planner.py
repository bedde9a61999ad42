"""Which reads fetch a set of points at the least cost of the line.

Reading over a gap pays as long as its bytes cost less than another transaction. The best way is
found, not guessed: the points of a table lie in a row, every run of them is one possible read,
and the cheapest chain of runs from the first point to the last is the plan.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from hil.links.cost import LinkCost
from hil.links.pdu import MAX_READ_BITS, MAX_READ_REGISTERS
from hil.links.span import Span
from twin.errors import refuse
from twin.registers import Point, RegisterMap, Table
from twin.registers.point import BIT_TABLES, TABLES


class Hole(NamedTuple):
    """Addresses `first` to `end`-1 of `table` that no read may touch.

    An empty one (`first` == `end`) is a cut: no read may hold both `first`-1 and `first`.
    """

    table: Table
    first: int
    end: int

    def __str__(self) -> str:
        if self.first == self.end:
            return f"{self.table} {self.first - 1} and {self.first} not in one read"
        last = "" if self.end == self.first + 1 else f"..{self.end - 1}"
        return f"{self.table} {self.first}{last} not to be read"


@dataclass(frozen=True)
class Limits:
    """What a device lets itself be asked: `max_read` registers, or sixteen times as many bits.

    A read may pass over at most `max_gap` addresses in a row that are not in `known`: those of
    which the map says that they can be read. It touches no `holes`, and only `tables`.
    """

    max_read: int = MAX_READ_REGISTERS
    max_gap: int = 0
    tables: Sequence[Table] = TABLES
    holes: frozenset[Hole] = frozenset()
    known: frozenset[tuple[Table, int]] = field(default_factory=frozenset)

    def longest(self, table: Table) -> int:
        """Most addresses of `table` in one read [-]."""
        return min(MAX_READ_BITS, 16 * self.max_read) if table in BIT_TABLES else self.max_read

    def without(self, holes: frozenset[Hole]) -> "Limits":
        """The same with more holes."""
        return replace(self, holes=self.holes | holes)

    def bars(self, table: Table, first: int, end: int) -> bool:
        """Whether a hole lies in addresses `first` to `end`-1."""
        # of an empty hole too: it has addresses of the read on both sides
        return any(h.table == table and h.first < end and first < h.end for h in self.holes)

    def bridges(self, table: Table, first: int, end: int) -> bool:
        """Whether a read may pass over addresses `first` to `end`-1, which nobody wants."""
        unknown = 0
        for address in range(first, end):
            unknown = 0 if (table, address) in self.known else unknown + 1
            if unknown > self.max_gap:
                return False
        return not self.bars(table, first - 1, end + 1)


def limits_of(register_map: RegisterMap) -> Limits:
    """What a register map says of its device."""
    header = register_map.header
    readable = (p for p in register_map.points.values() if p.access != "w")
    known = frozenset((p.table, a) for p in readable for a in range(p.address, p.end))
    return Limits(header.max_read, header.max_gap, known=known)


class Place(NamedTuple):
    """Points that no read can tell apart: they begin in one register, or one of them spans it."""

    first: int
    end: int
    points: tuple[Point, ...]


_FREE: Final = (0, 0)


def plan_reads(
    points: Sequence[Point],
    cost: LinkCost,
    limits: Limits,
    conversions: Mapping[str, tuple[float, float]] | None = None,
) -> list[Span]:
    """The cheapest reads that fetch `points`; of two that cost the same, the one with fewer.

    Points that lie in a hole are in none of them.

    Raises:
        BadInput: a point is longer than a read may be, or in a table that the device has not.
    """
    spans: list[Span] = []
    for table in TABLES:
        wanted = [p for p in points if p.table == table]
        if wanted and table not in limits.tables:
            rule = f"the device has {', '.join(limits.tables)} only"
            raise refuse(f"{wanted[0].name}.table", table, rule)
        longest = limits.longest(table)
        row = [p for p in places(wanted, longest) if not limits.bars(table, p.first, p.end)]
        runs = _cheapest(table, row, cost, limits)
        spans += [Span([p for place in run for p in place.points], conversions) for run in runs]
    return spans


def places(points: Sequence[Point], longest: int = MAX_READ_BITS) -> list[Place]:
    """Points of one table by rising address, those of one register together.

    Points that overlap over more than the `longest` read are in places that do.
    """
    row: list[Place] = []
    for point in sorted(points, key=lambda p: (p.address, p.bit or 0)):
        end = max(row[-1].end, point.end) if row else 0
        if row and point.address < row[-1].end and end - row[-1].first <= longest:
            row[-1] = Place(row[-1].first, end, (*row[-1].points, point))
        else:
            row.append(Place(point.address, point.end, (point,)))
    return row


def _cheapest(
    table: Table, row: Sequence[Place], cost: LinkCost, limits: Limits
) -> list[Sequence[Place]]:
    """The row cut into runs: `best[i]` is the cost of fetching its first `i` places."""
    best = [_FREE]
    starts: list[int] = []
    longest = limits.longest(table)
    for i, last in enumerate(row):
        if last.end - last.first > longest:
            point = last.points[0]
            raise refuse(point.name, point.type, f"longer than the {longest} of one read")
        choices = []
        for j in range(i, -1, -1):
            if j < i and not limits.bridges(table, row[j].end, row[j + 1].first):
                break
            if last.end - row[j].first > longest:
                break
            ns = cost.read_ns(_data_bytes(table, last.end - row[j].first))
            choices.append((best[j][0] + ns, best[j][1] + 1, j))
        total, reads, start = min(choices)
        best.append((total, reads))
        starts.append(start)
    runs: list[Sequence[Place]] = []
    end = len(row)
    while end:
        runs.append(row[starts[end - 1] : end])
        end = starts[end - 1]
    return runs[::-1]


def _data_bytes(table: Table, count: int) -> int:
    return (count + 7) // 8 if table in BIT_TABLES else 2 * count
