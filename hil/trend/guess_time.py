"""Which column of an export is its time, and how it is written."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from hil.trend.stamp_format import NUMERIC, parse_format

_DATES: Final = ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y",
                 "%d-%b-%y", "%d-%b-%Y", "%d.%m.%y", "%m/%d/%y", "%d/%m/%y", "%d-%m-%y",
                 "%m-%d-%y", "%d %b %Y", "%Y.%m.%d")  # fmt: skip
_CLOCKS: Final = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f", "%H.%M.%S",
                  "%H.%M", "%H:%M:%S %Z", "%I:%M:%S %p %Z", "%H:%M:%S %z")  # fmt: skip
FORMATS: Final = ("iso", "%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p",
                  *(f"{d} {c}" for d in _DATES for c in _CLOCKS), "%Y%m%d%H%M%S",
                  "%Y%m%d %H%M%S", "%Y%m%d %H:%M:%S")  # fmt: skip
_MOSTLY: Final = 0.6
_WORDS: Final = ("time", "date", "datum", "zeit", "aika", "stamp", "utc")


_SECONDS: Final = ("epoch_s", "seconds")
_UNITS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys(("s", "sec", "secs", "sek", "second", "seconds"), _SECONDS),
    **dict.fromkeys(("d", "day", "days"), ("excel",)),
    "ms": ("epoch_ms",),
    **dict.fromkeys(("min", "minutes", "h", "hours", "us", "ns"), ()),
}
"""Unit in a name: the formats that it leaves; some nothing here can read."""
_UNIT: Final = re.compile(r"(?:[\[({]\s*(\w+)\s*[\])}]|[ _,]\s*([a-z]+))\s*$")
_DATE: Final = re.compile(r"\d{1,4}([-./ ])(\d{1,2}|[A-Za-z]{3})\1\d{1,4}$|\d{8}$")
_CLOCK: Final = re.compile(
    r"\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?( ?[AaPp]\.?[Mm]\.?)?( ?[+-]\d{2}:?\d{2})?$"
    r"|\d{1,2}\.\d{2}\.\d{2}$"
)
"""Cells that are a date, or the time of a day, and nothing else."""
_SLOWEST_DAYS, _SURE_DAYS = 2.0, 0.1
"""Numbers in longer steps are no days, in shorter ones no seconds, of measured data (assumed)."""


@dataclass(frozen=True)
class TimeGuess:
    """A column and the format of its times; `others` are formats that fit as well."""

    column: int
    format: str
    others: tuple[str, ...] = ()
    zoned: bool = False
    """Whether each time says its offset."""
    clock: int | None = None
    """Column of the time of day, where `column` has the date alone."""


def guess_time(
    names: Sequence[str], sample: Sequence[Sequence[str]], last: Sequence[str] = ()
) -> TimeGuess | None:
    """The column of `sample` that reads best as times; None when none does.

    `last` is the last row of the table: its day tells more than those of the first rows.
    """
    columns = [[row[i].strip() for row in sample if i < len(row)] for i in range(len(names))]
    order = sorted(range(len(names)), key=lambda i: (not _named(names[i]), i))
    for i in order:
        cells = [c for c in columns[i] if c]
        end = last[i].strip() if i < len(last) else ""
        if cells and (found := _formats(cells, end)):
            best, *others = found
            return TimeGuess(i, best.text, tuple(f.text for f in others), best.zoned)
    ends = [last[i].strip() if i < len(last) else "" for i in range(len(names))]
    if (in_two := _in_two(order, columns, ends)) is not None:
        return in_two
    for i in order:
        if _named(names[i]) and (numeric := _number_formats(names[i], columns[i])):
            return TimeGuess(i, numeric[0], tuple(numeric[1:]))
    return None


def _in_two(
    order: Sequence[int], columns: Sequence[Sequence[str]], ends: Sequence[str]
) -> TimeGuess | None:
    """A date in one column and a clock in another."""
    dates = [i for i in order if _mostly(_DATE, columns[i])]
    clocks = [i for i in order if _mostly(_CLOCK, columns[i])]
    for i, j in ((i, j) for i in dates for j in clocks if i != j):
        cells = [f"{d} {c}" for d, c in zip(columns[i], columns[j], strict=False) if d and c]
        if fits := _formats(cells, f"{ends[i]} {ends[j]}"):
            best, *others = fits
            return TimeGuess(i, best.text, tuple(f.text for f in others), best.zoned, j)
    return None


def _mostly(pattern: re.Pattern[str], cells: Sequence[str]) -> bool:
    some = [c for c in cells if c]
    return bool(some) and sum(map(bool, map(pattern.match, some))) >= _MOSTLY * len(some)


def _named(name: str) -> bool:
    return any(word in name.casefold() for word in _WORDS)


@dataclass(frozen=True)
class _Fit:
    """How well a format reads the times of a sample."""

    text: str
    read: int
    step_ns: float
    """Usual step [ns]."""
    way_ns: float
    """Sum of all steps, forth and back [ns]."""
    zoned: bool


def _formats(cells: list[str], last: str) -> list[_Fit]:
    """Formats that read most cells and `last`, in the smallest steps: the day is what goes on so.

    03/04 and 04/03 may stand in both orders.
    """
    from hil.trend.cells import packed
    from hil.trend.stamps import NO_OFFSET, instants

    data, begin, end = packed([*cells, last])
    fits, ends = [], set()
    for text in FORMATS:
        ns, sound, offsets = instants(data, begin, end, parse_format(text).operations)
        if sound[-1]:
            ends.add(text)
        ns = ns[:-1][sound[:-1]]
        if len(ns) >= _MOSTLY * len(cells):
            steps = np.abs(np.diff(ns)).astype(np.float64)
            usual = float(np.median(steps)) if len(steps) else 0.0
            zoned = bool((offsets[:-1][sound[:-1]] != NO_OFFSET).all())
            fits.append(_Fit(text, len(ns), usual, float(steps.sum()), zoned))
    if ends & {f.text for f in fits}:  # or it is no row of values
        fits = [f for f in fits if f.text in ends]
    if any("%p" in f.text for f in fits):  # PM is no time zone
        fits = [f for f in fits if "%p" in f.text]
    fits = [f for f in fits if f.read == max(g.read for g in fits)]
    fits = [f for f in fits if f.step_ns == min(g.step_ns for g in fits)]
    return [f for f in fits if f.way_ns == min(g.way_ns for g in fits)]


def _number_formats(name: str, cells: list[str]) -> list[str]:
    """Formats of times that are numbers, the likeliest first."""
    try:
        numbers = np.array([float(c.replace(",", ".")) for c in cells if c])
    except ValueError:
        return []
    if not len(numbers) or not np.isfinite(numbers).all():
        return []
    middle = float(np.median(numbers))
    step = float(np.median(np.abs(np.diff(numbers)))) if len(numbers) > 1 else 0.0
    fits = {
        "epoch_s": 3e8 < middle < 5e9,
        "epoch_ms": 3e11 < middle < 5e12,
        "excel": 25_000 < middle < 75_000 and step < _SLOWEST_DAYS,
        "seconds": numbers.min() >= 0,
    }
    named = _UNITS.get(_unit_in(name), NUMERIC)
    found: list[str] = [text for text in NUMERIC if fits[text] and text in named]
    either = found[:1] == ["excel"] and step >= _SURE_DAYS
    return found if either else found[:1]


def _unit_in(name: str) -> str:
    found = _UNIT.search(name.casefold())
    return (found[1] or found[2]) if found else ""
