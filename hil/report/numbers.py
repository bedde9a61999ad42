"""How numbers are written in a report: few digits, durations, the same every time."""

import math
from collections.abc import Sequence

from twin.site.amounts import MISSING, significant


def alike(values: Sequence[float | None], digits: int = 3) -> list[str]:
    """Numbers with as many decimals as give the largest of them `digits` digits."""
    largest = max((abs(value) for value in values if value is not None), default=0.0)
    decimals = digits - 1 - math.floor(math.log10(largest)) if largest > 0 else 0
    decimals = min(max(decimals, 0), 6)
    texts = [MISSING if v is None else f"{v:,.{decimals}f}" for v in values]
    return [text.replace(",", " ").replace("-", "−") for text in texts]


def clock(seconds: float | None) -> str:
    """Time since the run began as `2 d 03:04:05` or `03:04:05.6`; a dash when there is none."""
    if seconds is None:
        return MISSING
    tenths = round(seconds * 10)
    days, tenths = divmod(tenths, 864_000)
    hours, tenths = divmod(tenths, 36_000)
    minutes, tenths = divmod(tenths, 600)
    text = f"{hours:02d}:{minutes:02d}:{tenths // 10:02d}"
    if tenths % 10:
        text += f".{tenths % 10}"
    return f"{days} d {text}" if days else text


def span(seconds: float | None) -> str:
    """A duration as `24 h`, `12.5 min`, `40 s`; a dash when there is none."""
    if seconds is None:
        return MISSING
    for size, name in ((86_400.0, "d"), (3600.0, "h"), (60.0, "min")):
        if abs(seconds) >= 2 * size:
            return f"{significant(round(seconds / size, 2))} {name}"
    return f"{significant(round(seconds, 2))} s"


def words(identifier: str) -> str:
    """`condenser_fouling` as `condenser fouling`."""
    return identifier.replace("_", " ")
