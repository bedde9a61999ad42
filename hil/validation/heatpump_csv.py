"""Measured points of a heat pump's map from a CSV file, refused with the line where it is wrong."""

import csv
import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from twin.errors import BadInput, did_you_mean, refuse
from twin.estimation.heat_pump_fit import MapPoints

COLUMNS = ("T_source_degC", "T_sink_degC", "P_el_W", "Q_con_W")
"""Source water in, sink water out [degC], electric power, heat of the condenser [W]."""

_COLDEST, _HOTTEST = -60.0, 200.0
_KELVIN = 273.15


def read_map(path: Path) -> MapPoints:
    """The points of the file, in its order; further columns are not looked at.

    Raises:
        BadInput: the file cannot be read, lacks a column, or a value is none that a heat pump has.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path}: not a text file in UTF-8") from None
    rows = list(_rows(path, text))
    if not rows:
        raise BadInput(f"{path}: no points")
    T_source, T_sink, P, Q = np.array(rows).T
    return MapPoints(T_source + _KELVIN, T_sink + _KELVIN, P, Q)


def _rows(path: Path, text: str) -> Iterator[tuple[float, ...]]:
    reader = csv.reader(text.splitlines())
    try:
        header = [name.strip() for name in next(reader, [])]
        places = _places(path, header)
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _point(f"{path}:{reader.line_num}", cells, places)
    except csv.Error as error:
        raise BadInput(f"{path}:{reader.line_num}: {error}") from None


def _places(path: Path, header: list[str]) -> list[int]:
    for name in COLUMNS:
        if name not in header:
            others = [h for h in header if h and h not in COLUMNS]
            hint = did_you_mean(name, others) if others else ""
            raise BadInput(f"{path}:1: no column {name!r}{hint}")
        if header.count(name) > 1:
            raise BadInput(f"{path}:1: two columns {name!r}")
    return [header.index(name) for name in COLUMNS]


def _point(place: str, cells: list[str], places: list[int]) -> tuple[float, ...]:
    if len(cells) <= max(places):
        raise BadInput(f"{place}: {len(cells)} values, the header has more columns")
    T_source, T_sink, P, Q = (
        _number(f"{place} {name}", cells[i]) for name, i in zip(COLUMNS, places, strict=True)
    )
    for name, T in (("T_source_degC", T_source), ("T_sink_degC", T_sink)):
        if not _COLDEST <= T <= _HOTTEST:
            raise refuse(f"{place} {name}", T, f"must be {_COLDEST:g} to {_HOTTEST:g} [degC]")
    if P <= 0.0:
        raise refuse(f"{place} P_el_W", P, "must be > 0 [W]")
    if Q <= P:
        raise refuse(f"{place} Q_con_W", Q, f"must be > P_el_W = {P:g} [W], or the COP is below 1")
    return T_source, T_sink, P, Q


def _number(place: str, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise refuse(place, text, "must be a finite number")
    return value
