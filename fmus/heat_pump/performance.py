"""What a machine does between two saturation temperatures: the interface of map and cycle."""

from dataclasses import dataclass
from typing import Protocol

import casadi as ca

from fmus.equations import SX
from fmus.physics.smooth import fraction

STARVED_SUPERHEAT = 20.0
"""Superheat [K] on top of the set one, of a complete expansion-valve fault (assumed)."""
UNDERCHARGE_SUPERHEAT = 10.0
"""Superheat [K] on top of the set one, of a machine with no charge left (assumed)."""
WEAR_LEAKS = 0.5
"""Share of the wear that shows as gas leaking back (assumed); all of it costs efficiency [-]."""
AREA_PER_KELVIN = 0.02
"""Share of the evaporator's UA that a kelvin of extra superheat takes (assumed) [1/K]."""


@dataclass(frozen=True, eq=False)
class Conditions:
    """Where a unit works: parameters and faults by name, everything else symbols of an instant."""

    p: dict[str, SX]
    f: dict[str, SX]
    n: SX
    """Speed of the compressor [-]."""
    warm: SX
    """How far the machine is from a cold start, 0 to 1 [-]."""
    T_evaporating: SX
    T_condensing: SX
    """Temperature [K] at which the condenser's refrigerant condenses."""
    T_head: SX
    """Saturation temperature [K] of the pressure that the compressor works against."""
    T_source_in: SX
    T_sink_in: SX


@dataclass(frozen=True, eq=False)
class Result:
    """Heat drawn from the evaporator, given to the condenser and lost to the room; power [W].

    Q_evaporating + P_electric = Q_condensing + Q_room. `more` are outputs of this kind of model
    only: name, expression, unit, description.
    """

    Q_evaporating: SX
    Q_condensing: SX
    Q_room: SX
    P_electric: SX
    cop: SX
    more: tuple[tuple[str, SX, str, str], ...] = ()


class Performance(Protocol):
    """A way to compute the machine."""

    def T_head(self, T_condensing: SX, non_condensables: SX) -> SX:
        """Saturation temperature [K] of the condenser's whole pressure, foreign gas included."""

    def result(self, c: Conditions) -> Result:
        """What the machine does at these conditions."""


def started(c: Conditions) -> SX:
    """Share of capacity and of efficiency that a machine not yet warm has [-]."""
    return 1.0 - c.p["startup_loss"] * (1.0 - c.warm)


def unloading(c: Conditions) -> SX:
    """What the unit's own pressure limiters leave of the capacity [-], over 3 K each."""
    hot = fraction((c.p["T_condensing_limit"] - c.T_head) / 3.0)
    return hot * fraction((c.T_evaporating - c.p["T_evaporating_limit"]) / 3.0)


def superheat_extra(f: dict[str, SX]) -> SX:
    """Superheat [K] wanted by faults on top of the set one; it costs evaporator area."""
    return STARVED_SUPERHEAT * f["expansion_valve"] + UNDERCHARGE_SUPERHEAT * f["undercharge"]


def at_most(value: SX, most: SX) -> SX:
    """Smooth minimum of two temperature differences >= 0 [K]; never negative."""
    apart = value - most
    return ca.fmax(0.5 * (value + most - ca.sqrt(apart * apart + 0.25)), 0.0)
