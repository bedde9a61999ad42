"""Units of measured data: those of the site files, and what buildings and meters write besides."""

from dataclasses import dataclass
from typing import Final

from twin.errors import BadInput, did_you_mean
from twin.signals import conversion as site_conversion
from twin.signals import known_units, quantity_of

# unit -> (SI unit, factor, offset); exact definitions: NIST SP 811, appendix B
_MORE: Final[dict[str, tuple[str, float, float]]] = {
    "degF": ("K", 5.0 / 9.0, 459.67 * 5.0 / 9.0),
    "0.1degC": ("K", 0.1, 273.15),
    "psi": ("Pa", 6894.757, 0.0),
    "hPa": ("Pa", 100.0, 0.0),
    "mH2O": ("Pa", 9806.65, 0.0),
    "GW": ("W", 1e9, 0.0),
    "kBtu/h": ("W", 293.0711, 0.0),
    "t/h": ("kg/s", 1000.0 / 3600.0, 0.0),
    "kg/min": ("kg/s", 1.0 / 60.0, 0.0),
    "per mille": ("-", 1e-3, 0.0),
}
_VOLUME: Final[dict[str, float]] = {
    "l/s": 1e-3,
    "l/min": 1e-3 / 60.0,
    "l/h": 1e-3 / 3600.0,
    "m3/s": 1.0,
    "m3/h": 1.0 / 3600.0,
    "gpm": 3.785411784e-3 / 60.0,
}
"""Volume flows [m3/s], which a density makes mass flows."""


@dataclass(frozen=True)
class Scale:
    """`SI = factor * number + offset`."""

    factor: float
    offset: float


@dataclass(frozen=True)
class Unit:
    """The unit that the numbers of a column are read in."""

    name: str
    si: str
    density: float
    """Of a volume flow [kg/m3]."""

    def scale_from(self, written: str) -> Scale | None:
        """From numbers with the unit `written` behind them to this one; None: it is another kind.

        `number here = factor * number + offset`.
        """
        if written == self.name:
            return Scale(1.0, 0.0)
        try:
            there = scale_of(written, self.si, self.density)
        except BadInput:
            return None
        here = scale_of(self.name, self.si, self.density)
        return Scale(there.factor / here.factor, (there.offset - here.offset) / here.factor)


def scale_of(unit: str, si: str, density: float) -> Scale:
    """From `unit` to the SI unit of a signal; a volume flow by `density` [kg/m3].

    Raises:
        BadInput: the unit is unknown or measures something else.
    """
    if si == "kg/s" and unit in _VOLUME:
        return Scale(_VOLUME[unit] * density, 0.0)
    if unit in _MORE:
        base, factor, offset = _MORE[unit]
        if base != si:
            raise BadInput(f"unit {unit!r} ({quantity_of(base)}) cannot become {si!r}")
        return Scale(factor, offset)
    if unit not in known_units():
        raise BadInput(f"unknown unit {unit!r}{did_you_mean(unit, file_units())}")
    factor, offset = site_conversion(unit, si)
    return Scale(factor, offset)


def file_units() -> tuple[str, ...]:
    """Every unit that a column of measured data may have."""
    return tuple(dict.fromkeys([*known_units(), *_MORE, *_VOLUME]))


def units_for(si: str) -> tuple[str, ...]:
    """Units in which a column may have been logged that carries a signal in `si`."""
    found = [u for u in file_units() if _fits(u, si)]
    return tuple(found)


def _fits(unit: str, si: str) -> bool:
    try:
        scale_of(unit, si, 1000.0)
    except BadInput:
        return False
    return True
