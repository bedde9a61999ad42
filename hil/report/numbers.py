"""How numbers are written in a report: units people read, few digits, the same every time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from twin.signals import conversion

MISSING = "–"

_SHOWN = {"K": "degC", "Pa": "kPa"}
_SYMBOL = {"degC": "°C", "-": ""}


@dataclass(frozen=True, slots=True)
class Scale:
    """From a recorded unit to the one that is shown: `shown = factor * recorded + offset`."""

    symbol: str
    """`°C`, `kW`...; empty for a ratio."""
    difference_symbol: str
    """The same for differences and bands: `K` where the value is in `°C`."""
    factor: float
    offset: float


def scale_for(unit: str, largest: float = 0.0) -> Scale:
    """Shown unit of values recorded in `unit` whose largest size is `largest` (in `unit`).

    K is shown as °C, Pa as kPa, W as kW or MW; every other unit stays what it is.
    """
    match unit:
        case "W" if largest >= 1e6:
            shown = "MW"
        case "W":
            shown = "kW"
        case _:
            shown = _SHOWN.get(unit, unit)
    factor, offset = conversion(unit, shown) if shown != unit else (1.0, 0.0)
    symbol = _SYMBOL.get(shown, shown)
    return Scale(symbol, "K" if shown == "degC" else symbol, factor, offset)


def significant(value: object, digits: int = 4) -> str:
    """A number with thin groups and at least `digits` digits; a dash when there is none."""
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        return MISSING if value is None or value != value else str(value)
    if isinstance(value, int) or abs(value) >= 10 ** (digits - 1):
        return f"{value:,.0f}".replace(",", " ")
    if value == 0:
        return "0"
    text = f"{value:.{digits}g}"
    return f"{value:.1e}" if "e" in text else text


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
