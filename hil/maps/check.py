"""What may be wrong with a map that can be loaded: what its words say against what it carries."""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from twin.errors import BadInput
from twin.registers.point import Point
from twin.registers.register_map import RegisterMap
from twin.signals import conversion, quantity_of

_QUANTITY_OF_NAME: Final[Mapping[str, tuple[str, ...]]] = {
    "T": ("temperature",), "p": ("pressure",), "dp": ("pressure",),
    "m": ("mass flow",), "V": ("volume flow", "voltage", "volume"), "P": ("power", "pressure"),
    "Q": ("power", "energy", "volume flow", "reactive power"), "E": ("energy",),
}  # fmt: skip
"""What names that begin so measure in our maps and in most others; the symbol stands before `_`."""


class Finding(NamedTuple):
    """A doubt about a point: its place, the cell that shows it, the rule that it breaks."""

    place: str
    point: str
    column: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.place} {self.point}.{self.column} = {self.value!r}: {self.rule}"


def check_map(register_map: RegisterMap, signals: Mapping[str, str] | None = None) -> list[Finding]:
    """Doubts about a map, in the order of its rows.

    `signals` are units of a site's signals by the point that carries them.
    """
    found: list[Finding] = []
    exponents = {point.scale_ref for point in register_map.points.values()}
    for point in register_map.points.values():
        place = f"{register_map.file}:{point.line}"
        doubts = [] if point.name in exponents else list(_unit(point))
        doubts += [*_range(point), *_sentinel(point), *_enum(point)]
        doubts += _signal(point, (signals or {}).get(point.name))
        found += [Finding(place, point.name, *doubt) for doubt in doubts]
    return sorted([*found, *_orders(register_map)], key=lambda f: int(f.place.rpartition(":")[2]))


Doubt = tuple[str, str, str]
"""Column, value, rule."""


def _unit(point: Point) -> Iterator[Doubt]:
    symbol = point.name.rpartition(".")[2].partition("_")
    wanted = _QUANTITY_OF_NAME.get(symbol[0]) if symbol[1] else None
    if wanted is None or point.is_bit or point.is_text:
        return
    quantity = quantity_of(point.unit)
    if quantity not in wanted:
        rule = f"a {quantity}, and names that begin with {symbol[0]}_ are a {' or '.join(wanted)}"
        yield "unit", point.unit, rule


def _range(point: Point) -> Iterator[Doubt]:
    """Temperatures that cannot be below zero, and limits closer than one step of the scale."""
    if point.is_bit or point.is_text or not point.kind.integer or point.scale_ref:
        return
    ends = (end * point.scale + point.offset for end in (point.kind.low, point.kind.high))
    low, high = sorted(ends)
    if point.unit == "degC" and low >= 0 and (point.min is None or point.min < 0):
        yield "type", point.type, f"carries {low:g} to {high:g} degC and nothing below 0 degC"
    if point.min is not None and point.max is not None and not point.enum:
        span = point.max - point.min
        if 0 < span < abs(point.scale):
            rule = f"limits {span:g} apart are closer than one step of the number"
            yield "scale", f"{point.scale:g}", rule


def _sentinel(point: Point) -> Iterator[Doubt]:
    if point.min is None or point.max is None or point.scale_ref:
        return
    for number in sorted(point.sentinels):
        value = number * point.scale + point.offset
        if point.min <= value <= point.max:
            rule = f"means {value:g} {point.unit} too, which lies within min and max"
            yield "nan", f"{number:g}", rule


def _enum(point: Point) -> Iterator[Doubt]:
    if point.is_text or not point.enum:
        return
    low, high = (0.0, 1.0) if point.is_bit else (point.kind.low, point.kind.high)
    for number, word in point.enum.items():
        if not low <= number <= high:
            yield "enum", f"{number}={word}", f"does not fit {point.type}"
    words = [word.casefold() for word in point.enum.values()]
    for word in sorted({word for word in words if words.count(word) > 1}):
        yield "enum", word, "is the word of two numbers, so it cannot be written"


def _signal(point: Point, unit: str | None) -> Iterator[Doubt]:
    if unit is None:
        return
    try:
        conversion(unit, point.unit)
    except BadInput as error:
        yield "unit", point.unit, f"its signal: {error}"


def _orders(register_map: RegisterMap) -> Iterator[Finding]:
    """The odd ones where nearly all wide numbers have one byte order."""
    wide = [p for p in register_map.points.values() if not p.is_text and p.registers > 1]
    orders = [point.order for point in wide]
    for order in sorted(set(orders)):
        if len(wide) >= 5 and orders.count(order) == 1:
            point = next(p for p in wide if p.order == order)
            usual = max(set(orders), key=orders.count)
            place = f"{register_map.file}:{point.line}"
            rule = f"the other wide numbers of the map are {usual}"
            yield Finding(place, point.name, "order", order, rule)
