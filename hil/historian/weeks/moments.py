"""Times in words: what `--from` takes, and what stands in exported CSV files."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.iso_week import NS, within_reach
from twin.errors import refuse

_FIRST: Final = "1678"
_LAST: Final = "2261"
"""Years that can be stored as a whole."""
_FRACTION: Final = re.compile(r"(.*:\d\d)\.(\d{1,9})(.*)")


def parse_moment(text: str, place: str) -> int:
    """Time of `2026-11-27`, `2026-11-27T22:30` or `...T22:30:00.5+02:00` [ns since 1970].

    UTC unless it says otherwise. Of 9999-12-31, and all that no file can hold, the nearest that one
    can: whoever asks until then wants everything.

    Raises:
        BadInput: names `place`.
    """
    return within_reach(_exactly(text, place))


def _exactly(text: str, place: str) -> int:
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
        BadInput: names `place` and the first that is no time, or none that a file can hold.
    """
    plain = [text.removesuffix("Z") for text in texts]
    if all(_is_plain(text) for text in plain):
        try:
            return np.array(plain, "datetime64[ns]").astype(np.int64)
        except ValueError:
            pass
    return np.array([_stored(text, place) for text in texts], np.int64)


def _is_plain(text: str) -> bool:
    """Whether numpy reads it as it is meant; what is out of reach it takes for another time."""
    if len(text) < 19 or text[10] != "T" or "+" in text or text.count("-") != 2:
        return False
    return _FIRST <= text[:4] <= _LAST


def _stored(text: str, place: str) -> int:
    t_ns = _exactly(text, place)
    if t_ns != within_reach(t_ns):
        raise refuse(place, text, f"must be of the years {_FIRST} to {_LAST}")
    return t_ns
