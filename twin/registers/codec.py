"""One value to its registers and back, for every type and byte order.

The single-point form: plain, checked, and what every other encoder falls back to when
it must say which value did not fit.
"""

import struct
from collections.abc import Sequence

from twin.errors import HukkaError
from twin.registers.point import Kind, Point, byte_order


class BadValue(HukkaError, ValueError):
    """A value that the registers of its point cannot carry."""

    exit_code = 2


def power_of_ten(exponent: int) -> float:
    """`10**exponent` [-], correctly rounded on every platform."""
    return float(f"1e{exponent}")


def encode(point: Point, value: float | None, scale: float | None = None) -> tuple[int, ...]:
    """Registers (0 to 65535) that carry `value` [point.unit], in wire order.

    A coil gives (0,) or (1,); a point that is some bits of a register gives those bits alone,
    and `merge` puts them between the others. None and NaN become the sentinel of the point.
    Integers round half to even. `scale` replaces `point.scale` where it was read from the device.

    Raises:
        BadValue: the value does not fit the type, is a sentinel itself, or is missing and
            the point has no sentinel. Nothing is clipped.
    """
    kind = point.kind
    if point.is_bit:
        raw: float = _bit(point, value)
    else:
        raw = _raw(point, kind, value, point.scale if scale is None else scale)
    if (part := point.part) is not None:
        first, bits = part
        raw = (int(raw) & (1 << bits) - 1) << first
    elif kind.bcd:
        raw = to_bcd(raw, kind.registers)
    return encode_raw(point, raw)


def encode_raw(point: Point, raw: float) -> tuple[int, ...]:
    """Registers that hold the number `raw` [-], which is of the type of the point."""
    wire = _reorder(point, struct.pack(">" + point.kind.code, raw))
    return struct.unpack(f">{point.kind.registers}H", wire)


def decode(point: Point, registers: Sequence[int], scale: float | None = None) -> float | None:
    """Value [point.unit] of registers in wire order; None where they say that there is none.

    That is a sentinel, NaN, infinity, or a digit above nine in a decimal number.
    """
    kind = point.kind
    big_endian = _reorder(point, struct.pack(f">{kind.registers}H", *registers))
    (raw,) = struct.unpack(">" + kind.code, big_endian)
    if point.is_bit:
        return float(raw >> (point.bit or 0) & 1)
    if (part := point.part) is not None:
        raw = take_bits(raw, *part, signed=kind.low < 0)
    elif kind.bcd:
        raw = from_bcd(raw)
    if raw in point.sentinels:
        return None
    value = float(raw * (point.scale if scale is None else scale) + point.offset)
    return value if value - value == 0.0 else None  # inf - inf and NaN are not 0


def merge(point: Point, registers: Sequence[int], held: Sequence[int]) -> tuple[int, ...]:
    """`held` with what `encode` gave for the point, and the bits of others as they are."""
    part = point.part
    if part is None:
        return tuple(registers)
    first, bits = part
    mask = _reorder(point, struct.pack(">H", (1 << bits) - 1 << first))
    keep = ~int.from_bytes(mask, "big")
    return ((held[0] & keep) | registers[0],)


def take_bits(word: int, first: int, bits: int, *, signed: bool) -> int:
    """The number in `bits` bits of `word` from bit `first` up, two's complement if `signed`."""
    raw = word >> first & (1 << bits) - 1
    return raw - (1 << bits) if signed and raw >> bits - 1 else raw


def from_bcd(pattern: int) -> float:
    """Number [-] with the four-bit digits of `pattern` as decimals; NaN where one is above 9."""
    digits = f"{pattern:x}"
    return int(digits) if digits.isdecimal() else float("nan")


def to_bcd(number: float, registers: int) -> int:
    """Pattern of `registers` words with the decimal digits of `number` [-]; all ones for NaN."""
    return int(str(int(number)), 16) if number == number else (1 << 16 * registers) - 1


def encode_text(point: Point, text: str) -> bytes:
    """ASCII characters of a `stringN` point, two a register, padded with NUL.

    Raises:
        BadValue: it is too long, not ASCII, or would not be read back as it is.
    """
    size = 2 * point.registers
    if not text.isascii() or len(text) > int(point.type[len("string") :]):
        raise BadValue(f"{point.name} = {text!r}: a {point.type} holds that many ASCII characters")
    if "\0" in text or text != text.rstrip():
        raise BadValue(f"{point.name} = {text!r}: NUL and blanks at the end are padding")
    return _reorder(point, text.encode("ascii").ljust(size, b"\0"))


def decode_text(point: Point, payload: bytes) -> str:
    """Characters of a `stringN` point up to the first NUL; trailing blanks are padding."""
    plain = _reorder(point, payload).split(b"\0", 1)[0]
    return plain.decode("ascii", errors="replace").rstrip()


def fits(kind: Kind, raw: float) -> bool:
    """Whether a number, rounded where the type is an integer, lies within the type's range."""
    if raw - raw != 0.0:
        return False
    return kind.low <= (round(raw) if kind.integer else raw) <= kind.high


def _bit(point: Point, value: float | None) -> int:
    if value not in (0.0, 1.0):
        raise BadValue(f"{point.name} = {value!r}: a bit is 0 or 1")
    return int(value)


def _raw(point: Point, kind: Kind, value: float | None, scale: float) -> float:
    if value is None or value != value:
        if point.nan is not None:
            return point.nan
        if point.can_miss:
            return float("nan")
        raise BadValue(f"{point.name}: no value to send, and the point has no sentinel for that")
    if scale - scale != 0.0 or scale == 0.0:
        raise BadValue(f"{point.name} = {value!r} {point.unit}: its scale is not known")
    raw = (value - point.offset) / scale
    if not fits(kind, raw):
        low, high = sorted((kind.low * scale + point.offset, kind.high * scale + point.offset))
        raise BadValue(
            f"{point.name} = {value!r} {point.unit}: {point.type} x {scale:g} "
            f"carries {low:.12g} to {high:.12g}"
        )
    if kind.integer:
        raw = round(raw)
    elif kind.code == "f":
        (raw,) = struct.unpack(">f", struct.pack(">f", raw))
    if raw in point.sentinels:
        raise BadValue(f"{point.name} = {value!r} {point.unit}: that is its sentinel for no value")
    return raw


def _reorder(point: Point, data: bytes) -> bytes:
    """Bytes from big-endian to the wire, or back: every order is its own inverse."""
    if point.order == "ABCD":
        return data
    return bytes(data[i] for i in byte_order(point.order, len(data) // 2))
