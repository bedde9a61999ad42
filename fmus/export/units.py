"""Units as text → exponents of the SI base units, factor and offset, as FMI wants them.

A unit is a product of symbols with one optional division: `kg/s`, `W/(m2.K)`, `J/(kg.K)`.
"""

import re
from dataclasses import dataclass

from twin.errors import BadInput, did_you_mean

BASE = ("kg", "m", "s", "A", "K", "mol", "cd", "rad")


@dataclass(frozen=True)
class Unit:
    """SI value = factor * value + offset, in the base units to the exponents `powers`."""

    powers: dict[str, int]
    factor: float = 1.0
    offset: float = 0.0


_SYMBOLS: dict[str, Unit] = {
    **{name: Unit({name: 1}) for name in BASE},
    "1": Unit({}),
    "%": Unit({}, 0.01),
    "degC": Unit({"K": 1}, 1.0, 273.15),
    "g": Unit({"kg": 1}, 1e-3),
    "min": Unit({"s": 1}, 60.0),
    "h": Unit({"s": 1}, 3600.0),
    "Hz": Unit({"s": -1}),
    "N": Unit({"kg": 1, "m": 1, "s": -2}),
    "Pa": Unit({"kg": 1, "m": -1, "s": -2}),
    "kPa": Unit({"kg": 1, "m": -1, "s": -2}, 1e3),
    "bar": Unit({"kg": 1, "m": -1, "s": -2}, 1e5),
    "J": Unit({"kg": 1, "m": 2, "s": -2}),
    "kJ": Unit({"kg": 1, "m": 2, "s": -2}, 1e3),
    "kWh": Unit({"kg": 1, "m": 2, "s": -2}, 3.6e6),
    "MWh": Unit({"kg": 1, "m": 2, "s": -2}, 3.6e9),
    "GWh": Unit({"kg": 1, "m": 2, "s": -2}, 3.6e12),
    "W": Unit({"kg": 1, "m": 2, "s": -3}),
    "kW": Unit({"kg": 1, "m": 2, "s": -3}, 1e3),
    "MW": Unit({"kg": 1, "m": 2, "s": -3}, 1e6),
}

_FACTOR = re.compile(r"([A-Za-z%]+|1)(-?\d+)?")


def fmi_name(unit: str) -> str:
    """Name of a unit in the files: dimensionless is `1` there, `-` in our sources."""
    return "1" if unit == "-" else unit


def parse_unit(text: str) -> Unit:
    """What `text` means in SI base units.

    Raises:
        BadInput: the text is not a unit of this form; names the nearest symbol.
    """
    if fmi_name(text) in _SYMBOLS:
        return _SYMBOLS[fmi_name(text)]
    if re.search(r"\d\.\d", text):
        raise BadInput(f"unit {text!r}: exponents are whole numbers in FMI")
    above, slash, below = text.partition("/")
    if "/" in below or (slash and not below):
        raise BadInput(f"unit {text!r}: write one division at most, as in W/(m2.K)")
    if below.startswith("(") and below.endswith(")"):
        below = below[1:-1]
    powers: dict[str, int] = {}
    factor = 1.0
    for part, sign in [(above, 1), (below, -1)]:
        for symbol in part.split(".") if part else []:
            factor *= _multiply(powers, symbol, sign, text)
    return Unit({name: n for name, n in powers.items() if n}, factor)


def rate_name(unit: str) -> str:
    """Unit of a time derivative: `K` → `K/s`, `J` → `W`."""
    special = {"-": "1/s", "1": "1/s", "J": "W", "s": "1", "m3": "m3/s"}
    if unit in special:
        return special[unit]
    above, slash, below = unit.partition("/")
    if not slash:
        return f"{unit}/s"
    inner = below[1:-1] if below.startswith("(") else below
    return f"{above}/({inner}.s)"


def _multiply(powers: dict[str, int], symbol: str, sign: int, whole: str) -> float:
    match = _FACTOR.fullmatch(symbol)
    if match is None or match[1] not in _SYMBOLS or _SYMBOLS[match[1]].offset:
        raise BadInput(f"unit {whole!r}: unknown symbol {symbol!r}{did_you_mean(symbol, _SYMBOLS)}")
    exponent = sign * int(match[2] or 1)
    for base, power in _SYMBOLS[match[1]].powers.items():
        powers[base] = powers.get(base, 0) + exponent * power
    return float(_SYMBOLS[match[1]].factor ** exponent)
