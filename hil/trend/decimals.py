"""Marks in numbers: which of `.` and `,` begins the decimals, which parts thousands.

`1.048` may be one or one thousand; `0.998`, `71.3`, `1048.5` and `1.048,5` can be read in one way
only, and tell how the others are meant.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Final, NamedTuple

MARKS: Final = (".", ",")
_PARTS: Final = " \u00a0\u202f'.,"
"""What parts thousands somewhere."""
_EITHER: Final = re.compile(r"[+-]?[1-9]\d{0,2}([.,])\d{3}")
_ONE_MARK: Final = re.compile(r"[+-]?(?=[.,]?\d)\d*([.,])\d*(?:[eE][+-]?\d+)?")
_SHORT: Final = re.compile(r"[+-]?[1-9]\d{0,2}")
_LONG: Final = re.compile(r"[+-]?[1-9]\d{3,}")
_AHEAD: Final = re.compile(rf"([+-]?[\d{_PARTS}]*\d)(?:\s*([^\d\s].*))?", re.DOTALL)


class Decimal(NamedTuple):
    """The mark that begins decimals, and whether any number can be read in that way only."""

    mark: str
    sure: bool


def with_words(text: str) -> tuple[str, str]:
    """A number and the words behind it; two empty texts where no number stands in front."""
    found = _AHEAD.fullmatch(text.strip())
    return (found[1], found[2] or "") if found else ("", "")


def either(text: str) -> str | None:
    """The mark of a number that it may part into thousands or begin the decimals of."""
    found = _EITHER.fullmatch(text)
    return found[1] if found else None


def decimal_in(text: str) -> str | None:
    """The mark that can only begin the decimals of a number; None where it has none."""
    mark, doubt = _mark_of(text)
    return None if doubt else mark


def _mark_of(number: str) -> tuple[str | None, bool]:
    """The mark that begins decimals, and whether it may as well part thousands."""
    if (found := _ONE_MARK.fullmatch(number)) is not None:
        return found[1], _EITHER.fullmatch(number) is not None
    for mark in MARKS:
        parted = grouped(mark).fullmatch(number)
        if parted and (mark in number or parted["part"] in MARKS):
            return mark, False
    return None, False


@cache
def grouped(decimal: str) -> re.Pattern[str]:
    """A number with marks between its thousands, all the same and not the `decimal` one."""
    parts = "".join(p for p in _PARTS if p != decimal)
    return re.compile(
        rf"[+-]?[1-9]\d{{0,2}}(?P<part>[{parts}])\d{{3}}(?:(?P=part)\d{{3}})*"
        rf"(?:{re.escape(decimal)}\d+)?"
    )


def doubtful(cells: Iterable[str]) -> bool:
    """Whether a column has a number that may be read in two ways."""
    return any(either(cell) is not None for cell in cells)


def decimal_of(columns: Iterable[Sequence[str]], usual: str) -> Decimal:
    """What begins the decimals in the cells of a table, column by column.

    `usual` is taken where no number has a mark, or nothing speaks for one of two.
    """
    clear, open_ = dict.fromkeys(MARKS, 0), dict.fromkeys(MARKS, 0)
    for column in columns:
        marks, whole = [], []
        for cell in column:
            number = cell if _ONE_MARK.fullmatch(cell) else with_words(cell)[0]
            mark, doubt = _mark_of(number)
            if mark is None:
                whole.append(number)
            elif doubt:
                marks.append(mark)
            else:
                clear[mark] += 1
        # 998 beside 1.048: three decimals of every number but this would be a wonder
        parts = any(map(_SHORT.fullmatch, whole)) and not any(map(_LONG.fullmatch, whole))
        for mark in marks:
            open_[_other(mark) if parts else mark] += 1
    if any(clear.values()):
        return Decimal(_more(clear, usual), True)
    return Decimal(_more(open_, usual), not any(open_.values()))


def _more(count: Mapping[str, int], usual: str) -> str:
    point, comma = (count[mark] for mark in MARKS)
    return usual if point == comma else "." if point > comma else ","


def _other(mark: str) -> str:
    return "," if mark == "." else "."
