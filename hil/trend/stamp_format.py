"""Formats of times: `iso`, a number, or directives such as `%d.%m.%Y %H:%M`."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

NUMERIC: Final = ("epoch_s", "epoch_ms", "excel", "seconds")
"""Formats that are a number: since 1970 UTC, days since 1899-12-30, seconds since the begin."""

(
    LITERAL, YEAR, YEAR2, MONTH, DAY, HOUR, MINUTE, SECOND, FRACTION, HALF, NAME,
    OFFSET, ZONE, REST, DATE_MARK, HOUR12,
) = range(16)  # fmt: skip

_CODES: Final = {
    "Y": YEAR, "y": YEAR2, "m": MONTH, "d": DAY, "H": HOUR, "M": MINUTE, "S": SECOND,
    "f": FRACTION, "p": HALF, "b": NAME, "z": OFFSET, "Z": ZONE, "I": HOUR12,
}  # fmt: skip


@dataclass(frozen=True)
class Format:
    """A format that is known to be sound: operations and what they are about."""

    text: str
    operations: NDArray[np.int64]

    @property
    def numeric(self) -> bool:
        """Whether a time is one number."""
        return self.text in NUMERIC


def parse_format(text: str) -> Format:
    """`iso`, one of `NUMERIC`, or a format with %Y %y %m %d %H %I %M %S %f %p %b %z %Z.

    Raises:
        ValueError: what is wrong with it.
    """
    if text in NUMERIC:
        return Format(text, np.empty((0, 2), np.int64))
    if text == "iso":
        marks = [(YEAR, 0), (LITERAL, 45), (MONTH, 0), (LITERAL, 45), (DAY, 0)]
        marks += [(DATE_MARK, 0), (HOUR, 0), (LITERAL, 58), (MINUTE, 0), (REST, 0)]
        return Format(text, np.array(marks, np.int64))
    operations: list[tuple[int, int]] = []
    seen: set[str] = set()
    at = 0
    while at < len(text):
        if text[at] == "%":
            word = text[at + 1 : at + 2]
            if word not in _CODES:
                known = " ".join(f"%{c}" for c in _CODES)
                raise ValueError(f"%{word} is not known here; known: {known}, or iso, epoch_s, "
                                 "epoch_ms, excel, seconds")  # fmt: skip
            if word in seen:
                raise ValueError(f"%{word} is given twice")
            seen.add(word)
            operations.append((_CODES[word], 0))
            at += 2
            continue
        if ord(text[at]) > 127:
            raise ValueError(f"{text[at]!r} cannot stand in a time format")
        operations.append((LITERAL, ord(text[at])))
        at += 1
    for needed, what in (("Yy", "year"), ("mb", "month"), ("d", "day"), ("HI", "hour")):
        if len(seen & set(needed)) != 1:
            raise ValueError(f"needs one {what}, such as iso or %d.%m.%Y %H:%M")
    if ("I" in seen) != ("p" in seen):
        raise ValueError("%I and %p belong together")
    return Format(text, np.array(operations, np.int64))
