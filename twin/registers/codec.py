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

    A coil gives (0,) or (1,), a bit of a register that bit alone.
    None and NaN become the sentinel of the point. Integers round half to even. `scale`
    replaces `point.scale` where it was read from the device.

    Raises:
        BadValue: the value does not fit the type, is the sentinel itself, or is missing and
            the point has no sentinel. Nothing is clipped.
    """
    if point.is_bit:
        return (_encode_bit(point, value),)
    kind = point.kind
    raw = _raw(point, kind, value, point.scale if scale is None else scale)
    wire = bytes(struct.pack(">" + kind.code, raw))
    wire = bytes(wire[i] for i in byte_order(point.order, kind.registers))
    return struct.unpack(f">{kind.registers}H", wire)


def decode(point: Point, registers: Sequence[int], scale: float | None = None) -> float | None:
    """Value [point.unit] of registers in wire order; None for the sentinel, NaN and infinity."""
    if point.is_bit:
        word = registers[0]
        return float(word >> (point.bit or 0) & 1)
    kind = point.kind
    wire = struct.pack(f">{kind.registers}H", *registers)
    big_endian = bytes(wire[i] for i in byte_order(point.order, kind.registers))
    (raw,) = struct.unpack(">" + kind.code, big_endian)
    if raw == point.nan:
        return None
    value = float(raw * (point.scale if scale is None else scale) + point.offset)
    return value if value - value == 0.0 else None  # inf - inf and NaN are not 0


def encode_text(point: Point, text: str) -> bytes:
    """ASCII characters of a `stringN` point, two a register, padded with NUL."""
    size = 2 * point.registers
    if not text.isascii() or len(text) > int(point.type[len("string") :]):
        raise BadValue(f"{point.name} = {text!r}: a {point.type} holds that many ASCII characters")
    return _swap_text(point, text.encode("ascii").ljust(size, b"\0"))


def decode_text(point: Point, payload: bytes) -> str:
    """Characters of a `stringN` point up to the first NUL; trailing blanks are padding."""
    plain = _swap_text(point, payload).split(b"\0", 1)[0]
    return plain.decode("ascii", errors="replace").rstrip()


def fits(kind: Kind, raw: float) -> bool:
    """Whether a number, rounded where the type is an integer, lies within the type's range."""
    if raw - raw != 0.0:
        return False
    return kind.low <= (round(raw) if kind.integer else raw) <= kind.high


def _encode_bit(point: Point, value: float | None) -> int:
    if value not in (0.0, 1.0):
        raise BadValue(f"{point.name} = {value!r}: a bit is 0 or 1")
    return int(value) << (point.bit or 0)


def _raw(point: Point, kind: Kind, value: float | None, scale: float) -> float:
    if value is None or value != value:
        if point.nan is not None:
            return point.nan
        if not kind.integer:
            return float("nan")
        raise BadValue(f"{point.name}: no value to send, and the point has no sentinel for that")
    raw = (value - point.offset) / scale
    if not fits(kind, raw):
        low, high = sorted((kind.low * scale + point.offset, kind.high * scale + point.offset))
        raise BadValue(
            f"{point.name} = {value!r} {point.unit}: {point.type} x {scale:g} "
            f"carries {low:.12g} to {high:.12g}"
        )
    if kind.integer:
        raw = round(raw)
    if raw == point.nan:
        raise BadValue(f"{point.name} = {value!r} {point.unit}: that is its sentinel for no value")
    return raw


def _swap_text(point: Point, payload: bytes) -> bytes:
    if point.order == "ABCD":
        return payload
    return bytes(payload[i ^ 1] for i in range(len(payload)))
