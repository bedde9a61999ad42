"""How amounts are told to people: in units that they read, with few digits, the same everywhere."""

from dataclasses import dataclass

from twin.signals import conversion

MISSING = "–"
"""Where there is no number."""

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
    return scale_of(unit, shown)


def scale_of(unit: str, shown: str) -> Scale:
    """From a recorded `unit` to the one that is `shown`, as a site file writes it."""
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


def size_text(
    size: float,
    low: float | None,
    high: float | None,
    unit: str,
    own: str | None = None,
    *,
    to: str = "to",
) -> str:
    """A size, which is a difference, with its interval: `-1.83 MW (-1.9 to -1.7)`.

    `size`, `low` and `high` are in the SI `unit` [unit]. They are told in the site's `own` unit of
    what they are about, where there is one; ratios in %. `to` stands between the ends.
    """
    scale = scale_of(unit, own) if own else scale_for(unit, abs(size))
    if unit == "-" and own in (None, "-"):
        scale = scale_of(unit, "%")
    told = [significant(x * scale.factor, 3) for x in (size, low, high) if x is not None]
    text = f"{told[0]} {scale.difference_symbol}".strip()
    return text if low is None or high is None else f"{text} ({told[1]} {to} {told[2]})"
