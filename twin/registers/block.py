"""A block: neighbouring points that cross the wire in one request, compiled once.

A whole block is one `struct` call and one pass over its numbers, whatever types and byte
orders its points have: where an order is not big-endian, the bytes are put in order first.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from operator import add, itemgetter, mul
from typing import Final

from twin.errors import BadInput, refuse
from twin.registers.codec import BadValue, encode, power_of_ten
from twin.registers.point import BIT_TABLES, Point, Table, byte_order

_NO_CONVERSION: Final = (1.0, 0.0)
_NEVER: Final = float("nan")
"""Sentinel of a point that has none: equal to no raw number."""
_TABLE: Final = 256
"""Bytes in the table of `bytes.translate`."""


def _scale_read(exponent: float) -> float:
    """Ten to an exponent that the device gave; NaN for one that no device means (SunSpec: ±10)."""
    return power_of_ten(int(exponent)) if -10 <= exponent <= 10 else _NEVER


class Block:
    """Points of one table at rising addresses, as one payload of a Modbus read or write.

    `conversions` gives name → (factor, offset) that take the point's unit to the caller's
    (`twin.signals.conversion(point.unit, wanted)`); values are in the caller's units and in
    the order of `names`. Registers are big-endian in the payload, coils and inputs packed
    from the lowest bit up, as in the PDU.
    """

    __slots__ = (
        "_bits", "_conversions", "_permute", "_references", "_sentinel_of", "_sentinels", "_slots",
        "_struct", "_terms", "address", "count", "factors", "names", "offsets", "points", "size",
        "table", "whole",
    )  # fmt: skip

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
        self._bits = self.table in BIT_TABLES
        self.size = (self.count + 7) // 8 if self._bits else 2 * self.count
        """Bytes of the payload."""
        self._check()
        given = conversions or {}
        self._conversions = tuple(given.get(name, _NO_CONVERSION) for name in self.names)
        self._compile_layout()
        self._compile_numbers()

    def __repr__(self) -> str:
        last = self.address + self.count - 1
        return f"Block({self.table} {self.address}-{last}: {', '.join(self.names)})"

    def encode(self, values: Sequence[float]) -> bytes:
        """Payload that carries `values`; NaN becomes the sentinel of its point.

        Raises:
            BadValue: a value does not fit its registers, or the payload would touch an
                address, a bit or a scale that is not among the points.
        """
        if not self.whole or len(values) != len(self.names):
            return self._encode_with_care(values)
        try:
            raw = [
                to_raw((x - o) / f) for x, (to_raw, f, o) in zip(values, self._terms, strict=True)
            ]
            payload = self._struct.pack(*raw)
        except (struct.error, OverflowError, ValueError):
            return self._encode_with_care(values)
        total = sum(raw)
        if total - total != 0.0 or not self._sentinels.isdisjoint(raw):
            return self._encode_with_care(values)  # a NaN, an infinity or a sentinel is among them
        return payload if self._permute is None else self._permute(payload)

    def decode(self, payload: bytes | bytearray) -> list[float | None]:
        """Values of a payload; None where the device has no number (sentinel, NaN, infinity).

        Raises:
            ValueError: the payload is not `size` bytes long.
        """
        if self._bits:
            if len(payload) != self.size:
                raise self._wrong_size(payload)
            word = int.from_bytes(payload, "little")
            return [float(word >> slot & 1) for slot in self._slots]
        raw = self.raw(payload)
        if not self.whole:
            return self._decode_with_care(raw)
        values = list(map(add, map(mul, raw, self.factors), self.offsets))
        total = sum(values)
        if total - total == 0.0 and (not self._sentinels or self._sentinels.isdisjoint(raw)):
            return values
        return [
            None if r == n or v - v != 0.0 else v
            for r, v, n in zip(raw, values, self._sentinel_of, strict=True)
        ]

    def raw(self, payload: bytes | bytearray) -> tuple[float, ...]:
        """Numbers as they lie in a payload of registers; `raw * factor + offset` is the value.

        Those of a `whole` block are in the order of `names`.

        Raises:
            ValueError: the payload is not `size` bytes long.
        """
        if len(payload) != self.size:
            raise self._wrong_size(payload)
        if self._permute is not None:
            payload = self._permute(payload)
        return self._struct.unpack(payload)

    def _wrong_size(self, payload: bytes | bytearray) -> ValueError:
        return ValueError(f"{self!r}: {len(payload)} bytes, expected {self.size}")

    def _check(self) -> None:
        place = f"block of {self.table} {self.names[0]}"
        end = self.address
        for point in self.points:
            if point.is_text:
                raise refuse(place, point.name, "text does not go into a block of numbers")
            if point.table != self.table:
                raise refuse(place, point.name, "a block lies in one table")
            same_register = point.bit is not None and point.end == end
            if point.address < end and not same_register:
                raise refuse(place, point.name, "addresses in a block must rise")
            end = point.end

    def _compile_layout(self) -> None:
        """Struct format, byte permutation, and which unpacked number belongs to which point."""
        letters, slots = [">"], []
        order: list[int] = []
        end, used, gaps = self.address, 0, 0
        for point in self.points:
            if self._bits:
                slots.append(point.address - self.address)
                gaps += point.address - end
                end = point.end
                continue
            if point.end != end:  # else one more bit of the same register
                gap = point.address - end
                gaps += gap
                letters.append("xx" * gap + point.kind.code)
                start = 2 * (end - self.address)
                order += range(start, start + 2 * gap)
                start += 2 * gap
                order += (start + i for i in byte_order(point.order, point.registers))
                end, used = point.end, used + 1
            slots.append(used - 1)
        self._slots = tuple(slots)
        self._struct = struct.Struct("".join(letters))
        self._permute = _permutation(order)
        self.whole = not (self._bits or gaps) and all(
            point.bit is None and point.scale_ref is None for point in self.points
        )
        """Whether it is registers without a gap, each point a number of its own."""

    def _compile_numbers(self) -> None:
        """Factors that go from raw to the caller's unit in one multiplication, and back."""
        pairs = tuple(zip(self.points, self._conversions, strict=True))
        self.factors = tuple(factor * point.scale for point, (factor, _) in pairs)
        self.offsets = tuple(factor * point.offset + offset for point, (factor, offset) in pairs)
        to_raw = (round if p.kind.integer else float for p in self.points)
        self._terms = tuple(zip(to_raw, self.factors, self.offsets, strict=True))
        self._sentinel_of = tuple(_NEVER if p.nan is None else p.nan for p in self.points)
        self._sentinels = frozenset(p.nan for p in self.points if p.nan is not None)
        self._references = tuple(
            None if point.scale_ref is None else self._position(point.scale_ref)
            for point in self.points
        )

    def _position(self, name: str) -> int:
        if name not in self.names:
            raise BadInput(f"{self!r}: the scale {name!r} must be read in the same block")
        return self.names.index(name)

    def _decode_with_care(self, raw: Sequence[float]) -> list[float | None]:
        """Gaps, bits of registers and scales that were read along."""
        out: list[float | None] = []
        for i, point in enumerate(self.points):
            number = raw[self._slots[i]]
            sentinel, f, o = self._sentinel_of[i], self.factors[i], self.offsets[i]
            reference = self._references[i]
            if point.bit is not None:
                number = int(number) >> point.bit & 1
            elif reference is not None:
                f *= _scale_read(raw[self._slots[reference]])
            value = number * f + o
            missing = number == sentinel or value - value != 0.0
            out.append(None if missing else value)
        return out

    def _encode_with_care(self, values: Sequence[float]) -> bytes:
        """Point by point: for coils, for sentinels, and to name the value that does not fit."""
        if len(values) != len(self.names):
            raise BadValue(f"{self!r}: {len(values)} values for {len(self.names)} points")
        if not self.whole and not (self._bits and len(self.points) == self.count):
            raise BadValue(f"{self!r}: gaps, single bits and read scales cannot be written as one")
        word, payload = 0, b""
        for point, value, (factor, offset) in zip(
            self.points, values, self._conversions, strict=True
        ):
            registers = encode(point, (value - offset) / factor)
            if self._bits:
                word |= registers[0] << (point.address - self.address)
            else:
                payload += struct.pack(f">{len(registers)}H", *registers)
        return word.to_bytes(self.size, "little") if self._bits else payload


