"""Any table of channels as a CSV file: which column is the time, which are numbers, row by row.

Columns are parted by commas, semicolons or tabs, numbers may have a decimal comma but no marks
between thousands, lines that begin with # are left out. Text is UTF-8, or what older programs of
western Europe write (cp1252).
"""

import codecs
import csv
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hil.trend.decimals import Decimal, decimal_of, doubtful, either
from twin.errors import BadInput, refuse, unknown

Array = NDArray[np.float64]

TIMES = frozenset(
    ["time", "timestamp", "datetime", "date_time", "date", "time_s", "time_utc", "zeit"]
)
"""Names of a time column, in any case."""
LAST_TIME = "t"
"""Another, if it rises and nothing else is a time: `T` is a temperature, and `t` may be one."""
LABELS = frozenset(["anomaly", "is_anomaly", "changepoint", "is_changepoint", "label", "labels"])
"""Columns that say what others found: never read, whether named with `--ignore` or not."""
MISSING = frozenset(["", "-", "nan", "na", "n/a", "null", "none"])
LONG_GAP = 10
"""A run of so many missing readings is said [row]."""


@dataclass(frozen=True, eq=False)
class Channels:
    """A table: the time of each row as it was written, and float64[rows, channels].

    NaN is a missing reading. `notes` say what was left out and what looks odd.
    """

    path: Path
    time_column: str | None
    """None: rows are counted."""
    time: tuple[str, ...]
    names: tuple[str, ...]
    values: Array
    notes: tuple[str, ...]


def read_channels(path: Path, ignore: Sequence[str] = (), time: str | None = None) -> Channels:
    """The table in the file at `path`, without the columns `ignore` and with `time` as its time.

    Raises:
        BadInput: names file, line and column, what was found and what is expected.
    """
    header, rows = _cells(path)
    for name in (*ignore, *([] if time is None else [time])):
        if name not in header:
            raise unknown(str(path), "column", name, header)
    at = _time_column(header, rows, time, ignore)
    labels = [h for h in header if h.casefold() in LABELS and h not in ignore]
    left_out = {*ignore, *labels, *([] if at is None else [header[at]])}
    kept = [i for i, name in enumerate(header) if name not in left_out]
    if not kept:
        raise BadInput(f"{path}: no column of readings is left")
    names = tuple(header[i] for i in kept)
    cells = [_Numbers(path, header[i], [(n, row[i].strip()) for n, row in rows]) for i in kept]
    usual = decimal_of((c.texts for c in cells), ".")
    values = np.column_stack([c.values(usual) for c in cells])
    notes = [f"column {name!r} is a label and not looked at" for name in labels]
    if at is None:
        stamps = tuple(str(k) for k in range(1, len(rows) + 1))
        notes.append("no time column: rows are counted, beginning with 1")
    else:
        stamps = tuple(row[at].strip() for _, row in rows)
        if time is None and header[at].casefold() not in TIMES:
            notes.append(f"column {header[at]!r} is taken for the time")
        notes += _odd_times(header[at], stamps, [n for n, _ in rows])
    if not usual.sure:
        notes.append(
            f"all numbers with a mark have three digits behind it: {usual.mark!r} is taken to begin"
            " decimals"
        )
    column = None if at is None else header[at]
    return Channels(path, column, stamps, names, values, (*notes, *_gaps(names, values)))


# ---- the file ----------------------------------------------------------------------------------


