"""ISO weeks in UTC: the name of a week's file, and the times that lie in it."""

import re
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

NS: Final = 1_000_000_000
MINUTE_NS: Final = 60 * NS
HOUR_NS: Final = 60 * MINUTE_NS
DAY_NS: Final = 24 * HOUR_NS
WEEK_NS: Final = 7 * DAY_NS

LATEST_NS: Final = (1 << 63) - 2
"""In 2262: files and arrays of times hold none that is farther from 1970, but the next [ns]."""

_MONDAY_NS: Final = -3 * DAY_NS  # 1970 began on a Thursday
_NAME = re.compile(r"(\d{4})-W(\d{2})\.sqlite")
_EPOCH = date(1970, 1, 1)


def within_reach(t_ns: int) -> int:
    """The time itself, or the nearest that a file can hold [ns since 1970]."""
    return max(-LATEST_NS, min(t_ns, LATEST_NS))


def week_start(t_ns: int) -> int:
    """Monday 00:00 UTC at or before `t_ns` [ns since 1970]."""
    return (t_ns - _MONDAY_NS) // WEEK_NS * WEEK_NS + _MONDAY_NS


def file_name(start_ns: int) -> str:
    """`2026-W48.sqlite` of the week that begins at `start_ns` [ns since 1970]."""
    year, week, _ = (_EPOCH + timedelta(days=start_ns // DAY_NS)).isocalendar()
    return f"{year:04d}-W{week:02d}.sqlite"


@lru_cache(maxsize=4096)  # the folder is listed for every question
def start_of_file(name: str) -> int | None:
    """Beginning of the week that a file of this name holds [ns since 1970]; None of others."""
    found = _NAME.fullmatch(name)
    if found is None:
        return None
    try:
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None
    return (monday - _EPOCH).days * DAY_NS


def stamp(t_ns: int) -> str:
    """`2026-11-27T22:39:52Z` of a time [ns since 1970], to the second."""
    moment = datetime.fromtimestamp(t_ns // NS, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