def _permutation(order: Sequence[int]) -> Callable[[bytes | bytearray], bytes] | None:
    """Function that puts bytes in `order`; None where they are."""
    if order == list(range(len(order))):
        return None
    if len(order) > _TABLE:  # no request is so long, but a view may be
        pick = itemgetter(*order)
        return lambda payload: bytes(pick(payload))
    # `order` translated by the payload as a table: ten times as fast as byte by byte
    places = bytes(order)
    return lambda payload: places.translate(payload.ljust(_TABLE))


def plan_blocks(
    points: Sequence[Point],
    max_registers: int,
    max_gap: int,
    conversions: Mapping[str, tuple[float, float]] | None = None,
) -> list[Block]:
    """Fewest blocks that cover `points`, by table and address.

    Merged over at most `max_gap` foreign addresses, none longer than `max_registers`.
    Blocks to be written want `max_gap` 0.

    Raises:
        BadInput: a point is longer than `max_registers` or is text.
    """
    ordered = sorted(points, key=lambda point: (point.table, point.address, point.bit or 0))
    runs: list[list[Point]] = []
    for point in ordered:
        if point.registers > max_registers:
            raise refuse(point.name, point.type, f"longer than {max_registers} registers")
        run = runs[-1] if runs else None
        if (
            run is not None
            and run[0].table == point.table
            and point.address - run[-1].end <= max_gap
            and point.end - run[0].address <= max_registers
        ):
            run.append(point)
        else:
            runs.append([point])
    return [Block(run, conversions) for run in runs]
