"""The energy of a meter of a site (an FMU output in J) from what was recorded of the real plant.

In this order, the first of which anything was recorded: a signal or a record of the meter itself;
the power that belongs to it (`E_it`: `P_it` or `Q_it`); for heat, the flow of water and the two
temperatures around it; at last what the twin reckons that power to be.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.site.fmu_outline import fmu_outline
from twin.site.kpi import BALANCE
from twin.site.model import Site

Floats = NDArray[np.float64]

CP_WATER: Final = 4186.0
"""Specific heat of water [J/(kg K)], as the models have it."""
_HEAT: Mapping[str, tuple[str, str, str]] = {
    "E_condenser": ("m_sink", "T_sink_out", "T_sink_in"),
    "E_evaporator": ("m_source", "T_source_in", "T_source_out"),
    "E_source": ("m_source", "T_source", "T_source_return"),
}
"""Meter of heat: flow [kg/s], temperature after and before (of the colder side: before, after)."""


@dataclass(frozen=True)
class Meter:
    """How the energy of a meter follows from keys of the record."""

    keys: tuple[str, ...]
    formula: str
    of: Callable[[Sequence[Floats], float], Floats]
    """Energy in each stretch [J], from the means of `keys` [SI] and the stretch's length [s]."""
    reckoned: bool = False
    """Whether nobody measures it: it is what a model says."""


def meters(site: Site, name: str, keys: Collection[str]) -> list[Meter]:
    """How `name` (PART.E_X) may be known, given the `keys` of the record: the best first.

    A key is there for all that the site declares; whether anything came of it, its numbers say.
    """
    return [meter for meter in _ways(site, name) if all(key in keys for key in meter.keys)]


def reckoned(site: Site, unread: Collection[str] = ()) -> tuple[str, ...]:
    """Powers [W] of meters that no signal gives, for a twin to reckon.

    Nobody can be asked for the signals `unread`. Each is an output of the FMU of a part that the
    twin watches; a foreign one need not have it.
    """
    measured = {f"{signal}:measured" for signal in site.signals if signal not in unread}
    book = (names for account, names in site.accounts if account not in BALANCE)
    missing = (n for names in book for n in names if not meters(site, n, measured))
    found = (power for name in missing for power in _powers(name) if _is_modelled(site, power))
    return tuple(dict.fromkeys(found))


def _ways(site: Site, name: str) -> Iterator[Meter]:
    for key in (*_measuring(site, name), f"{name}:truth"):
        yield Meter((key,), f"growth of {name}", lambda means, _: _growth(means[0]))
    powers = _powers(name)
    for key in (key for power in powers for key in _measuring(site, power)):
        yield Meter((key,), f"∫ {_plain(key)}", _over_time)
    part, _, variable = name.partition(".")
    around = (_measuring(site, f"{part}.{v}") for v in _HEAT.get(variable, ()))
    for flow, warm, cold in product(*around) if variable in _HEAT else ():
        text = f"∫ {CP_WATER:g} J/(kg K) · {_plain(flow)} · ({_plain(warm)} − {_plain(cold)})"
        yield Meter((flow, warm, cold), text, lambda m, s: CP_WATER * m[0] * (m[1] - m[2]) * s)
    for power in powers:
        yield Meter((f"{power}:predicted",), f"∫ {power}", _over_time, reckoned=True)


def _powers(name: str) -> tuple[str, ...]:
    """What the power behind a meter PART.E_X may be called."""
    part, _, variable = name.partition(".")
    if not variable.startswith("E_"):
        return ()
    return tuple(f"{part}.{kind}_{variable[2:]}" for kind in ("P", "Q"))


def _is_modelled(site: Site, power: str) -> bool:
    part, _, variable = power.partition(".")
    told = site.twin.get(part)
    outline = fmu_outline(site.fmu_path(part)) if told is not None and told.watch else None
    if outline is None or (power in site.signals and site.variable(power) != power):
        return False  # the name is taken by something else
    return outline.outputs.get(variable) in ("W", "")


def _over_time(means: Sequence[Floats], length_s: float) -> Floats:
    return means[0] * length_s


def _measuring(site: Site, variable: str) -> list[str]:
    """Keys of the signals that measure a plant variable, or what is connected to it."""
    same = {variable}
    for ends in site.plant.connections:
        if variable in (ends.source, ends.target):
            same |= {ends.source, ends.target}
    return [f"{signal}:measured" for signal in site.signals if site.variable(signal) in same]


def _growth(mean: Floats) -> Floats:
    """How much a counter grows in each stretch; NaN where it does not rise: it was exchanged."""
    grown = np.append(np.diff(mean), np.nan)
    if len(grown) > 1:  # the last stretch has none after it: as much as the one before
        grown[-1] = grown[-2]
    return np.where(grown >= 0.0, grown, np.nan)


def _plain(key: str) -> str:
    return key.removesuffix(":measured")
