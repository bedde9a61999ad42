"""One CSV row to one Point: every cell checked, every mistake named, none fatal to the next."""

import re
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any, Final, NamedTuple

from twin.errors import BadInput, did_you_mean
from twin.registers.codec import fits
from twin.registers.point import (
    ACCESSES,
    BIT_TABLES,
    FIELD_TYPES,
    KINDS,
    ORDERS,
    TABLES,
    TAGS,
    Point,
)
from twin.signals import conversion

_PARSED: Final = {"line", "bits", "nan_also"}
"""Fields of a point that have no column of their own."""
COLUMNS: Final = tuple(field.name for field in fields(Point) if field.name not in _PARSED)
REQUIRED: Final = ("name", "table", "address", "type")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_BITS = re.compile(r"([0-9]{1,2})(?:-([0-9]{1,2}))?")
_STRING = re.compile(r"string([1-9][0-9]{0,2})")
_LAST_ADDRESS = 65535
_LONGEST_STRING = 250


class Row:
    """The cells of one line, read one by one; what is wrong goes to `errors` with its `place`."""

    def __init__(
        self, place: str, line: int, cells: Mapping[str, str], errors: list[str], base: int
    ) -> None:
        self.place, self.line, self.cells, self.errors, self.base = place, line, cells, errors, base
        self.label = cells.get("name", "") or "(no name)"
        self.failed = False

    def refuse(self, column: str, rule: str) -> None:
        """Note that the cell in `column` breaks `rule`."""
        self.failed = True
        found = self.cells.get(column, "")
        self.errors.append(f"{self.place} {self.label}.{column} = {found!r}: {rule}")

    def point(self) -> Point | None:
        """The point, or None when a cell was refused."""
        kind = self._type()
        text = kind.startswith("string")
        bit, bits = self._bits(kind)
        cells: dict[str, Any] = {
            "name": self._name(),
            "table": self._word("table", TABLES, ""),
            "address": self._address(),
            "type": kind,
            "order": self._word("order", ("ABCD", "BADC") if text else ORDERS, "ABCD"),
            "bit": bit,
            "bits": bits,
            "scale": self._number("scale", 1.0),
            "scale_ref": self.cells.get("scale_ref") or None,
            "offset": self._number("offset", 0.0),
            "unit": self._unit(),
            "access": self._word("access", ACCESSES, "r"),
            "poll": self._above_zero("poll", "must be > 0 s"),
            "ramp": self._above_zero("ramp", "must be > 0"),
            **{name: self._number(name, None) for name in ("min", "max")},
            "enum": self._enum(),
            "nv": self._word("nv", ("yes", "no"), "no") == "yes",
            "tag": self._word("tag", TAGS, "status"),
            "default": self._default(text),
            "desc": self.cells.get("desc", ""),
            "line": self.line,
        }
        if self.failed:
            return None
        sentinels = self._sentinels(kind, Point(**cells))
        first = sentinels[0] if sentinels else None
        point = Point(nan=first, nan_also=tuple(sentinels[1:]), **cells)
        self._check_place(point)
        if not (text or point.is_bit or self.failed):
            self._check_range(point)
        self._check_writing(point)
        return None if self.failed else point

    def _name(self) -> str:
        name = self.cells.get("name", "")
        if not _NAME.fullmatch(name):
            self.refuse("name", "must be letters, digits, _ and ., and begin with a letter")
        return name

    def _type(self) -> str:
        word = self.cells.get("type", "")
        if match := _STRING.fullmatch(word):
            if int(match[1]) > _LONGEST_STRING:
                self.refuse("type", f"a string has at most {_LONGEST_STRING} characters")
            return word
        return self._word("type", ("bool", *KINDS, "string16"), "")

    def _word(self, column: str, known: Iterable[str], default: str) -> str:
        word = self.cells.get(column) or default
        if word not in known:
            self.refuse(column, f"unknown {column}{did_you_mean(word, known)}")
        return word

    def _number(self, column: str, default: float | None) -> float | None:
        cell = self.cells.get(column)
        if not cell:
            return default
        try:
            number = float(cell)
        except ValueError:
            number = float("nan")
        if number - number != 0.0:
            self.refuse(column, "must be a number")
            return default
        return number

    def _above_zero(self, column: str, rule: str) -> float | None:
        number = self._number(column, None)
        if number is not None and not number > 0:
            self.refuse(column, rule)
        return number

    def _integer(self, column: str) -> int | None:
        cell = self.cells.get(column)
        if not cell:
            return None
        try:
            return int(cell, 0)
        except ValueError:
            self.refuse(column, "must be a whole number")
            return None

    def _bits(self, kind: str) -> tuple[int | None, int]:
        """Lowest bit and number of bits of a `bit` cell: `3`, or `4-7` of a number."""
        cell = self.cells.get("bit")
        if not cell:
            return (0, 8) if kind in ("int8", "uint8") else (None, 1)
        match = _BITS.fullmatch(cell)
        if match is None:
            self.refuse("bit", "must be a bit, 0 to 15, or a range of bits such as 4-7")
            return None, 1
        first, last = int(match[1]), int(match[2] or match[1])
        if kind == "bool":
            if match[2]:
                self.refuse("bit", "a bool is one bit; a range of bits is a uint16 or int16")
        elif kind not in FIELD_TYPES or match[2] is None:
            self.refuse("bit", "only a bool is one bit of a register, and int16 or uint16 a range")
        elif not 0 <= first < last <= 15:
            self.refuse("bit", "must be a range from a lower to a higher bit, 0 to 15")
        elif kind.endswith("int8") and (first, last) not in ((0, 7), (8, 15)):
            self.refuse("bit", "must be 0-7, the low byte, or 8-15, the high byte")
        return first, last - first + 1

    def _address(self) -> int:
        address = self._integer("address")
        if address is None:
            if not self.failed:
                self.refuse("address", "must be a whole number")
            return 0
        if not 0 <= address - self.base <= _LAST_ADDRESS:
            self.refuse("address", f"must be {self.base} to {_LAST_ADDRESS + self.base}")
        return address - self.base

    def _unit(self) -> str:
        unit = self.cells.get("unit") or "-"
        try:
            conversion(unit, unit)
        except BadInput as error:
            self.refuse("unit", str(error))
        return unit

    def _enum(self) -> dict[int, str]:
        meanings: dict[int, str] = {}
        for part in filter(None, self.cells.get("enum", "").split("|")):
            number, _, word = part.partition("=")
            try:
                meanings[int(number, 0)] = word.strip()
            except ValueError:
                word = ""
            if not word:
                self.refuse("enum", "must be NUMBER=WORD|NUMBER=WORD...")
        return meanings

    def _default(self, text: bool) -> float | str | None:
        return self.cells.get("default") or None if text else self._number("default", None)

    def _sentinels(self, kind: str, point: Point) -> list[float]:
        """Raw numbers of the `nan` cell, `|` between them; the first is what a writer sends."""
        cell = self.cells.get("nan", "")
        if not cell:
            return []
        if kind not in KINDS:
            self.refuse("nan", f"a {kind} has no sentinel")
            return []
        floats = not point.kind.integer
        words = [word.strip() for word in cell.split("|")]
        found = [
            self._sentinel(word, point) for word in words if not (floats and word.lower() == "nan")
        ]
        return [number for number in found if number is not None and number == number]

    def _sentinel(self, word: str, point: Point) -> float | None:
        """One raw number; hexadecimal is the bit pattern of a signed number or a float."""
        kind, number = point.kind, float("nan")
        pattern = word.lower().startswith("0x")
        try:
            if pattern or kind.integer:
                number = int(word, 0)
            else:
                number = float(word)
        except ValueError:
            rule = "must be a whole number" if kind.integer else "must be a number"
            self.refuse("nan", f"{word!r} {rule}" if word else rule)
            return None
        width = point.part[1] if point.part else 16 * kind.registers
        if pattern and not 0 <= number < 1 << width:
            self.refuse("nan", f"lies outside {point.type}")
            return None
        if pattern and not kind.integer:
            data = int(number).to_bytes(2 * kind.registers, "big")
            (number,) = struct.unpack(">" + kind.code, data)
            return number if number - number == 0.0 else None  # NaN and infinity are no value
        if pattern and kind.low < 0 and number > kind.high:
            number -= 1 << width
        if not kind.low <= number <= kind.high:
            self.refuse("nan", f"lies outside {point.type}")
            return None
        if kind.code == "f":
            (number,) = struct.unpack(">f", struct.pack(">f", number))
        return number

    def _check_place(self, point: Point) -> None:
        if point.table in BIT_TABLES:
            if not point.is_bit:
                self.refuse("type", "coils and discrete inputs are bool")
            if point.bit is not None:
                self.refuse("bit", "only registers have bits")
        elif point.is_bit and (point.bit is None or not 0 <= point.bit <= 15):
            self.refuse("bit", "a bool in a register needs its bit, 0 to 15")
        if point.is_bit and point.default not in (None, 0.0, 1.0):
            self.refuse("default", "a bool starts as 0 or 1")
        if not self.failed and point.end > _LAST_ADDRESS + 1:
            self.refuse("address", f"{point.registers} registers from here end behind the table")

    def _check_range(self, point: Point) -> None:
        if point.scale == 0.0:
            self.refuse("scale", "must not be 0")
            return
        if point.min is not None and point.max is not None and point.min > point.max:
            self.refuse("min", f"must not be above max = {point.max:g}")
        for column in ("min", "max", "default"):
            value = getattr(point, column)
            if value is None or point.scale_ref:
                continue
            if not fits(point.kind, (value - point.offset) / point.scale):
                self.refuse(column, f"does not fit {point.type} x {point.scale:g}")
        low, high, start = point.min, point.max, point.default
        if isinstance(start, float) and (
            (low is not None and start < low) or (high is not None and start > high)
        ):
            self.refuse("default", f"must lie in min to max, {low} to {high}")

    def _check_writing(self, point: Point) -> None:
        if not point.writable:
            return
        if point.table in ("di", "ir"):
            self.refuse("access", f"a master cannot write the table {point.table}")
        free = point.is_bit or point.is_text or point.tag == "heartbeat"
        if not free and (point.min is None or point.max is None):
            self.refuse("min" if point.min is None else "max", "a writable point needs min and max")


