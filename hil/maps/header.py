"""Which column of a maker's table is what: by its words, by the nearest of them, or as told.

Beside our columns there are three that only makers have: `count`, how many registers a point takes,
`range`, min and max in one, and `divisor`, one by the scale.
"""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from hil.maps.draft import Findings
from hil.maps.words import words
from twin.errors import BadInput, did_you_mean
from twin.registers.map_row import COLUMNS

MAKERS: Final = ("count", "range", "divisor")
"""Columns that only makers have."""
_EITHER: Final = ("gain", "multiple")
"""Words for a number that multiplies with some makers and divides with others."""
NOWHERE: Final = "-"
"""What is told of a column that is not in the table, whatever a header says."""


def plain(word: str) -> str:
    """A header word without case, brackets and marks."""
    word = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", word.casefold())
    return " ".join(re.findall(r"[a-z0-9äöüß]+", word))


def columns_of(cells: Sequence[str]) -> dict[str, int]:
    """Where our columns are, by the exact words of a header row; empty when it is none."""
    found: dict[str, int] = {}
    for i, cell in enumerate(cells):
        column = words("column").get(plain(cell))
        if column is not None:
            found.setdefault(column, i)
    near = "address" in found or any(_near(cell) == "address" for cell in cells)
    return found if near and len({*found, "address"}) > 1 else {}


def _near(cell: str, cutoff: float = 0.8) -> str | None:
    """Our column of which a word is nearly one of the words."""
    near = get_close_matches(plain(cell), words("column"), n=1, cutoff=cutoff)
    return words("column")[near[0]] if near else None


def complete(
    found: dict[str, int],
    header: Sequence[str],
    place: str,
    told: Mapping[str, str],
    findings: Findings,
) -> dict[str, int]:
    """`found` with what was told and with near words; what was taken for what is remarked.

    Raises:
        BadInput: a column that was told and is not there.
    """
    columns = {name: i for name, i in found.items() if name not in told}
    for name, text in told.items():
        if text != NOWHERE:
            columns[name] = position(text, name, header, place)
    for i, cell in enumerate(header):
        if i in columns.values() or not plain(cell):
            continue
        if plain(cell) in _EITHER and not {"scale", "divisor"} & told.keys():
            rule = f"multiplies or divides: say --columns scale={cell} or divisor={cell}"
            findings.mistake(place, cell, rule)
            continue
        column = _near(cell)
        if column is not None and column not in columns and column not in told:
            columns[column] = i
            findings.remark(place, f"column {cell!r} is taken as {column}")
        else:
            findings.remark(place, f"column {cell!r} is not used{_nearest(cell)}")
    taken = ", ".join(f"{name} is {header[i]!r}" for name, i in columns.items())
    findings.remark(place, f"columns: {taken}")
    return columns


def _nearest(cell: str) -> str:
    column = _near(cell, 0.6) if len(cell) > 3 else None
    return f"; if it is {column}, say --columns" if column else ""


def position(text: str, column: str, header: Sequence[str], place: str) -> int:
    """Where the column called `text` is: a header word, or a number that counts from 1."""
    if column not in (*COLUMNS, *MAKERS):
        known = did_you_mean(column, (*COLUMNS, *MAKERS))
        raise BadInput(f"--columns {column}: unknown column{known}")
    wanted = text.strip().casefold()
    for i, cell in enumerate(header):
        if cell.strip().casefold() == wanted or (plain(cell) and plain(cell) == plain(text)):
            return i
    if text.isdecimal() and 1 <= int(text[:6]) <= len(header):
        return int(text) - 1
    hint = did_you_mean(text, [cell for cell in header if cell.strip()])
    raise BadInput(f"{place}: --columns {column}={text}: no such column{hint}")
