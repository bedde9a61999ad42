"""A block: neighbouring points that cross the wire in one request, compiled once.

A whole block is one `struct` call and one pass over its numbers, whatever types and byte
orders its points have: where an order is not big-endian, the bytes are put in order first.
Bits of registers, decimal digits and scales that the device gives take one more step a point.
"""

import struct
from collections.abc import Callable, Mapping, Sequence
from math import isfinite
from operator import add, itemgetter, mul
from typing import Final

from twin.errors import refuse
from twin.registers.codec import (
    BadValue,
    encode,
    encode_raw,
    fits,
    from_bcd,
    power_of_ten,
    take_bits,
)
from twin.registers.point import BIT_TABLES, Point, Table, byte_order

Exponents = Mapping[str, float | None]
"""Exponents of ten that a device gave, by the name of their point."""

_NO_EXPONENTS: Final[Exponents] = {}
_NO_CONVERSION: Final = (1.0, 0.0)
_NEVER: Final = float("nan")
_TABLE: Final = 256
"""Bytes in the table of `bytes.translate`."""


def scale_of(exponent: float | None) -> float:
    """Ten to an exponent [-] that a device gave; NaN for none, and for one that no device means.

    SunSpec allows -10 to 10.
    """
    if exponent is None or not -10 <= exponent <= 10:
        return _NEVER
    return power_of_ten(int(exponent))


