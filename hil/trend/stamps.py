"""Times as exports write them, read by a format as machine code."""

from typing import Any

import numpy as np

from hil.trend.cells import Bytes, Index, _trim
from hil.trend.stamp_format import (
    DATE_MARK,
    DAY,
    FRACTION,
    HALF,
    HOUR,
    HOUR12,
    LITERAL,
    MINUTE,
    MONTH,
    NAME,
    OFFSET,
    REST,
    SECOND,
    YEAR,
    YEAR2,
    ZONE,
)
from twin.compiled import compiled


@compiled
def instants(
    data: Bytes,
    begin: Index,
    end: Index,
    operations: Any,  # noqa: ANN401 - int64[k, 2]
) -> Any:  # noqa: ANN401 - a tuple of arrays
    """Times int64[n] [ns since 1970, as written], whether each is one, and its offset [s].

    The offset is `NO_OFFSET` where a time does not say it. Years are 1971 to 2199.
    """
    n = len(begin)
    times = np.zeros(n, np.int64)
    sound = np.zeros(n, np.bool_)
    offsets = np.full(n, NO_OFFSET, np.int64)
    for k in range(n):
        at, e = _trim(data, begin[k], end[k])
        year, month, day, hour, minute, second, fraction = 0, 0, 0, 0, 0, 0, 0
        half, fine = -1, True
        for i in range(len(operations)):
            code = operations[i, 0]
            if code == LITERAL:
                if at < e and data[at] == operations[i, 1]:
                    at += 1
                    if operations[i, 1] == 32:
                        while at < e and data[at] == 32:
                            at += 1
                else:
                    fine = False
            elif code == DATE_MARK:
                if at < e and (data[at] == 84 or data[at] == 32):
                    at += 1
                else:
                    fine = False
            elif code == YEAR:
                year, at, fine = _digits(data, at, e, 4, 4)
            elif code == YEAR2:
                year, at, fine = _digits(data, at, e, 2, 2)
                year += 2000
            elif code == MONTH:
                month, at, fine = _digits(data, at, e, 1, 2)
            elif code == DAY:
                day, at, fine = _digits(data, at, e, 1, 2)
            elif code in (HOUR, HOUR12):
                hour, at, fine = _digits(data, at, e, 1, 2)
                if code == HOUR12 and (hour < 1 or hour > 12):
                    fine = False
            elif code == MINUTE:
                minute, at, fine = _digits(data, at, e, 1, 2)
            elif code == SECOND:
                second, at, fine = _digits(data, at, e, 1, 2)
            elif code == FRACTION:
                fraction, at, fine = _parts(data, at, e)
            elif code == HALF:
                half, at, fine = _half(data, at, e)
            elif code == NAME:
                month, at, fine = _month_name(data, at, e)
            elif code == OFFSET:
                offsets[k], at, fine = _offset(data, at, e)
            elif code == ZONE:
                first = at
                while at < e and data[at] > 64:
                    at += 1
                fine = at > first
            elif code == REST:
                if at < e and data[at] == 58:
                    second, at, fine = _digits(data, at + 1, e, 2, 2)
                    if fine and at < e and (data[at] == 46 or data[at] == 44):
                        fraction, at, fine = _parts(data, at + 1, e)
                if fine and at < e and data[at] == 32:
                    at += 1
                if fine and at < e:
                    offsets[k], at, fine = _offset(data, at, e)
            if not fine:
                break
        if half >= 0:
            hour = hour % 12 + 12 * half
        if not fine or at != e or not _real(year, month, day, hour, minute, second):
            continue
        days = _days(year, month, day)
        times[k] = ((days * 24 + hour) * 60 + minute) * 60 + second
        times[k] = times[k] * 1_000_000_000 + fraction
        sound[k] = True
    return times, sound, offsets


NO_OFFSET = -1_000_000
"""Offset of a time that does not say one [s]."""


@compiled
def _digits(data: Bytes, at: int, end: int, least: int, most: int) -> Any:  # noqa: ANN401
    value, count = 0, 0
    while at < end and count < most and 48 <= data[at] <= 57:
        value = value * 10 + (data[at] - 48)
        at += 1
        count += 1
    return value, at, count >= least


@compiled
def _parts(data: Bytes, at: int, end: int) -> Any:  # noqa: ANN401
    """Digits behind a decimal mark as nanoseconds."""
    value, count = 0, 0
    while at < end and 48 <= data[at] <= 57:
        if count < 9:
            value = value * 10 + (data[at] - 48)
            count += 1
        at += 1
    some = count > 0
    while count < 9:
        value *= 10
        count += 1
    return value, at, some


@compiled
def _half(data: Bytes, at: int, end: int) -> Any:  # noqa: ANN401
    """0 for AM, 1 for PM, in any case, also `a.m.`."""
    if at >= end:
        return -1, at, False
    letter = data[at] | 32
    if letter != 97 and letter != 112:
        return -1, at, False
    at += 1
    while at < end and (data[at] == 46 or data[at] | 32 == 109):
        at += 1
    return (1 if letter == 112 else 0), at, True


@compiled
def _month_name(data: Bytes, at: int, end: int) -> Any:  # noqa: ANN401
    names = b"janfebmaraprmayjunjulaugsepoctnovdec"
    if at + 3 <= end:
        for month in range(12):
            same = True
            for i in range(3):
                same = same and (data[at + i] | 32) == names[3 * month + i]
            if same:
                return month + 1, at + 3, True
    return 0, at, False


@compiled
def _offset(data: Bytes, at: int, end: int) -> Any:  # noqa: ANN401
    """`Z`, `+02`, `+02:00` or `+0200` in seconds."""
    if at < end and (data[at] == 90 or data[at] == 122):
        return 0, at + 1, True
    if at >= end or (data[at] != 43 and data[at] != 45):
        return NO_OFFSET, at, False
    sign = -1 if data[at] == 45 else 1
    hours, at, fine = _digits(data, at + 1, end, 2, 2)
    minutes = 0
    if fine and at < end:
        if data[at] == 58:
            at += 1
        if at < end and 48 <= data[at] <= 57:
            minutes, at, fine = _digits(data, at, end, 2, 2)
    return sign * (3600 * hours + 60 * minutes), at, fine and hours < 24 and minutes < 60


@compiled
def _real(year: int, month: int, day: int, hour: int, minute: int, second: int) -> bool:
    if not (1971 <= year <= 2199 and 1 <= month <= 12 and day >= 1):
        return False
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 30 if month in (4, 6, 9, 11) else (29 if leap else 28) if month == 2 else 31
    return day <= longest and hour <= 23 and minute <= 59 and second <= 59


@compiled
def _days(year: int, month: int, day: int) -> int:
    """Days since 1970 of a date of the Gregorian calendar, by counting leap days."""
    months = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)
    before = year - 1
    leaps = before // 4 - before // 100 + before // 400 - 477  # 477 until the end of 1969
    days = 365 * (year - 1970) + leaps + months[month - 1] + day - 1
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return days + 1 if leap and month > 2 else days
