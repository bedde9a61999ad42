"""Signals: what a reading is, how good it is, and which units may meet."""

from enum import IntEnum

from twin.errors import BadInput, did_you_mean

OUT_OF_RANGE = "out_of_range"
"""Output by which a plant model says how many ranges of its validity it has left [-]."""


class Quality(IntEnum):
    """Why a value may or may not be believed; GOOD is 0, everything else is not good."""

    GOOD = 0
    NOT_YET = 1
    """Nobody has read it since the run began."""
    TIMEOUT = 2
    """The device did not answer."""
    REFUSED = 3
    """The device answered with a Modbus exception."""
    GARBLED = 4
    """The answer did not fit the question or failed its check."""
    OUT_OF_RANGE = 5
    """The value lies outside what its register or sensor can mean."""
    NO_VALUE = 6
    """The device says that it has none (its NaN sentinel)."""
    LINK_DOWN = 7
    """The port or the connection is gone."""
    STALE = 8
    """It was good, and is older than its poll period allows."""


# unit -> (quantity, factor, offset): SI value = factor * value + offset
_UNITS: dict[str, tuple[str, float, float]] = {
    "-": ("ratio", 1.0, 0.0),
    "1": ("ratio", 1.0, 0.0),
    "%": ("ratio", 0.01, 0.0),
    "K": ("temperature", 1.0, 0.0),
    "degC": ("temperature", 1.0, 273.15),
    "W": ("power", 1.0, 0.0),
    "kW": ("power", 1e3, 0.0),
    "MW": ("power", 1e6, 0.0),
    "J": ("energy", 1.0, 0.0),
    "kWh": ("energy", 3.6e6, 0.0),
    "MWh": ("energy", 3.6e9, 0.0),
    "GWh": ("energy", 3.6e12, 0.0),
    "kg/s": ("mass flow", 1.0, 0.0),
    "Pa": ("pressure", 1.0, 0.0),
    "kPa": ("pressure", 1e3, 0.0),
    "bar": ("pressure", 1e5, 0.0),
    "s": ("time", 1.0, 0.0),
    "min": ("time", 60.0, 0.0),
    "h": ("time", 3600.0, 0.0),
    "W/K": ("heat conductance", 1.0, 0.0),
    "W/(m.K)": ("thermal conductivity", 1.0, 0.0),
    "W/(m2.K)": ("heat transfer coefficient", 1.0, 0.0),
    "J/K": ("heat capacity", 1.0, 0.0),
    "m": ("length", 1.0, 0.0),
    "m2": ("area", 1.0, 0.0),
    "m3": ("volume", 1.0, 0.0),
    "m/s": ("speed", 1.0, 0.0),
    "1/K": ("gain on temperature", 1.0, 0.0),
    "1/kPa": ("gain on pressure", 1e-3, 0.0),
    "1/s": ("rate", 1.0, 0.0),
}

# units of registers, beside those of the plant models
_DEVICE_UNITS: dict[str, tuple[str, float, float]] = {
    "V": ("voltage", 1.0, 0.0),
    "kV": ("voltage", 1e3, 0.0),
    "A": ("current", 1.0, 0.0),
    "mA": ("current", 1e-3, 0.0),
    "Hz": ("frequency", 1.0, 0.0),
    "1/min": ("rotational speed", 1.0 / 60.0, 0.0),
    "VA": ("apparent power", 1.0, 0.0),
    "kVA": ("apparent power", 1e3, 0.0),
    "var": ("reactive power", 1.0, 0.0),
    "kvar": ("reactive power", 1e3, 0.0),
    "Wh": ("energy", 3.6e3, 0.0),
    "kg/h": ("mass flow", 1.0 / 3600.0, 0.0),
    "m3/s": ("volume flow", 1.0, 0.0),
    "m3/h": ("volume flow", 1.0 / 3600.0, 0.0),
    "l/s": ("volume flow", 1e-3, 0.0),
    "l/min": ("volume flow", 1e-3 / 60.0, 0.0),
    "mbar": ("pressure", 1e2, 0.0),
    "MPa": ("pressure", 1e6, 0.0),
}
_EVERY = _UNITS | _DEVICE_UNITS


def outside(value: float, low: float | None, high: float | None, unit: str | None) -> str | None:
    """Why a `value` [unit] must not be so: it is not within `low` to `high`; None when it is."""
    word = "" if unit in (None, "-", "1") else f" {unit}"
    below, above = low is not None and value < low, high is not None and value > high
    if not below and not above:
        return None
    if low is not None and high is not None:
        return f"must be {low:g} to {high:g}{word}"
    return f"must be at least {low:g}{word}" if below else f"must be at most {high:g}{word}"


def known_units() -> tuple[str, ...]:
    """Every unit that `conversion` takes."""
    return tuple(_EVERY)


def quantity_of(unit: str) -> str:
    """What a known unit measures: `temperature`, `power`."""
    return _EVERY[unit][0]


def conversion(unit_from: str, unit_to: str) -> tuple[float, float]:
    """Factor and offset that take a number in `unit_from` to `unit_to`: `to = factor*x + offset`.

    Raises:
        BadInput: a unit is unknown, or the two measure different quantities.
    """
    for unit in (unit_from, unit_to):
        if unit not in _EVERY:
            raise BadInput(f"unknown unit {unit!r}{did_you_mean(unit, _EVERY)}")
    quantity_a, factor_a, offset_a = _EVERY[unit_from]
    quantity_b, factor_b, offset_b = _EVERY[unit_to]
    if quantity_a != quantity_b:
        raise BadInput(
            f"unit {unit_from!r} ({quantity_a}) cannot become {unit_to!r} ({quantity_b})"
        )
    return factor_a / factor_b, (offset_a - offset_b) / factor_b