class Clash(NamedTuple):
    """A point that cannot be in a map as it is, the column that shows it, and the rule."""

    point: Point
    column: str
    rule: str


def check_together(points: Sequence[Point], place: Callable[[Point], str]) -> list[Clash]:
    """Mistakes that take two rows to make: same name, same place, a scale from nowhere.

    `place` says where a point stands in its file.
    """
    found: list[Clash] = []
    first: dict[str, Point] = {}
    for point in points:
        if point.name in first:
            where = f"also the name of {place(first[point.name])}"
            found.append(Clash(point, "name", where))
        first.setdefault(point.name, point)
    found += _overlaps(points, place)
    for point in points:
        if point.scale_ref is None:
            continue
        reference = first.get(point.scale_ref)
        if reference is None:
            rule = f"no such point{did_you_mean(point.scale_ref, first)}"
            found.append(Clash(point, "scale_ref", rule))
        elif reference.is_bit or reference.is_text or not reference.kind.integer:
            found.append(Clash(point, "scale_ref", "the exponent of ten must be an integer point"))
    return found


def _overlaps(points: Sequence[Point], place: Callable[[Point], str]) -> Iterator[Clash]:
    taken: dict[tuple[str, int, int], Point] = {}
    for point in points:
        first, count = point.part or (0, 16)
        bits = range(first, first + count)
        places = [(point.table, a, b) for a in range(point.address, point.end) for b in bits]
        other = next((taken[place] for place in places if place in taken), None)
        if other is not None:
            yield Clash(point, "address", f"overlaps {other.name} of {place(other)}")
        taken.update(dict.fromkeys(places, point))
