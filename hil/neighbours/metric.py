"""Names and units of metrics: base units in the name, as Prometheus asks for."""

import re
from typing import Final

CELSIUS: Final = 273.15

_UNITS = {
    "-": "ratio",
    "1": "ratio",
    "K": "kelvin",
    "W": "watts",
    "J": "joules",
    "kg/s": "kilograms_per_second",
    "Pa": "pascals",
    "s": "seconds",
    "W/K": "watts_per_kelvin",
    "W/(m.K)": "watts_per_meter_kelvin",
    "W/(m2.K)": "watts_per_square_meter_kelvin",
    "J/K": "joules_per_kelvin",
    "m": "meters",
    "m2": "square_meters",
    "m3": "cubic_meters",
    "m3/s": "cubic_meters_per_second",
    "m/s": "meters_per_second",
    "1/K": "per_kelvin",
    "1/Pa": "per_pascal",
    "1/s": "per_second",
    "V": "volts",
    "A": "amperes",
    "Hz": "hertz",
    "VA": "voltamperes",
    "var": "voltamperes_reactive",
}


def suffix(si_unit: str, *, absolute_in: str | None = None) -> tuple[str, float]:
    """Ending of a metric's name, and what is taken from the SI value [its unit].

    A temperature that people read in °C (`absolute_in`) is told in it, as Prometheus prefers.
    """
    if si_unit == "K" and absolute_in == "degC":
        return "celsius", CELSIUS
    known = _UNITS.get(si_unit)
    return known or re.sub(r"\W+", "_", si_unit).strip("_").lower() or "ratio", 0.0
