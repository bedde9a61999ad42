"""District cooling: consumers that take cold water from the tank's bottom."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.machine import shaft_power
from fmus.physics.smooth import at_least, fraction
from fmus.physics.volume import meter
from fmus.physics.water import CP_WATER

_LEAST_RISE = 1.0
"""Consumers ask for no more flow than a water rise of about this would need [K]."""


@dataclass(frozen=True, eq=False)
class Consumers:
    """Flow [kg/s] from bottom to top, temperature of what comes back [K], heat and power [W]."""

    m: SX
    T_back: SX
    Q: SX
    P: SX


NOBODY = Consumers(SX(0.0), SX(0.0), SX(0.0), SX(0.0))


def consumers(model: Model, p: dict[str, SX], Q_asked: SX, T_cold: SX) -> Consumers:
    """Consumers whose valves take what flow they need to send water back at T_cooling_return.

    flow = Q_asked/(cp (T_cooling_return - T_cold)), at most m_cooling_nominal. Water that is
    warmer than T_cooling_return cools nobody and comes back as it is.
    """
    usable = p["T_cooling_return"] - T_cold
    rise = at_least(usable, _LEAST_RISE, 0.2)
    share = fraction(Q_asked / (CP_WATER * rise * p["m_cooling_nominal"]))
    m = share * p["m_cooling_nominal"]
    warming = ca.fmax(usable, 0.0)
    Q = CP_WATER * m * warming
    P = shaft_power(p["P_cooling_pump_nominal"], share)
    model.output("Q_cooling_delivered", Q, "W", "cooling given to consumers")
    model.output("m_cooling", m, "kg/s", "cold water to consumers")
    meter(model, "E_cooling", Q, "heat taken from consumers of cooling")
    return Consumers(m, T_cold + warming, Q, P)
