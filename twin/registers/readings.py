"""What registers could mean: every type in every order at once, and numbers as their words.

Finding type and order of an address that no manual explains is half of a commissioning: the
reading that makes sense is the one to put into the map.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from twin.errors import did_you_mean
from twin.registers.codec import BadValue, decode
from twin.registers.point import KINDS, ORDERS, Point

ORDERS_OF_ONE: Final = ("ABCD", "BADC")
"""The orders in which one register can differ."""


class Reading(NamedTuple):
    """A type and order of an address: `kind` such as float32, `order` such as CDAB."""

    kind: str
    order: str


def all_readings(registers: Sequence[int]) -> dict[Reading, float | None]:
    """Every number that begins at the first of `registers` (0 to 65535) and fits.

    None is no number: NaN, infinity, a decimal digit above nine. An `int8` or `uint8` is the low
    byte in order ABCD and the high byte in BADC. Orders are as in a map, without those that
    cannot differ.
    """
    found: dict[Reading, float | None] = {}
    for name, kind in KINDS.items():
        if kind.registers > len(registers):
            continue
        for order in ORDERS if kind.registers > 1 else ORDERS_OF_ONE:
            point = Point("any", "hr", 0, name, order)
            found[Reading(name, order)] = decode(point, registers[: kind.registers])
    return found


def word_of(point: Point, value: float | None) -> str:
    """The word that the point's `enum` has for a value [-]; says so where it has none."""
    if value is None:
        return "no value"
    word = point.enum.get(int(value)) if value == int(value) else None
    return f"{value:g} (unknown)" if word is None else word


def value_of(point: Point, word: str) -> float:
    """The value [-] that the point's `enum` calls `word`, upper or lower case alike.

    Raises:
        BadValue: it calls none so; with the nearest word that it has.
    """
    for number, known in point.enum.items():
        if known.casefold() == word.strip().casefold():
            return float(number)
    hint = did_you_mean(word, point.enum.values())
    raise BadValue(f"{point.name} = {word!r}: unknown word{hint}")