class Block:
    """Points of one table at rising addresses, as one payload of a Modbus read or write.

    `conversions` gives name → (factor, offset) that take the point's unit to the caller's
    (`twin.signals.conversion(point.unit, wanted)`); values are in the caller's units and in
    the order of `names`. Registers are big-endian in the payload, coils and inputs packed
    from the lowest bit up, as in the PDU. `outside` names the exponents of scales that do not lie
    in the block; whoever knows their values hands them over, and without one there is no value.
    """

    __slots__ = (
        "_bits", "_conversions", "_exact", "_numbers_only", "_permute", "_raw_of", "_scaled",
        "_sentinels", "_sentinels_of", "_slots", "_solid", "_struct", "_terms", "_unpack",
        "address", "count", "factors", "names", "offsets", "outside", "points", "size", "table",
        "whole",
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

    def encode(self, values: Sequence[float], exponents: Exponents = _NO_EXPONENTS) -> bytes:
        """Payload that carries `values`; NaN becomes the sentinel of its point.

        Raises:
            BadValue: a value does not fit its registers, its scale is not known, or the payload
                would touch an address or a bit that is not among the points.
        """
        if not self._exact or len(values) != len(self.names):
            return self._encode_with_care(values, exponents)
        try:
            raw = [
                to_raw((x - o) / f) for x, (to_raw, f, o) in zip(values, self._terms, strict=True)
            ]
            payload = self._struct.pack(*raw)
        except (struct.error, OverflowError, ValueError):
            return self._encode_with_care(values, exponents)
        total = sum(raw)
        if total - total != 0.0 or not self._sentinels.isdisjoint(raw):
            # a NaN, an infinity or a sentinel is among them
            return self._encode_with_care(values, exponents)
        return payload if self._permute is None else self._permute(payload)

    def decode(
        self, payload: bytes | bytearray, exponents: Exponents = _NO_EXPONENTS
    ) -> Sequence[float | None]:
        """Values of a payload; None where the device has no number (sentinel, NaN, infinity).

        Raises:
            ValueError: the payload is not `size` bytes long.
        """
        if len(payload) != self.size:
            raise self._wrong_size(payload)
        if self._bits:
            word = int.from_bytes(payload, "little")
            return [float(word >> slot & 1) for slot in self._slots]
        unpack, scaled = self._unpack, self._scaled
        raw = unpack(payload)
        if not self.whole:
            return self._decode_with_care(raw, exponents)
        values = scaled(raw)
        if self._numbers_only:
            return values
        total = sum(values)
        if total - total == 0.0 and (not self._sentinels or self._sentinels.isdisjoint(raw)):
            return values
        return [
            None if r in n or v - v != 0.0 else v
            for r, v, n in zip(raw, values, self._sentinels_of, strict=True)
        ]

    def raw(self, payload: bytes | bytearray) -> tuple[float, ...]:
        """Numbers as they lie in a payload of registers; `raw * factor + offset` is the value.

        Those of a `whole` block are in the order of `names`.

        Raises:
            ValueError: the payload is not `size` bytes long.
        """
        if len(payload) != self.size:
            raise self._wrong_size(payload)
        return self._unpack(payload)

    def _wrong_size(self, payload: bytes | bytearray) -> ValueError:
        return ValueError(f"{self!r}: {len(payload)} bytes, expected {self.size}")

    def _check(self) -> None:
        place = f"block of {self.table} {self.names[0]}"
        end, before = self.address, self.points[0]
        for point in self.points:
            if point.is_text:
                raise refuse(place, point.name, "text does not go into a block of numbers")
            if point.table != self.table:
                raise refuse(place, point.name, "a block lies in one table")
            if point.address < end and not _same_register(before, point):
                raise refuse(place, point.name, "addresses in a block must rise")
            end, before = point.end, point

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
        self._permute = permute = _permutation(order)
        unpack = self._struct.unpack
        self._unpack = unpack if permute is None else lambda payload: unpack(permute(payload))
        self._solid = not gaps and (self._bits or _all_bits(self.points))
        """Whether every bit of it belongs to a point."""
        self.whole = self._solid and not self._bits and all(map(_is_plain, self.points))
        """Whether it is registers without a gap, each point a number of its own."""
        # what a sentinel rounds to in 32 bits shows in the single-point form only
        rounded = any(p.kind.code == "f" and p.sentinels for p in self.points)
        self._exact = self.whole and not rounded

    def _compile_numbers(self) -> None:
        """Factors that go from raw to the caller's unit in one multiplication, and back."""
        pairs = tuple(zip(self.points, self._conversions, strict=True))
        self.factors = tuple(factor * point.scale for point, (factor, _) in pairs)
        self.offsets = tuple(factor * point.offset + offset for point, (factor, offset) in pairs)
        to_raw = (round if p.kind.integer else float for p in self.points)
        self._terms = tuple(zip(to_raw, self.factors, self.offsets, strict=True))
        self._sentinels_of = tuple(p.sentinels for p in self.points)
        self._sentinels = frozenset().union(*self._sentinels_of)
        self._raw_of = tuple(map(_raw_of, self.points))
        self._scaled = _scaling(self.points, self.factors, self.offsets)
        self._numbers_only = not self._sentinels and all(
            map(_always_finite, self.points, self.factors, self.offsets)
        )
        """Whether all that can lie in its registers are values."""
        wanted = dict.fromkeys(p.scale_ref for p in self.points if p.scale_ref is not None)
        self.outside = tuple(name for name in wanted if name not in self.names)

    def _decode_with_care(
        self, unpacked: Sequence[float], exponents: Exponents
    ) -> list[float | None]:
        """Gaps, bits of registers, decimal digits and scales that the device gives."""
        raw = [take(unpacked[slot]) for take, slot in zip(self._raw_of, self._slots, strict=True)]
        here = dict(zip(self.names, raw, strict=True))
        out: list[float | None] = []
        for number, point, f, o, none in zip(
            raw, self.points, self.factors, self.offsets, self._sentinels_of, strict=True
        ):
            if (name := point.scale_ref) is not None:
                f *= scale_of(here[name] if name in here else exponents.get(name))
            value = number * f + o
            out.append(None if number in none or value - value != 0.0 else value)
        return out

    def _encode_with_care(self, values: Sequence[float], exponents: Exponents) -> bytes:
        """Point by point: for coils, bits, sentinels, and to name the value that does not fit."""
        if len(values) != len(self.names):
            raise BadValue(f"{self!r}: {len(values)} values for {len(self.names)} points")
        if not self._solid:
            raise BadValue(f"{self!r}: gaps and bits of others cannot be written as one")
        known = {**exponents, **dict(zip(self.names, values, strict=True))}
        words = [0] * self.count
        for k, (point, value) in enumerate(zip(self.points, values, strict=True)):
            at = point.address - self.address
            for i, register in enumerate(self._registers(k, point, value, known), at):
                words[i] |= register
        if self._bits:
            word = sum(bit << i for i, bit in enumerate(words))
            return word.to_bytes(self.size, "little")
        return struct.pack(f">{self.count}H", *words)

    def _registers(self, k: int, point: Point, value: float, known: Exponents) -> tuple[int, ...]:
        """Registers of point `k`; where that is possible, what they are in `encode` as well.

        A number must not depend on whether a neighbour of it is missing.
        """
        factor, offset = self._conversions[k]
        scale = None if point.scale_ref is None else scale_of(known.get(point.scale_ref))
        if self._exact and value == value:
            to_raw, f, o = self._terms[k]
            raw = (value - o) / f
            if fits(point.kind, raw) and (number := to_raw(raw)) not in point.sentinels:
                return encode_raw(point, number)
        return encode(point, (value - offset) / factor, scale)


def _is_plain(point: Point) -> bool:
    return point.part is None and point.scale_ref is None and not point.kind.bcd


def _always_finite(point: Point, factor: float, offset: float) -> bool:
    extremes = (factor * point.kind.low + offset, factor * point.kind.high + offset)
    return point.kind.integer and all(map(isfinite, extremes))


def _scaling(
    points: Sequence[Point], factors: Sequence[float], offsets: Sequence[float]
) -> Callable[[Sequence[float]], list[float]]:
    """`raw * factor + offset` of every number, without the steps that change nothing."""
    # a float, or a factor below 0, may give -0.0, which only adding 0.0 makes 0.0
    if any(offsets) or min(factors) < 0 or not all(p.kind.integer for p in points):
        return lambda raw: list(map(add, map(mul, raw, factors), offsets))
    if set(factors) == {1.0}:
        return lambda raw: list(map(float, raw))
    return lambda raw: list(map(mul, raw, factors))


def _raw_of(point: Point) -> Callable[[float], float]:
    """What makes the raw number of a point from what `struct` unpacked."""
    if (part := point.part) is not None:
        signed = point.kind.low < 0
        return lambda word: take_bits(int(word), *part, signed=signed)
    if point.kind.bcd:
        return lambda pattern: from_bcd(int(pattern))
    return lambda number: number


def _same_register(one: Point, other: Point) -> bool:
    """Whether both are bits of one register, and of different bits."""
    a, b = one.part, other.part
    if a is None or b is None or one.address != other.address or one.order != other.order:
        return False
    return a[0] + a[1] <= b[0]


def _all_bits(points: Sequence[Point]) -> bool:
    """Whether the points fill every register of which they have bits."""
    filled: dict[int, int] = {}
    for point in points:
        if point.part is not None:
            filled[point.address] = filled.get(point.address, 0) + point.part[1]
    return all(bits == 16 for bits in filled.values())


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
