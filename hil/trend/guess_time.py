"""Which column of an export is its time, and how it is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hil.trend.stamp_format import NUMERIC, parse_format

_DATES: Final = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%d-%b-%y",
                 "%d-%b-%Y", "%d.%m.%y", "%m/%d/%y", "%d %b %Y", "%Y.%m.%d")  # fmt: skip
_CLOCKS: Final = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f", "%H.%M.%S",
                  "%H.%M", "%H:%M:%S %Z", "%I:%M:%S %p %Z", "%H:%M:%S %z")  # fmt: skip
FORMATS: Final = ("iso", *(f"{d} {c}" for d in _DATES for c in _CLOCKS), "%Y%m%d%H%M%S",
                  "%Y%m%d %H%M%S", "%Y%m%d %H:%M:%S")  # fmt: skip
_WORDS: Final = ("time", "date", "datum", "zeit", "aika", "stamp", "utc")


@dataclass(frozen=True)
class TimeGuess:
    """A column and the format of its times; `others` are formats that fit as well."""

    column: int
    format: str
    others: tuple[str, ...] = ()


def guess_time(names: Sequence[str], sample: Sequence[Sequence[str]]) -> TimeGuess | None:
    """The column of `sample` that reads best as times; None when none does."""
    columns = [[row[i].strip() for row in sample[:200] if i < len(row)] for i in range(len(names))]
    order = sorted(range(len(names)), key=lambda i: (not _named(names[i]), i))
    for i in order:
        cells = [c for c in columns[i] if c]
        if cells and (found := _formats(cells)):
            return TimeGuess(i, found[0], tuple(found[1:]))
    for i in order:
        if _named(names[i]) and (number := _number_format(names[i], columns[i])):
            return TimeGuess(i, number)
    return None


def _named(name: str) -> bool:
    return any(word in name.casefold() for word in _WORDS)


def _formats(cells: list[str]) -> list[str]:
    """Formats that read nearly all cells; the one with the steadiest steps first."""
    from hil.trend.parquet_source import _packed
    from hil.trend.stamps import instants

    data, begin, end = _packed(cells)
    fitting: list[tuple[float, str]] = []
    for text in FORMATS:
        ns, sound, _ = instants(data, begin, end, parse_format(text).operations)
        if sound.mean() < 0.6:
            continue
        steps = np.abs(np.diff(ns[sound]))
        fitting.append((float(np.median(steps)) if len(steps) else 0.0, text))
    best = min((f[0] for f in fitting), default=0.0)
    # 03/04 and 04/03: the day is what goes on in small steps
    return [text for step, text in fitting if step <= best]


def _number_format(name: str, cells: list[str]) -> str | None:
    try:
        numbers = [float(c.replace(",", ".")) for c in cells if c]
    except ValueError:
        return None
    if not numbers:
        return None
    middle = sorted(numbers)[len(numbers) // 2]
    if 3e8 < middle < 5e9:
        return NUMERIC[0]
    if 3e11 < middle < 5e12:
        return NUMERIC[1]
    if 25_000 < middle < 75_000 and "s" not in name.casefold().split("_"):
        return NUMERIC[2]
    return NUMERIC[3] if min(numbers) >= 0 else None
