"""What is to be read: the points of a map, or addresses as `hr:100:10:float32:CDAB`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from hil.links.planner import Limits, limits_of
from twin.errors import refuse, unknown
from twin.registers import Point, Table, load_map, read_along
from twin.registers.point import BIT_TABLES, KINDS, ORDERS, TABLES

FORM: Final = "must be TABLE:ADDRESS[:COUNT[:TYPE[:ORDER]]], such as hr:100:10 or ir:0:2:float32"
_TABLES: Final[dict[str, Table]] = {table: table for table in TABLES}
MOST = 2000
"""Values of one range at most [-]: as many as the largest read of bits."""


@dataclass(frozen=True)
class Selection:
    """Points to be read, and how the device lets itself be asked."""

    points: tuple[Point, ...]
    limits: Limits = field(default_factory=Limits)
    timeout_s: float | None = None
    """How long an answer may take [s]; None where no map says it."""


def of_map(path: Path, names: Sequence[str] = ()) -> Selection:
    """The points of a map file that can be read, or those called `names`.

    Raises:
        BadInput: the map is not sound, or has no such point.
    """
    register_map = load_map(path)
    chosen = [register_map.point(name) for name in names] or [
        point for point in register_map.points.values() if point.access != "w"
    ]
    wanted = read_along(chosen, register_map.points)  # without its scale a value means nothing
    return Selection(tuple(wanted), limits_of(register_map), register_map.header.timeout)


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


def _number(place: str, text: str, low: int, high: int) -> int:
    try:
        number = int(text, 0)
    except ValueError:
        raise refuse(place, text, f"must be a whole number, {low} to {high}") from None
    if not low <= number <= high:
        raise refuse(place, number, f"must be {low} to {high}")
    return number
