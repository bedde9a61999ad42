"""A measured run of a pipe as a CSV file: which column is what, in which unit, row by row.

Columns are recognised by name (`ROLES`), in any order, upper or lower case. Numbers may have a
decimal comma where columns are parted by semicolons or tabs. Lines that begin with # are left out.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.errors import BadInput, did_you_mean, refuse, unknown

Array = NDArray[np.float64]

ROLES: Mapping[str, str] = {
    "time": r"(?:time|t)_(s|min|h)",
    "flow": r"(?:mass_flow|volume_flow|m_flow|v_flow|flow)_(.+)",
    "T_in": r"T_(?:water_|fluid_)?(?:in|inlet)_(degC|K)",
    "T_out": r"T_(?:water_|fluid_)?(?:out|outlet)_(degC|K)",
    "T_wall_in": r"T_(?:wall|pipe)_(?:in|inlet)_(degC|K)",
    "T_wall_out": r"T_(?:wall|pipe)_(?:out|outlet)_(degC|K)",
    "T_ambient": r"T_(?:amb|ambient|air|room|soil)_(degC|K)",
}
"""What a column may be → its name, the group is its unit."""
EXAMPLES = {
    "time": "time_s",
    "flow": "mass_flow_kg_per_s",
    "T_in": "T_in_degC",
    "T_out": "T_out_degC",
}
"""Columns that a record needs, as a user may write them."""
SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}
MASS_FLOWS = {"kg_per_s": 1.0, "kg_per_h": 1 / 3600, "t_per_h": 1 / 3.6}
VOLUME_FLOWS = {
    "l_per_s": 1e-3,
    "l_per_min": 1e-3 / 60,
    "l_per_h": 1e-3 / 3600,
    "m3_per_s": 1.0,
    "m3_per_h": 1 / 3600,
}
"""Unit of a flow column → kg/s or m3/s."""
ZERO_C = 273.15
LOWEST_C, HIGHEST_C = -60.0, 200.0
"""Temperatures outside are a mistake of the file [degC]."""


@dataclass(frozen=True, eq=False)
class Record:
    """One run: time [s], temperatures [degC] and either mass flow [kg/s] or volume flow [m3/s].

    Not recorded is NaN in the optional columns and in `T_out`.
    """

    name: str
    time: Array
    T_in: Array
    T_out: Array
    mass_flow: Array | None
    volume_flow: Array | None
    T_ambient: Array | None
    T_wall_out: Array | None
    notes: tuple[str, ...]


def read_record(path: Path) -> Record:
    """The run in the file at `path`.

    Raises:
        BadInput: names file, line and column, what was found and what is expected.
    """
    (_, header, delimiter), *rows = _rows(path)
    columns, unit, ignored = _columns(path, header)
    comma = delimiter != ","
    table = {
        role: np.array([_number(path, n, row, header, i, comma) for n, row, _ in rows])
        for role, i in columns.items()
    }
    for role in table.keys() & {"T_wall_in", "T_wall_out"}:
        table[role][table[role] == 0.0] = np.nan  # how the rigs' files say "not recorded"
    lines = [n for n, _, _ in rows]
    _complete(path, lines, header[columns["time"]], table["time"])
    notes = [f"column {name} is not used" for name in ignored]
    keep = _increasing(path, lines, table["time"])
    if dropped := len(keep) - int(keep.sum()):
        notes.append(f"{dropped} rows have the time of the next one and are left out")
    for role, i in columns.items():
        _check(path, lines, role, header[i], table[role], unit[role])
    return _record(path, {r: v[keep] for r, v in table.items()}, unit, tuple(notes))


def _record(
    path: Path, table: Mapping[str, Array], unit: Mapping[str, str], notes: tuple[str, ...]
) -> Record:
    """Checked columns in SI and degC."""
    celsius = {r: _celsius(v, unit[r]) for r, v in table.items() if r.startswith("T_")}
    if np.isfinite(celsius["T_out"]).sum() < 2 or np.isnan(celsius["T_out"][0]):
        raise BadInput(f"{path}: the outlet must be recorded in the first row and one more")
    is_mass = unit["flow"] in MASS_FLOWS
    flow = table["flow"] * (MASS_FLOWS | VOLUME_FLOWS)[unit["flow"]]
    return Record(
        name=path.stem,
        time=table["time"] * SECONDS[unit["time"]],
        T_in=celsius["T_in"],
        T_out=celsius["T_out"],
        mass_flow=flow if is_mass else None,
        volume_flow=None if is_mass else flow,
        T_ambient=celsius.get("T_ambient"),
        T_wall_out=celsius.get("T_wall_out"),
        notes=notes,
    )


def numbers(path: Path) -> tuple[list[str], Array]:
    """Header and rows of a file in which every cell is a number."""
    (_, header, delimiter), *rows = _rows(path)
    comma = delimiter != ","
    columns = range(len(header))
    table = [[_number(path, n, row, header, i, comma) for i in columns] for n, row, _ in rows]
    return header, np.array(table)


# ---- the file ----------------------------------------------------------------------------------


def _rows(path: Path) -> list[tuple[int, list[str], str]]:
    """Line number, cells and delimiter of every line that says something, header first."""
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file in UTF-8"
        raise BadInput(f"{path}: cannot be read: {reason}") from error
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(lines) < 3:
        raise BadInput(f"{path}: {len(lines)} lines: a header and at least two rows are needed")
    header = lines[0][1]
    delimiter = max(",;\t", key=header.count)
    rows = [
        (number, next(csv.reader([line], delimiter=delimiter)), delimiter) for number, line in lines
    ]
    width = len(rows[0][1])
    for number, cells, _ in rows:
        if len(cells) != width:
            raise BadInput(f"{path}:{number}: {len(cells)} cells, the header has {width}")
    return rows


def _columns(path: Path, header: Sequence[str]) -> tuple[dict[str, int], dict[str, str], list[str]]:
    """Place and unit of each role, and the columns that have none."""
    place: dict[str, int] = {}
    unit: dict[str, str] = {}
    ignored = []
    for i, name in enumerate(header):
        found = [
            (role, match[1])
            for role, pattern in ROLES.items()
            if (match := re.fullmatch(pattern, name, re.IGNORECASE))
        ]
        if not found:
            ignored.append(name)
            continue
        ((role, spelled),) = found
        if role in place:
            raise BadInput(f"{path}: columns {header[place[role]]} and {name} are both {role}")
        place[role], unit[role] = i, spelled.lower()
    for role, example in EXAMPLES.items():
        if role not in place:
            near = did_you_mean(example, ignored)
            raise BadInput(f"{path}: no column for {role}, such as {example}{near}")
    flows = MASS_FLOWS | VOLUME_FLOWS
    if unit["flow"] not in flows:
        raise unknown(f"{path}: column {header[place['flow']]}", "unit", unit["flow"], flows)
    return place, unit, ignored


def _number(
    path: Path, line: int, row: Sequence[str], header: Sequence[str], i: int, comma: bool
) -> float:
    """A cell as a number; NaN where nothing was recorded."""
    cell = row[i].strip()
    if cell.casefold() in ("", "nan", "na", "null"):
        return float("nan")
    try:
        value = float(cell.replace(",", ".") if comma else cell)
    except ValueError as error:
        raise refuse(f"{path}:{line} {header[i]}", cell, "must be a number") from error
    if not np.isfinite(value):
        raise refuse(f"{path}:{line} {header[i]}", cell, "must be finite")
    return value


# ---- what the numbers must be ------------------------------------------------------------------


def _increasing(path: Path, lines: Sequence[int], time: Array) -> NDArray[np.bool_]:
    """Rows to keep: the last of those with the same time."""
    step = np.diff(time)
    if (back := np.flatnonzero(step < 0.0)).size:
        k = int(back[0]) + 1
        raise refuse(f"{path}:{lines[k]} time", float(time[k]), f"is before {time[k - 1]:g}")
    keep = np.append(step > 0.0, True)
    if keep.sum() < 2:
        raise BadInput(f"{path}: all rows have the same time")
    return keep


def _check(
    path: Path, lines: Sequence[int], role: str, name: str, values: Array, unit: str
) -> None:
    """Refuse what no rig measures, and gaps where every row counts."""
    if role in ("flow", "T_in", "T_ambient"):
        _complete(path, lines, name, values)
    if not role.startswith("T_"):
        return
    celsius = _celsius(values, unit)
    wrong = np.flatnonzero((celsius < LOWEST_C) | (celsius > HIGHEST_C))
    if wrong.size:
        k = int(wrong[0])
        rule = f"must lie in {LOWEST_C:g} ... {HIGHEST_C:g} degC; is the unit right?"
        raise refuse(f"{path}:{lines[k]} {name}", float(values[k]), rule)


def _complete(path: Path, lines: Sequence[int], name: str, values: Array) -> None:
    if (missing := np.flatnonzero(np.isnan(values))).size:
        raise BadInput(f"{path}:{lines[int(missing[0])]} {name}: is empty, every row needs it")


def _celsius(values: Array, unit: str) -> Array:
    return values - ZERO_C if unit == "k" else values
