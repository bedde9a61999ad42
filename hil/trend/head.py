"""How a CSV export begins: its encoding, what separates its cells, which row names the columns."""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from itertools import zip_longest
from os import SEEK_END
from pathlib import Path
from typing import Final

from hil.trend.decimals import Decimal, decimal_of
from hil.trend.words import name_and_unit, unit_of
from twin.errors import BadInput

_HEAD_BYTES: Final = 1 << 18
_LOOKED_AT: Final = 200
"""Columns that tell which mark begins decimals [-]."""
_TAIL_BYTES: Final = 1 << 16
_SEPARATORS: Final = (";", "\t", ",")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_DATE: Final = re.compile(
    r"(?:\d{1,2}|\d{4})([-./ ])"
    r"(?:\d{1,2}|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*)"
    r"\1(?:\d{4}|\d{1,2})(?:$|[T ,]\s*\d)",
    re.IGNORECASE,
)
"""How a time begins; `301-TE-45` and `2 AHU 10` are names of points."""


@dataclass(frozen=True)
class Head:
    """What is known of a CSV file before its rows are read."""

    encoding: str
    separator: str
    decimal: str
    names: tuple[str, ...]
    """Of columns, each once: a name that comes again has `#` and its number behind it."""
    units: tuple[str | None, ...]
    """Our units, as far as the header says them."""
    sure: bool
    """Whether some number can be read with this `decimal` only, or it was given."""
    line: int
    """Lines before the first row of values [-]."""
    sample: tuple[tuple[str, ...], ...]
    """The first rows of values, as text."""
    last: tuple[str, ...] = ()
    """The last row, as text."""


def read_head(
    path: Path,
    encoding: str | None = None,
    separator: str | None = None,
    decimal: str | None = None,
) -> Head:
    """The head of a file; what is given is not guessed.

    Raises:
        BadInput: it cannot be read, is not text, or has no row that names columns.
    """
    try:
        with path.open("rb") as file:
            data = file.read(_HEAD_BYTES)
            whole = not file.read(1)
            file.seek(max(0, file.seek(0, SEEK_END) - _TAIL_BYTES))
            tail = file.read(_TAIL_BYTES)
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    found, text = _decoded(path, data, encoding)
    lines = _lines(text)
    if not whole and len(lines) > 1:
        lines.pop()  # it may be cut
    mark = separator or _separator(lines)
    if mark == "tab":
        mark = "\t"
    rows = [_cells(line, mark) for line in lines[:400]]
    at = _header_row(path, rows)
    first = at + 1
    names = [cell.strip() for cell in rows[at]]
    while names and not names[-1]:
        names.pop()  # a separator at the end
    units = [name_and_unit(name)[1] for name in names]
    if first < len(rows) and (below := _units_row(rows[first])):
        units = [u or b for u, b in zip(units, [*below, *[None] * len(units)], strict=False)]
        first += 1
    sample = tuple(tuple(row) for row in rows[first:] if any(c.strip() for c in row))
    last = tuple(_cells(_last_line(tail, found, data[:2] == b"\xfe\xff"), mark))
    begins = Decimal(decimal, True) if decimal else _decimal(sample)
    return Head(
        found, mark, begins.mark, _unique(names), tuple(units), begins.sure, first, sample, last
    )


def _decoded(path: Path, data: bytes, encoding: str | None) -> tuple[str, str]:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = encoding or "utf-16"
    elif data[:3] == b"\xef\xbb\xbf" and encoding in (None, "utf-8"):
        encoding = "utf-8-sig"
    if b"\0" in data and encoding != "utf-16":
        raise BadInput(f"{path}: not text; say 'encoding: utf-16' if it is that")
    if encoding is None:
        # only the head is seen: bytes behind it are read with errors replaced, never refused
        tail = 3 if len(data) == _HEAD_BYTES else 0  # a letter may be cut in two
        encoding = "utf-8" if _decodes(data, "utf-8", tail) else "cp1252"
    text = data.decode(encoding, errors="replace")
    return encoding, text


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _last_line(tail: bytes, encoding: str, big_end_first: bool) -> str:
    """The last line that is not blank, of the end of a file."""
    if encoding == "utf-16":
        encoding = "utf-16-be" if big_end_first else "utf-16-le"
    lines = [line for line in _lines(tail.decode(encoding, errors="replace")) if line.strip()]
    return lines[-1] if lines else ""


def _decodes(data: bytes, encoding: str, tail: int) -> bool:
    for cut in range(tail + 1):
        try:
            data[: len(data) - cut].decode(encoding)
        except UnicodeDecodeError:
            continue
        return True
    return False


def _separator(lines: list[str]) -> str:
    """The mark that cuts most lines into the same number of cells, more than one."""
    best, most = ",", 0
    for mark in _SEPARATORS:
        counts = Counter(len(_cells(line, mark)) for line in lines[:200] if line.strip())
        for cells, times in counts.items():
            # a decimal comma cuts rows too, but not the header alike
            if cells > 1 and times > most:
                best, most = mark, times
    return best


def _cells(line: str, mark: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=mark, skipinitialspace=True), [])
    except csv.Error:
        return []


def _header_row(path: Path, rows: list[list[str]]) -> int:
    counts = Counter(len(row) for row in rows if len(row) > 1 and any(c.strip() for c in row))
    if not counts:
        raise BadInput(f"{path.name}: no table: no line has two cells (, ; or tab between them)")
    usual = counts.most_common(1)[0][0]
    wide = max(_width(row) for row in rows if len(row) == usual)
    nearly = None
    for i, row in enumerate(rows):
        filled = [c.strip() for c in row if c.strip()]
        if not wide - 1 <= _width(row) <= usual + 1 or len(filled) < 2:
            continue
        if any(_DATE.match(c) or _NUMBER.fullmatch(c) for c in filled):
            if _width(row) < wide:
                continue  # `Exported;01.12.2025` above a wider table
            break
        if _width(row) >= wide:
            return i
        nearly = i if nearly is None else nearly  # the last column may have no name
    if nearly is not None:
        return nearly
    raise BadInput(f"{path.name}: no row of names before the first row of values")


def _width(row: list[str]) -> int:
    """Cells of a row without the blank ones at its end [-]."""
    return max((i for i, cell in enumerate(row, 1) if cell.strip()), default=0)


def _units_row(row: list[str]) -> list[str | None]:
    """Units, where a row holds nothing else."""
    words = [cell.strip(" []()") for cell in row]
    units = [unit_of(word) if word else None for word in words]
    if any(units) and all(u or not w for u, w in zip(units[1:], words[1:], strict=True)):
        return units
    return []


def _decimal(sample: tuple[tuple[str, ...], ...]) -> Decimal:
    rows = [row[:_LOOKED_AT] for row in sample]
    columns = (list(filter(None, column)) for column in zip_longest(*rows))
    return decimal_of(columns, ".")


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    found = []
    for i, name in enumerate(names):
        name = name or f"#{i + 1}"
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(found)
