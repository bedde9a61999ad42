"""Emission factors and prices as a site file writes them: `40 kg/MWh`, `60 EUR/MWh`."""

import math
from collections.abc import Mapping

from twin.site.quantity import Quantity

EMISSIONS: Mapping[str, float] = {"kg/MWh": 1.0, "g/kWh": 1.0, "t/GWh": 1.0}
"""Unit of CO2 over energy: kg/MWh in one of it [-]."""
PRICES: Mapping[str, float] = {"EUR/MWh": 1.0, "ct/kWh": 10.0}
"""Unit of money over energy: EUR/MWh in one of it [-]."""


def emission(text: object) -> Quantity:
    """`40 g/kWh` in kg/MWh; ValueError says what is wrong with it."""
    return _factor(text, EMISSIONS, "kg/MWh", least=0.0)


def price(text: object) -> Quantity:
    """`6 ct/kWh` in EUR/MWh, negative ones too; ValueError says what is wrong with it."""
    return _factor(text, PRICES, "EUR/MWh", least=-math.inf)


def _factor(text: object, units: Mapping[str, float], base: str, least: float) -> Quantity:
    if isinstance(text, Quantity):
        return text
    words = text.split() if isinstance(text, str) else []
    if len(words) != 2 or words[1] not in units:
        raise ValueError(f"must be a number and one of {', '.join(units)}, such as 40 {base}")
    try:
        value = float(words[0])
    except ValueError:
        raise ValueError(f"{words[0]!r} is not a number") from None
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    if value < least:
        raise ValueError(f"must be ≥ {least:g}")
    return Quantity(value * units[words[1]], base)
