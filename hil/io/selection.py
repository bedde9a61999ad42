"""What is to be read: the points of a map, or addresses as `hr:100:10:float32:CDAB`."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from twin.errors import BadInput, refuse, unknown
from twin.registers import Point, Table, load_map
from twin.registers.point import BIT_TABLES, KINDS, ORDERS, TABLES

FORM: Final = "must be TABLE:ADDRESS[:COUNT[:TYPE[:ORDER]]], such as hr:100:10 or ir:0:2:float32"
_TABLES: Final[dict[str, Table]] = {table: table for table in TABLES}
MOST = 2000
"""Values of one range at most [-]: as many as the largest read of bits."""


@dataclass(frozen=True)
class Selection:
    """Points to be read, and how the device wants to be asked (`max_read`, `max_gap`) [-]."""

    points: tuple[Point, ...]
    max_read: int = 125
    max_gap: int = 0


@dataclass(frozen=True)
class Span:
    """Neighbouring addresses of one table, read in one request, and the points in them."""

    table: Table
    address: int
    count: int
    points: tuple[Point, ...]


def of_map(path: Path, names: Sequence[str] = ()) -> Selection:
    """The points of a map file that can be read, or those called `names`.

    Raises:
        BadInput: the map is not sound, or has no such point.
    """
    register_map = load_map(path)
    chosen = [register_map.point(name) for name in names] or [
        point for point in register_map.points.values() if point.access != "w"
    ]
    have = {point.name for point in chosen}
    for point in list(chosen):  # a scale is read along, else its value means nothing
        if point.scale_ref is not None and point.scale_ref not in have:
            chosen.append(register_map.point(point.scale_ref))
            have.add(point.scale_ref)
    header = register_map.header
    return Selection(tuple(chosen), header.max_read, header.max_gap)


def of_ranges(texts: Sequence[str]) -> Selection:
    """The values that ranges such as `hr:100:10` name, called by table and address."""
    return Selection(tuple(point for text in texts for point in parse_range(text)))


def parse_range(text: str) -> tuple[Point, ...]:
    """The values of one range: `COUNT` (1) of `TYPE` (uint16, bool in `co` and `di`).

    Raises:
        BadInput: not of that form; with the nearest known word.
    """
    place = f"range {text!r}"
    word, *rest = text.split(":")
    if not 1 <= len(rest) <= 4:
        raise refuse("range", text, FORM)
    if word not in _TABLES:
        raise unknown(place, "table", word, TABLES)
    table = _TABLES[word]
    address = _number(f"{place}: address", rest[0], 0, 65535)
    count = _number(f"{place}: count", rest[1], 1, MOST) if len(rest) > 1 else 1
    bits = table in BIT_TABLES
    kind = rest[2] if len(rest) > 2 else "bool" if bits else "uint16"
    order = rest[3] if len(rest) > 3 else "ABCD"
    if kind not in ({"bool"} if bits else KINDS):
        raise unknown(place, "type", kind, ["bool"] if bits else KINDS)
    if order not in ORDERS:
        raise unknown(place, "order", order, ORDERS)
    width = 1 if bits else KINDS[kind].registers
    if address + count * width > 65536:
        raise refuse(f"{place}: count", count, "leaves the addresses 0 to 65535")
    return tuple(
        Point(f"{table}:{at}", table, at, kind, order=order)
        for at in range(address, address + count * width, width)
    )


def spans(points: Sequence[Point], max_read: int, max_gap: int) -> list[Span]:
    """Fewest reads that cover `points`, merged over at most `max_gap` foreign addresses."""
    found: list[Span] = []
    ordered = sorted(points, key=lambda p: (p.table, p.address, p.bit or 0))
    for _, group in groupby(ordered, key=lambda p: p.table):
        run: list[Point] = []
        end = 0
        for point in group:
            if point.registers > max_read:
                raise BadInput(f"{point.name}: longer than a read of {max_read} registers")
            longer = max(end, point.end)
            if run and (point.address - end > max_gap or longer - run[0].address > max_read):
                found.append(_span(run, end))
                run, longer = [], point.end
            run.append(point)
            end = longer
        found.append(_span(run, end))
    return found


def _span(run: Sequence[Point], end: int) -> Span:
    return Span(run[0].table, run[0].address, end - run[0].address, tuple(run))


def _number(place: str, text: str, low: int, high: int) -> int:
    try:
        number = int(text, 0)
    except ValueError:
        raise refuse(place, text, f"must be a whole number, {low} to {high}") from None
    if not low <= number <= high:
        raise refuse(place, number, f"must be {low} to {high}")
    return number
