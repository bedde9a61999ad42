"""The values that an overheard exchange carried: registers, and points of a map among them."""

from collections.abc import Iterator
from typing import NamedTuple

from hil.io.pairing import Exchange
from hil.links.pdu import READ_TABLE
from twin.registers import Point, RegisterMap, Table, decode
from twin.registers.codec import decode_text, power_of_ten
from twin.registers.point import BIT_TABLES

Words = dict[tuple[Table, int], int]
"""Registers (0 to 65535) or bits by table and 0-based address."""


class Carried(NamedTuple):
    """`size` registers or bits, read or written as `verb` says; `words` where they are known."""

    verb: str
    table: Table
    address: int
    size: int
    words: Words | None

    def __str__(self) -> str:
        last = self.address + self.size - 1
        span = f"{self.address}" if self.size == 1 else f"{self.address}..{last}"
        return f"{self.verb} {self.table} {span}"


def carried(exchange: Exchange) -> list[Carried]:
    """What the exchange was about; the words of reads only where it was answered."""
    request, reply = exchange.request, exchange.reply
    if request is None:
        return []
    answered = reply is not None and not reply[0] & 0x80
    match request[0]:
        case 1 | 2 | 3 | 4:
            data = reply[2:] if answered and reply else None
            return [_part("reads", READ_TABLE[request[0]], request, 1, data)]
        case 5:
            return [Carried("writes", "co", _word(request, 1), 1, _one("co", request))]
        case 6:
            return [Carried("writes", "hr", _word(request, 1), 1, _one("hr", request))]
        case 15 | 16:
            table: Table = "co" if request[0] == 15 else "hr"
            return [_part("writes", table, request, 1, request[6:])]
        case 23:
            data = reply[2:] if answered and reply else None
            written = _part("writes", "hr", request, 5, request[10:])
            return [written, _part("reads", "hr", request, 1, data)]
        case _:
            return []


def _part(verb: str, table: Table, request: bytes, at: int, data: bytes | None) -> Carried:
    address, count = _word(request, at), _word(request, at + 2)
    words = None if data is None else _words(table, address, count, data)
    return Carried(verb, table, address, count, words)


def _words(table: Table, address: int, count: int, payload: bytes) -> Words | None:
    """Registers or bits of a read's or write's data, by their place; None if that does not fit."""
    if len(payload) != ((count + 7) // 8 if table in BIT_TABLES else 2 * count):
        return None
    if table in BIT_TABLES:
        bits = int.from_bytes(payload, "little")
        return {(table, address + i): bits >> i & 1 for i in range(count)}
    return {(table, address + i): payload[2 * i] << 8 | payload[2 * i + 1] for i in range(count)}


def _one(table: Table, request: bytes) -> Words:
    word = _word(request, 3)
    return {(table, _word(request, 1)): int(word != 0) if table == "co" else word}


def _word(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]


class Decoder:
    """Names and values of the points of a map in what goes over the line.

    Scales that are registers of the device themselves are remembered when they pass by.
    """

    def __init__(self, register_map: RegisterMap) -> None:
        self._map = register_map
        self._seen: dict[int, Words] = {}

    def values(self, unit: int, part: Carried) -> dict[str, float | str | None]:
        """Values [point.unit] of the points that lie wholly in `part`; None: the sentinel."""
        if part.words is None:
            return {}
        seen = self._seen.setdefault(unit, {})
        seen |= part.words
        return {p.name: value for p, value in self._decoded(part.words, seen)}

    def _decoded(self, words: Words, seen: Words) -> Iterator[tuple[Point, float | str | None]]:
        for point in self._map.points.values():
            places = [(point.table, at) for at in range(point.address, point.end)]
            if not all(place in words for place in places):
                continue
            if point.scale_ref is None:
                yield point, _value(point, words, None)
            elif (scale := self._scale(point.scale_ref, seen)) is not None:
                yield point, _value(point, words, scale)

    def _scale(self, name: str, seen: Words) -> float | None:
        point = self._map.points[name]
        if any((point.table, at) not in seen for at in range(point.address, point.end)):
            return None
        exponent = _value(point, seen, None)
        return power_of_ten(int(exponent)) if isinstance(exponent, float) else None


def _value(point: Point, words: Words, scale: float | None) -> float | str | None:
    """Value [point.unit] of a point among `words`; None where the device has none."""
    registers = [words[point.table, at] for at in range(point.address, point.end)]
    if point.is_text:
        return decode_text(point, b"".join(word.to_bytes(2, "big") for word in registers))
    return decode(point, registers, scale)
