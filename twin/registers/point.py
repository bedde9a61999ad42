"""A point: one value of a device, and how it lies in the device's Modbus tables."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Final, Literal

Table = Literal["co", "di", "hr", "ir"]
"""Coils, discrete inputs, holding registers, input registers."""

Access = Literal["r", "w", "rw"]
Tag = Literal["sensor", "command", "setting", "status", "heartbeat", "identity"]

TABLES: Final[tuple[Table, ...]] = ("co", "di", "hr", "ir")
ACCESSES: Final[tuple[Access, ...]] = ("r", "w", "rw")
TAGS: Final[tuple[Tag, ...]] = ("sensor", "command", "setting", "status", "heartbeat", "identity")
BIT_TABLES: Final = frozenset({"co", "di"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A numeric register type: `struct` letter, width in registers, representable range.

    A `bcd` type packs one decimal digit into four bits; with another digit it is no number.
    """

    code: str
    registers: int
    low: float
    high: float
    integer: bool
    bcd: bool = False


_FLOAT32_MAX = 3.4028234663852886e38
_FLOAT64_MAX = 1.7976931348623157e308

KINDS: Final[Mapping[str, Kind]] = {
    "int8": Kind("H", 1, -(2**7), 2**7 - 1, True),
    "uint8": Kind("H", 1, 0, 2**8 - 1, True),
    "int16": Kind("h", 1, -(2**15), 2**15 - 1, True),
    "uint16": Kind("H", 1, 0, 2**16 - 1, True),
    "int32": Kind("i", 2, -(2**31), 2**31 - 1, True),
    "uint32": Kind("I", 2, 0, 2**32 - 1, True),
    "float32": Kind("f", 2, -_FLOAT32_MAX, _FLOAT32_MAX, False),
    "int64": Kind("q", 4, -(2**63), 2**63 - 1, True),
    "uint64": Kind("Q", 4, 0, 2**64 - 1, True),
    "float64": Kind("d", 4, -_FLOAT64_MAX, _FLOAT64_MAX, False),
    "bcd16": Kind("H", 1, 0, 10**4 - 1, True, bcd=True),
    "bcd32": Kind("I", 2, 0, 10**8 - 1, True, bcd=True),
}

_BYTES: Final = ("int8", "uint8")
FIELD_TYPES: Final = ("int16", "uint16", *_BYTES)
"""Types that may be some bits of a register instead of all of it."""


@cache
def _field(bits: int, signed: bool) -> Kind:
    """The range of `bits` neighbouring bits of a register."""
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    return Kind("H", 1, low, high, True)


ORDERS: Final[tuple[str, ...]] = ("ABCD", "CDAB", "BADC", "DCBA")
"""Byte orders by their 32-bit name: big-endian, words swapped, bytes swapped, little-endian.

The same four names serve every width: CDAB is GHEFCDAB on 64 bits and AB on 16.
"""


def byte_order(order: str, registers: int) -> tuple[int, ...]:
    """Where each big-endian byte of a value of `registers` words lies on the wire.

    Every one of the four orders is its own inverse: the same indices take the wire to
    big-endian and back.
    """
    width = 2 * registers
    match order:
        case "ABCD":
            return tuple(range(width))
        case "BADC":
            return tuple(i ^ 1 for i in range(width))
        case "CDAB":
            return tuple((width - 2 - (i & ~1)) | (i & 1) for i in range(width))
        case "DCBA":
            return tuple(reversed(range(width)))
    raise ValueError(f"byte order {order!r} is none of {', '.join(ORDERS)}")


@dataclass(frozen=True, slots=True)
class Point:
    """One row of a register map. `value = raw * scale + offset`, in `unit`.

    `address` counts from 0. With `scale_ref` the scale is ten to the power of that other
    point's value. `bit` is the lowest bit of a point that is `bits` bits of one register and not
    all of it. `nan` is the raw number by which the device says "no value", `nan_also` are more
    that are read as such and never sent. `min`, `max` [unit] and `ramp` [unit/s] bound what may
    be written, `default` [unit] is what the device starts with, `poll` [s] how often a reader
    wants it.
    """

    name: str
    table: Table
    address: int
    type: str
    order: str = "ABCD"
    bit: int | None = None
    scale: float = 1.0
    scale_ref: str | None = None
    offset: float = 0.0
    unit: str = "-"
    access: Access = "r"
    poll: float | None = None
    min: float | None = None
    max: float | None = None
    ramp: float | None = None
    nan: float | None = None
    enum: Mapping[int, str] = field(default_factory=dict, hash=False)
    nv: bool = False
    tag: Tag = "status"
    default: float | str | None = None
    desc: str = ""
    line: int = 0
    bits: int = 1
    nan_also: tuple[float, ...] = ()

    @property
    def is_text(self) -> bool:
        """A `stringN` point, which has characters and no number."""
        return self.type.startswith("string")

    @property
    def is_bit(self) -> bool:
        """A coil, a discrete input or one bit of a register."""
        return self.type == "bool"

    @property
    def part(self) -> tuple[int, int] | None:
        """Lowest bit and number of bits of a point that is not all of its register, else None."""
        if self.type in _BYTES:
            return self.bit or 0, 8
        if self.table in BIT_TABLES or (self.bit is None and not self.is_bit):
            return None
        return self.bit or 0, self.bits

    @property
    def kind(self) -> Kind:
        """The numeric type; of a register bit, the register it lies in."""
        if self.bit is not None and self.type in ("int16", "uint16"):
            return _field(self.bits, self.type == "int16")
        return KINDS["uint16" if self.is_bit else self.type]

    @property
    def sentinels(self) -> frozenset[float]:
        """Every raw number by which the device says "no value"."""
        return frozenset(self.nan_also if self.nan is None else (self.nan, *self.nan_also))

    @property
    def can_miss(self) -> bool:
        """Whether its registers can say "no value": by a sentinel, or as its type has it."""
        return self.nan is not None or not self.kind.integer or self.kind.bcd

    @property
    def registers(self) -> int:
        """Addresses that the point takes in its table: registers, or 1 coil or input."""
        if self.is_text:
            return (int(self.type[len("string") :]) + 1) // 2
        return self.kind.registers

    @property
    def end(self) -> int:
        """First address behind the point."""
        return self.address + self.registers

    @property
    def writable(self) -> bool:
        """Whether a master may write it."""
        return self.access != "r"
