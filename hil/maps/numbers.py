"""Addresses as makers write them: 4xxxx numbers, hexadecimal, ranges, bits behind a point."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

Notation = Literal["modicon", "plain"]
NOTATIONS: Final = ("modicon", "plain")

_TABLE_OF_DIGIT: Final = {"0": "co", "1": "di", "3": "ir", "4": "hr"}
_MARKED = re.compile(r"([0134])[xX:]([0-9]{1,5})")
_MODICON = re.compile(r"([0134])([0-9]{4,5})")
_ADDRESS = re.compile(
    r"(?P<first>0[xX][0-9a-fA-F]{1,4}|(?:[0134][xX:])?[0-9]{1,6})"
    r"(?:\s*(?:-|\.\.|–|/|…)\s*(?P<last>(?:[0134][xX:])?[0-9]{1,6}))?"
    r"(?:[.:](?P<bit>[0-9]{1,2}))?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """An address that counts from 0, its table where the number says it, its last and its bit."""

    address: int
    table: str | None
    count: int | None
    bit: int | None


def notation_of(cells: Iterable[str]) -> Notation:
    """How the addresses of a whole file are written.

    They are 4xxxx numbers when one has a mark such as `4x`, or when every one has five or six
    digits of which the first is that of a table and the others count from 1.
    """
    seen = [m["first"] for cell in cells if (m := _ADDRESS.fullmatch(cell.strip()))]
    if any(re.match(r"[134][xX:]|0:", text) for text in seen):
        return "modicon"
    numbers = [_MODICON.fullmatch(text) for text in seen]
    return "modicon" if seen and all(m and int(m[2]) for m in numbers) else "plain"


def place_of(cell: str, notation: Notation, base: int) -> Place | None:
    """The place that a cell names; None where it is no address.

    Plain addresses count from `base`; 4xxxx numbers from 1.
    """
    match = _ADDRESS.fullmatch(cell.strip())
    if match is None:
        return None
    first, table = _number(match["first"], notation, base)
    if first is None:
        return None
    count = None
    if match["last"] is not None:
        last, _ = _number(match["last"], notation, base, table)
        if last is None or not 0 <= last - first < 126:
            return None
        count = last - first + 1
    return Place(first, table, count, None if match["bit"] is None else int(match["bit"]))


def _number(
    text: str, notation: Notation, base: int, table: str | None = None
) -> tuple[int | None, str | None]:
    if notation == "plain":
        if not re.fullmatch(r"0[xX][0-9a-fA-F]{1,4}|[0-9]{1,6}", text):
            return None, None
        return int(text, 16 if text[:2].lower() == "0x" else 10) - base, None
    match = _MODICON.fullmatch(text) or _MARKED.fullmatch(text)
    if match is None or int(match[2]) < 1:
        # the end of a range is often written short: 40001-2
        return (int(text) - 1, table) if table is not None and text.isdigit() else (None, None)
    return int(match[2]) - 1, _TABLE_OF_DIGIT[match[1]]
