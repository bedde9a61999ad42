"""Water and air as constants, and the one offset between Celsius and Kelvin.

One heat capacity serves all three models, so that the heat a model sends through an
interface is the heat its neighbour receives. Real water stays within 0.5 % of it from
10 to 110 degC.
"""

from fmus.equations import SX

CP_WATER = 4186.0
"""Heat capacity of water [J/(kg.K)]."""

RHO_COOLING = 993.0
"""Density of water at 36 degC [kg/m3]."""

RHO_HEATING = 975.0
"""Density of water at 75 degC [kg/m3]."""

CP_AIR = 1006.0
"""Heat capacity of air at constant pressure [J/(kg.K)]."""

RHO_AIR = 1.184
"""Density of dry air at 25 degC and 101.3 kPa [kg/m3]."""

RHO_SEA = 1025.0
"""Density of sea water; brackish Baltic water is 2 % lighter [kg/m3]."""

CP_SEA = 4000.0
"""Heat capacity of sea water; brackish Baltic water has 3 % more [J/(kg.K)]."""


def kelvin(celsius: float) -> float:
    """Temperature [K] of a temperature in degC; for start values and constants."""
    return celsius + 273.15


def density(T: SX) -> SX:
    """Density of water [kg/m3] at `T` [K], 0 to 150 degC (Kell 1975, at 1 bar or boiling)."""
    t = T - 273.15
    top = 999.83952 + t * (
        16.945176
        + t * (-7.9870401e-3 + t * (-46.170461e-6 + t * (105.56302e-9 - t * 280.54253e-12)))
    )
    return top / (1.0 + 16.879850e-3 * t)
