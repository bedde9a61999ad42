"""A span: what one read brings, numbers and text, in the order of its points."""

from collections.abc import Callable, Mapping, Sequence
from struct import unpack
from typing import Final

from hil.links import pdu
from twin.registers import Block, Point, Table, decode, decode_text, scale_of
from twin.registers.point import BIT_TABLES

Value = float | str | None
"""What a point holds; None where the device itself has no value."""
Exponents = Mapping[str, float | None]
"""Exponents of ten that the device gave, by the name of their point."""

_NO_CONVERSION: Final = (1.0, 0.0)
_NO_EXPONENTS: Final[Exponents] = {}


class Span:
    """Addresses of one table that are read at once, and the points in them.

    Numbers are decoded as one `Block`; one by one text, numbers whose scale is read elsewhere, and
    those that lie in registers, or are bits, of others.
    """

    def __init__(
        self,
        points: Sequence[Point],
        conversions: Mapping[str, tuple[float, float]] | None = None,
    ) -> None:
        self.points = tuple(points)
        self.names: tuple[str, ...] = tuple(point.name for point in points)
        self.table: Table = points[0].table
        self.address = points[0].address
        self.count = max(point.end for point in points) - self.address
        self.end = self.address + self.count
        """First address behind it."""
        self.request = pdu.read_request(self.table, self.address, self.count)
        """The PDU that asks for it."""
        together = self._together()
        self._block = Block(together, conversions) if together else None
        self.plain: Callable[[bytes], Sequence[Value]] | None = None
        """`decode` of a span that is one Block, and so needs no exponents; the shortest way."""
        if len(together) == len(points) and self._block is not None:
            self.plain = self._block.decode
        self._conversions = conversions or {}

    def __repr__(self) -> str:
        return f"Span({self.table} {self.address}-{self.end - 1}: {', '.join(self.names)})"

    @property
    def data_bytes(self) -> int:
        """Bytes of data in the reply [-]."""
        return (self.count + 7) // 8 if self.table in BIT_TABLES else 2 * self.count

    def decode(self, payload: bytes, exponents: Exponents = _NO_EXPONENTS) -> Sequence[Value]:
        """Values of a reply in the order of `names`; None where there is none.

        `exponents` are those of scales that do not lie in the span; a number whose exponent is
        not known is none.
        """
        if self.plain is not None:
            return self.plain(payload)
        found: dict[str, Value] = {}
        if (block := self._block) is not None:
            at = 2 * (block.address - self.address)
            found.update(zip(block.names, block.decode(payload[at : at + block.size]), strict=True))
        for point in self.points:
            if point.name not in found:
                found[point.name] = self._one(point, payload, exponents)
        return [found[name] for name in self.names]

    def _together(self) -> list[Point]:
        """The points that one Block can have: numbers side by side, with what scales them."""
        chosen: list[Point] = []
        end = self.address
        for point in self.points:
            if point.is_text or point.scale_ref not in (None, *self.names):
                continue
            if point.address >= end or _next_bit(chosen[-1], point):
                chosen.append(point)
                end = point.end
        names = {point.name for point in chosen}
        return [point for point in chosen if point.scale_ref is None or point.scale_ref in names]

    def _one(self, point: Point, payload: bytes, exponents: Exponents) -> Value:
        place = point.address - self.address
        if self.table in BIT_TABLES:
            return self._converted(point, float(payload[place // 8] >> place % 8 & 1))
        data = payload[2 * place : 2 * (place + point.registers)]
        if point.is_text:
            return decode_text(point, data)
        words = unpack(f">{point.registers}H", data)
        scale = None
        if point.scale_ref is not None:
            scale = scale_of(exponents.get(point.scale_ref))
            if scale != scale:
                return None
        return self._converted(point, decode(point, words, scale))

    def _converted(self, point: Point, number: float | None) -> float | None:
        factor, offset = self._conversions.get(point.name, _NO_CONVERSION)
        return None if number is None else factor * number + offset


def _next_bit(before: Point, point: Point) -> bool:
    """Whether both are bits of one register, in rising order."""
    if before.bit is None or point.bit is None or before.order != point.order:
        return False
    return before.address == point.address and before.bit < point.bit
