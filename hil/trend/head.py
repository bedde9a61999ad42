"""How a CSV export begins: its encoding, what separates its cells, which row names the columns."""

import csv
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hil.trend.words import name_and_unit, unit_of
from twin.errors import BadInput

_HEAD_BYTES: Final = 1 << 18
_SEPARATORS: Final = (";", "\t", ",")
_NUMBER: Final = re.compile(r"[+-]?\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?")
_TIMELIKE: Final = re.compile(r"\d{1,4}[-./ ][\w]{1,3}[-./ ]\d{2,4}")


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
    line: int
    """Lines before the first row of values [-]."""
    sample: tuple[tuple[str, ...], ...]
    """The first rows of values, as text."""


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
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    found, text = _decoded(path, data, encoding)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
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
    return Head(
        found, mark, decimal or _decimal(sample, mark), _unique(names), tuple(units), first, sample
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
    for i, row in enumerate(rows):
        filled = [c for c in row if c.strip()]
        if abs(len(row) - usual) > 1 or len(filled) < 2:
            continue
        if any(_TIMELIKE.search(c) or _NUMBER.fullmatch(c.strip()) for c in filled):
            break
        return i
    raise BadInput(f"{path.name}: no row of names before the first row of values")


def _units_row(row: list[str]) -> list[str | None]:
    """Units, where a row holds nothing else."""
    words = [cell.strip(" []()") for cell in row]
    units = [unit_of(word) if word else None for word in words]
    if any(units) and all(u or not w for u, w in zip(units[1:], words[1:], strict=True)):
        return units
    return []


def _decimal(sample: tuple[tuple[str, ...], ...], mark: str) -> str:
    if mark == ",":
        return "."
    cells = [c.strip() for row in sample for c in row[:200] if _NUMBER.fullmatch(c.strip())]
    commas, points = sum("," in c for c in cells), sum("." in c for c in cells)
    return "," if commas > points else "."


def _unique(names: list[str]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    found = []
    for i, name in enumerate(names):
        name = name or f"#{i + 1}"
        seen[name] += 1
        found.append(name if seen[name] == 1 else f"{name}#{seen[name]}")
    return tuple(found)
