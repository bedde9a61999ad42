"""Times in words: what `--from` takes, and what stands in exported CSV files."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.iso_week import NS
from twin.errors import refuse

_FRACTION: Final = re.compile(r"(.*:\d\d)\.(\d{1,9})(.*)")


def parse_moment(text: str, place: str) -> int:
    """Time of `2026-11-27`, `2026-11-27T22:30` or `...T22:30:00.5+02:00` [ns since 1970].

    UTC unless it says otherwise.

    Raises:
        BadInput: names `place`.
    """
    plain, fraction_ns = text.strip(), 0
    if (parts := _FRACTION.fullmatch(plain)) is not None:  # datetime knows six digits
        plain, fraction_ns = parts[1] + parts[3], int(parts[2].ljust(9, "0"))
    try:
        moment = datetime.fromisoformat(plain)
    except ValueError:
        rule = "must be a time such as 2026-11-27 or 2026-11-27T22:30:00Z"
        raise refuse(place, text, rule) from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return round(moment.timestamp()) * NS + fraction_ns


def in_words(t_ns: NDArray[np.int64]) -> list[str]:
    """`2026-11-27T22:39:52Z` of each time [ns since 1970], with decimals if they have any."""
    moments = t_ns.astype("datetime64[ns]")
    if not np.any(t_ns % NS):
        moments = moments.astype("datetime64[s]")
    elif not np.any(t_ns % 1_000_000):
        moments = moments.astype("datetime64[ms]")
    stamps: list[str] = np.datetime_as_string(moments).tolist()
    return [f"{stamp}Z" for stamp in stamps]


def from_words(texts: Sequence[str], place: str) -> NDArray[np.int64]:
    """Undoes `in_words`; other forms of ISO 8601 take longer.

    Raises:
        BadInput: names `place` and the first that is no time.
    """
    plain = [text.removesuffix("Z") for text in texts]
    if all(len(t) >= 19 and t[10] == "T" and "+" not in t and t.count("-") == 2 for t in plain):
        try:
            return np.array(plain, "datetime64[ns]").astype(np.int64)
        except ValueError:
            pass
    return np.array([parse_moment(text, place) for text in texts], np.int64)
