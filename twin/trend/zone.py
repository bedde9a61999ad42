"""Local times of an export as instants: the hour that comes twice, the hour that never was."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.int64]

NS = 1_000_000_000
_DAY = 86_400
_FIXED = re.compile(r"(?:UTC)?([+-])([0-9]{1,2})(?::?([0-9]{2}))?")


def zone_of(text: str) -> tzinfo:
    """A time zone by its name: `Europe/Helsinki`, `UTC`, `+02:00`.

    Raises:
        ValueError: there is no such zone on this machine.
    """
    if text.upper() in ("UTC", "Z", "GMT"):
        return UTC
    if match := _FIXED.fullmatch(text.strip()):
        minutes = 60 * int(match[2]) + int(match[3] or 0)
        if minutes < _DAY // 60:
            return timezone(timedelta(minutes=-minutes if match[1] == "-" else minutes))
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        rule = f"no time zone {text!r}; write one like Europe/Helsinki, UTC or +02:00"
        raise ValueError(rule) from None


@dataclass
class Fold:
    """Where one sequence of rows stands in an hour that comes twice."""

    span: int = -1
    latest_ns: int = 0
    second: bool = False


@dataclass
class Told:
    """What was met on the way from local times to instants."""

    repeated: int = 0
    """Rows in an hour that comes twice [-]."""
    impossible: int = 0
    """Rows at a local time that never was [-]."""
    places: list[int] = field(default_factory=list)
    """Of the first impossible rows, their index in the arrays they came in [-]."""


class Wall:
    """Local times of one zone to UTC."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._first, self._last = 1, 0
        self._utc: Times = np.empty(0, np.int64)
        self._offset: Times = np.empty(0, np.int64)

    def to_utc(
        self, wall_ns: Times, fold: Fold, told: Told, step_ns: int = 0
    ) -> tuple[Times, NDArray[np.bool_]]:
        """Instants [ns since 1970 UTC] of local times [ns since 1970, local], and which exist.

        Rows come in the order of the file: in the hour that comes twice, a step back of a third
        of it or more begins its second half; where rows are further apart than half of it
        (`step_ns`, median step [ns]), the same time again does.
        """
        if len(wall_ns) == 0:
            return wall_ns, np.zeros(0, bool)
        self._cover(int(wall_ns.min()), int(wall_ns.max()))
        ends = self._utc[1:] + self._offset[:-1]
        segment = np.searchsorted(ends, wall_ns, side="right")
        exists = wall_ns >= self._utc[segment] + self._offset[segment]
        after = np.minimum(segment + 1, len(self._utc) - 1)
        twice = exists & (after > segment) & (wall_ns >= self._utc[after] + self._offset[after])
        for row in np.flatnonzero(twice).tolist():
            if self._second(fold, int(wall_ns[row]), int(segment[row]), step_ns):
                segment[row] += 1
        told.repeated += int(twice.sum())
        missing = np.flatnonzero(~exists)
        told.impossible += len(missing)
        told.places += missing[: max(0, 3 - len(told.places))].tolist()
        return wall_ns - self._offset[segment], exists

    def _second(self, fold: Fold, wall_ns: int, span: int, step_ns: int) -> bool:
        overlap = int(self._offset[span] - self._offset[span + 1])
        if fold.span != span:
            fold.span, fold.latest_ns, fold.second = span, wall_ns, False
            return False
        back = fold.latest_ns - wall_ns
        if not fold.second and (back >= overlap // 3 or (back == 0 and step_ns > overlap // 2)):
            fold.second, fold.latest_ns = True, wall_ns
        fold.latest_ns = max(fold.latest_ns, wall_ns)
        return fold.second

    def _cover(self, low_ns: int, high_ns: int) -> None:
        """Know every change of the zone's offset between two local times, and a year around."""
        first, last = low_ns // (NS * _DAY) - 2, high_ns // (NS * _DAY) + 2
        if self._first <= first and last <= self._last:
            return
        if self._first <= self._last:
            first, last = min(first, self._first), max(last, self._last)
        self._first, self._last = first, last
        utc, offset = [first * _DAY], [self._at(first * _DAY)]
        step = 7 * _DAY  # no zone has changed twice within a week
        for begin in range(first * _DAY, last * _DAY, step):
            end = begin + step
            if (then := self._at(end)) != offset[-1]:
                utc.append(self._change(begin, end, then))
                offset.append(then)
        self._utc = np.array(utc, np.int64) * NS
        self._offset = np.array(offset, np.int64) * NS

    def _change(self, begin: int, end: int, then: int) -> int:
        while end - begin > 1:
            middle = (begin + end) // 2
            begin, end = (begin, middle) if self._at(middle) == then else (middle, end)
        return end

    def _at(self, utc_s: int) -> int:
        moment = datetime.fromtimestamp(utc_s, UTC).astimezone(self._zone)
        offset = moment.utcoffset()
        return 0 if offset is None else round(offset.total_seconds())
