"""Values over time from a CSV file: `time_s` first, then columns named with their unit."""

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.clock import NS_PER_S
from twin.errors import BadInput, refuse
from twin.signals import conversion
from twin.site.quantity import si_unit

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """Columns in SI units over rising times that begin at 0."""

    path: Path
    times_ns: NDArray[np.int64]
    """Instants of the rows [ns], shape (rows,)."""
    columns: Mapping[str, Values]
    """Name without its unit: values in the SI unit, shape (rows,)."""
    units: Mapping[str, str]
    """SI unit of each column."""


def read_table(path: Path) -> Table:
    """The table in a CSV file.

    Raises:
        BadInput: no such file, a column without a unit, a value that is no finite number,
            times that do not begin at 0 and rise; the message names file and line.
    """
    rows = _rows(path, _text(path))
    _, header = next(rows, (1, []))
    names, units = _header(path, header)
    numbers = np.array([_row(path, line, len(header), row) for line, row in rows if row])
    if len(numbers) < 2:
        raise BadInput(f"{path.name}: needs at least two rows of values")
    columns = {
        name: _to_si(numbers[:, i + 1], unit)
        for i, (name, unit) in enumerate(zip(names, units, strict=True))
    }
    si = {name: si_unit(unit) for name, unit in zip(names, units, strict=True)}
    return Table(path, _times(path, numbers[:, 0]), columns, si)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not UTF-8 text") from None
    except ValueError as error:  # a zero byte in the name
        raise BadInput(f"{path.name!r}: {error}") from None


def _rows(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row and the line on which it begins."""
    rows, line = csv.reader(text.splitlines()), 1
    try:
        for row in rows:
            yield line, row
            line = rows.line_num + 1
    except csv.Error as error:
        hint = "is a quote there that nothing closes?"
        raise BadInput(f"{path.name}:{line}: {error}: {hint}") from None


def _header(path: Path, header: list[str]) -> tuple[list[str], list[str]]:
    if header[:1] != ["time_s"]:
        raise refuse(f"{path.name}:1", ",".join(header)[:60], "first column must be time_s")
    names, units = [], []
    for title in header[1:]:
        name, _, unit = title.rpartition("_")
        try:
            conversion(unit, unit)
        except BadInput as error:
            place = f"{path.name}:1 {title}"
            raise BadInput(f"{place}: must end in its unit, such as _degC: {error}") from None
        if not name or name in names:
            raise BadInput(f"{path.name}:1 {title}: needs a name of its own")
        names.append(name)
        units.append(unit)
    return names, units


def _row(path: Path, line: int, width: int, row: list[str]) -> list[float]:
    if len(row) != width:
        raise BadInput(f"{path.name}:{line}: {len(row)} values, the header names {width}")
    try:
        values = list(map(float, row))
    except ValueError as error:
        raise BadInput(f"{path.name}:{line}: {error}") from None
    if not all(map(isfinite, values)):
        raise BadInput(f"{path.name}:{line}: every value must be a finite number")
    return values


def _times(path: Path, seconds: Values) -> NDArray[np.int64]:
    times = np.rint(seconds * NS_PER_S).astype(np.int64)
    if times[0] != 0:
        raise refuse(f"{path.name}:2 time_s", float(seconds[0]), "must begin at 0")
    if (falling := np.flatnonzero(np.diff(times) <= 0)).size:
        line = int(falling[0]) + 3
        raise refuse(f"{path.name}:{line} time_s", float(seconds[line - 2]), "must rise")
    return times


def _to_si(values: Values, unit: str) -> Values:
    factor, offset = conversion(unit, si_unit(unit))
    return factor * values + offset
