"""What registers could mean: every type in every order at once, and numbers as their words.

Finding type and order of an address that no manual explains is half of a commissioning: the
reading that makes sense is the one to put into the map.
"""

from collections.abc import Sequence
from typing import Final

from twin.errors import did_you_mean
from twin.registers.codec import BadValue, decode, decode_text
from twin.registers.point import KINDS, ORDERS, Point

ORDERS_OF_ONE: Final = ("ABCD", "BADC")
"""The orders in which one register can differ."""


def all_readings(registers: Sequence[int]) -> dict[tuple[str, str], float | str | None]:
    """Value by (type, order) of every type that begins at the first of `registers` and fits.

    None is no number: NaN, infinity, a decimal digit above nine. An `int8` or `uint8` is the low
    byte in order ABCD and the high byte in BADC. Orders are as in a map, without those that
    cannot differ; the text takes all registers.
    """
    found: dict[tuple[str, str], float | str | None] = {}
    for name, kind in KINDS.items():
        if kind.registers > len(registers):
            continue
        for order in ORDERS if kind.registers > 1 else ORDERS_OF_ONE:
            point = Point("any", "hr", 0, name, order)
            found[name, order] = decode(point, registers[: kind.registers])
    if registers:
        text = f"string{2 * len(registers)}"
        payload = b"".join(word.to_bytes(2, "big") for word in registers)
        for order in ORDERS_OF_ONE:
            found[text, order] = decode_text(Point("any", "hr", 0, text, order), payload)
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
