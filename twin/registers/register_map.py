"""A register map: what a device has at which address, from one CSV file.

Lines that begin with `#! key: value` describe the device, other `#` lines are remarks, the
first plain line names the columns (`COLUMNS` in map_row), every further line is a point.
"""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from twin.errors import BadInput, did_you_mean, unknown
from twin.registers.map_row import COLUMNS, REQUIRED, Row, check_together
from twin.registers.point import Point, Table, Tag

MAX_READ: Final = 125
"""Registers in one read at most, by the Modbus specification."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the device is and how it wants to be asked: `max_gap` registers, `timeout` [s]."""

    vendor: str = ""
    source: str = ""
    revision: str = ""
    base: int = 0
    """Number that the file gives to the first address; inside, addresses count from 0."""
    max_read: int = MAX_READ
    max_gap: int = 0
    """Longest run of addresses without a point that a read may span."""
    timeout: float = 1.0


@dataclass(frozen=True, slots=True)
class RegisterMap:
    """The points of a device by name, in the order of the file, with its header."""

    file: str
    header: Header
    points: Mapping[str, Point] = field(hash=False)

    def point(self, name: str) -> Point:
        """The point called `name`; BadInput with the nearest name where there is none."""
        try:
            return self.points[name]
        except KeyError:
            raise unknown(self.file, "point", name, self.points) from None

    def tagged(self, tag: Tag, table: Table | None = None) -> list[Point]:
        """Points with `tag`, of one table where that is given, in the order of the file."""
        return [
            point
            for point in self.points.values()
            if point.tag == tag and table in (None, point.table)
        ]


def load_map(path: Path) -> RegisterMap:
    """Read and check a map file.

    Raises:
        BadInput: the file cannot be read, or breaks rules; one line a mistake, all of them,
            each with file, line, value and rule.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as text:
            lines = list(text)
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: not a readable map: {error}") from None
    errors: list[str] = []
    header = _header(path.name, lines, errors)
    points: list[Point] = []
    try:
        for row in _rows(path.name, lines, errors, header.base):
            point = row.point()
            if point is not None:
                points.append(point)
    except csv.Error as error:
        errors.append(f"{path.name}: not CSV: {error}")
    for clash in check_together(points, lambda point: f"line {point.line}"):
        point, column = clash.point, clash.column
        found = getattr(point, column)
        errors.append(f"{path.name}:{point.line} {point.name}.{column} = {found!r}: {clash.rule}")
    if not points and not errors:
        errors.append(f"{path.name}: has no points")
    if errors:
        raise BadInput("\n".join(errors))
    return RegisterMap(path.name, header, {point.name: point for point in points})


def _header(file: str, lines: list[str], errors: list[str]) -> Header:
    known = {name: f.type for name, f in Header.__dataclass_fields__.items()}
    values: dict[str, str | int | float] = {}
    for number, line in enumerate(lines, 1):
        if not line.startswith("#!"):
            continue
        key, _, text = (part.strip() for part in line[2:].partition(":"))
        place = f"{file}:{number} {key} = {text!r}"
        if key not in known:
            errors.append(f"{place}: unknown header line{did_you_mean(key, known)}")
        elif known[key] is str:
            values[key] = text
        else:
            _header_number(place, key, text, values, errors)
    return Header(**values)  # type: ignore[arg-type]  # by the types of `known`


def _header_number(
    place: str, key: str, text: str, values: dict[str, str | int | float], errors: list[str]
) -> None:
    low, high = {
        "base": (0, 1),
        "max_read": (1, MAX_READ),
        "max_gap": (0, MAX_READ),
        "timeout": (0.001, 60.0),
    }[key]
    try:
        number = float(text) if key == "timeout" else int(text)
    except ValueError:
        number = float("nan")
    if low <= number <= high:
        values[key] = number
    else:
        errors.append(f"{place}: must be a number, {low} to {high}")


def _rows(file: str, lines: list[str], errors: list[str], base: int) -> Iterator[Row]:
    """Every line that is a point; remarks keep their line numbers by becoming empty."""
    reader = csv.reader("\n" if line.startswith("#") else line for line in lines)
    columns: list[str] | None = None
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        cells = [cell.strip() for cell in cells]
        if columns is None:
            columns = _columns(file, reader.line_num, cells, errors)
        elif len(cells) > len(columns):
            place = f"{file}:{reader.line_num} {cells[0]}"
            errors.append(f"{place}: {len(cells)} cells, the file has {len(columns)} columns")
        else:
            named = dict(zip(columns, cells, strict=False))
            yield Row(f"{file}:{reader.line_num}", reader.line_num, named, errors, base)


def _columns(file: str, line: int, cells: list[str], errors: list[str]) -> list[str]:
    """The column names; without them no line below means anything, so they are refused at once."""
    place = f"{file}:{line}"
    wrong = [
        f"{place}: unknown column {name!r}{did_you_mean(name, COLUMNS)}"
        for name in cells
        if name not in COLUMNS
    ]
    wrong += [f"{place}: column {name!r} is missing" for name in REQUIRED if name not in cells]
    wrong += [f"{place}: column {n!r} comes twice" for n in sorted({*cells}) if cells.count(n) > 1]
    if wrong:
        raise BadInput("\n".join(errors + wrong))
    return cells