def _cells(path: Path) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Header, and line number and cells of every row."""
    text = _text(path)
    lines = [
        (n, s) for n, s in enumerate(text.splitlines(), 1) if s.strip() and s.lstrip()[0] != "#"
    ]
    if len(lines) < 2:
        raise BadInput(f"{path}: a header and rows are needed, and there are {len(lines)} lines")
    unquoted = re.sub(r'"[^"]*"', "", lines[0][1])
    delimiter = max(",;\t", key=unquoted.count)
    parted = csv.reader((s for _, s in lines), delimiter=delimiter)
    rows: list[tuple[int, list[str]]] = []
    begins = 0
    try:
        for row in parted:
            rows.append((lines[begins][0], row))
            begins = parted.line_num  # a cell in quotes may go on in the next line
    except csv.Error as error:
        rule = f"{error}: is there a quote that nobody closes?"
        raise BadInput(f"{path}:{lines[begins][0]}: {rule}") from None
    line, first = rows[0]
    header = [name.strip() or f"column {i}" for i, name in enumerate(first, 1)]
    if all(_is_number(name) for name in header[1:]) and _is_reading(header[0]):
        raise refuse(f"{path}:{line}", first[0], "the first line must name the columns")
    for name in header:
        if header.count(name) > 1:
            raise BadInput(f"{path}:{line}: two columns {name!r}")
    for n, row in rows[1:]:
        if len(row) != len(header):
            raise BadInput(f"{path}:{n}: {len(row)} cells, the header has {len(header)}")
    return header, rows[1:]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror or error}") from None
    if data.startswith(b"PAR1"):
        raise BadInput(f"{path}: a Parquet file; only CSV is read, please export it as that")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise BadInput(f"{path}: UTF-16; please save it as UTF-8")
    if b"\0" in data[:4096]:
        raise BadInput(f"{path}: not a text file")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


class _Numbers:
    """A column of readings: its cells and their lines."""

    def __init__(self, path: Path, name: str, cells: list[tuple[int, str]]) -> None:
        self._path, self._name, self._cells = path, name, cells
        self.texts = [cell for _, cell in cells]

    def values(self, usual: Decimal) -> Array:
        """Its numbers; where it does not say itself what begins decimals, the `usual` mark does."""
        mark = usual.mark
        if doubtful(self.texts) and (own := decimal_of([self.texts], mark)).sure:
            mark = own.mark
        return np.array([self._value(line, cell, mark) for line, cell in self._cells])

    def _value(self, line: int, cell: str, mark: str) -> float:
        if cell.casefold() in MISSING:
            return math.nan
        place = f"{self._path}:{line} {self._name}"
        if either(cell) not in (None, mark):
            raise refuse(place, cell[:40], "must have no mark between its thousands")
        try:
            value = _number(cell)
        except ValueError:
            rule = f"must be a number; a column of text is left out with --ignore {self._name!r}"
            raise refuse(place, cell[:40], rule) from None
        if not math.isfinite(value):
            raise refuse(place, cell[:40], "must be finite")
        return value


def _is_number(cell: str) -> bool:
    try:
        _number(cell)
    except ValueError:
        return False
    return True


def _is_reading(cell: str) -> bool:
    """Whether it is a number or begins like a date or a time of day, and names no column."""
    return _is_number(cell) or re.match(r"\d+[-./:]\d", cell.strip()) is not None


def _number(cell: str) -> float:
    if "_" in cell:  # Python would read 1_000 as a number
        raise ValueError(cell)
    return float(cell.strip().replace(",", "."))


# ---- time --------------------------------------------------------------------------------------


def _time_column(
    header: Sequence[str],
    rows: Sequence[tuple[int, list[str]]],
    asked: str | None,
    ignore: Sequence[str],
) -> int | None:
    """The one that was asked for, that is called so, a first one of dates, or `t` if it rises."""
    if asked is not None:
        return header.index(asked)
    for i, name in enumerate(header):
        if name.casefold() in TIMES and name not in ignore:
            return i
    first = rows[0][1][0]
    if not _is_number(first) and _seconds(first) is not None and header[0] not in ignore:
        return 0
    if LAST_TIME in header and LAST_TIME not in ignore:
        at = header.index(LAST_TIME)
        if _rises([row[at] for _, row in rows]):
            return at
    return None


def _rises(stamps: Sequence[str]) -> bool:
    seconds = [_seconds(stamp) for stamp in stamps]
    known = [s for s in seconds if s is not None]
    return len(known) == len(seconds) and all(a < b for a, b in pairwise(known))


def _seconds(stamp: str) -> float | None:
    """A number, or the seconds of an ISO 8601 date; None where it is neither."""
    if _is_number(stamp):
        return _number(stamp)
    try:
        when = datetime.fromisoformat(stamp.strip())
    except ValueError:
        return None
    return (when.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()


def _odd_times(name: str, stamps: Sequence[str], lines: Sequence[int]) -> list[str]:
    seconds = [_seconds(stamp) for stamp in stamps]
    known = [s for s in seconds if s is not None]
    if len(known) < len(stamps):
        line = lines[seconds.index(None)]
        return [
            f"column {name!r}, line {line}: not a time that is understood, rows count as they come"
        ]
    step = np.diff(np.array(known))
    back = np.flatnonzero(~(step > 0.0))
    if not back.size:
        return []
    line = lines[int(back[0]) + 1]
    return [f"{back.size} rows are not later than the one before, first line {line}; all are kept"]


def _gaps(names: Sequence[str], values: Array) -> list[str]:
    notes = []
    for name, column in zip(names, values.T, strict=True):
        missing = np.concatenate([[0], np.isnan(column).astype(np.int8), [0]])
        change = np.flatnonzero(np.diff(missing))
        runs = [(a, b) for a, b in zip(change[::2], change[1::2], strict=True) if b - a >= LONG_GAP]
        if runs:
            a, b = max(runs, key=lambda run: run[1] - run[0])
            more = f" and {len(runs) - 1} shorter gaps" if len(runs) > 1 else ""
            notes.append(f"{name}: nothing was read in rows {a + 1} to {b}{more}")
    return notes
