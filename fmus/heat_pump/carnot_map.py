"""The machine as a map: a share of Carnot over lift and part load, capacity over temperatures."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX
from fmus.heat_pump.performance import (
    WEAR_LEAKS,
    Conditions,
    Result,
    at_most,
    started,
    superheat_extra,
    unloading,
)
from fmus.heat_pump.refrigerant import Refrigerant
from fmus.physics.smooth import at_least

SOFT_LIFT = 10.0
"""Below about this lift [K] the map stops gaining from a smaller one."""
SPREAD = 60.0
"""The capacity's curved terms fade out this far [K] from the design point: no map knows more."""
LOWEST_SHAPE, LOWEST_COP = 0.2, 1.3
"""Efficiency relative to the design point, and COP of heating, that no condition goes below [-]."""
SUPERHEAT, SUBCOOLING = 6.0, 5.0
"""What a healthy machine is taken to have [K] (assumed, as the cycle's parameters start)."""
LEAST_EFFECT = 0.2
"""Refrigerating effect relative to 60 degC liquid that no liquid's temperature goes below [-]."""


@dataclass(frozen=True)
class CarnotMap:
    """Performance `map`; the refrigerant decides what foreign gas does to the pressure."""

    refrigerant: Refrigerant

    def T_head(self, T_condensing: SX, non_condensables: SX) -> SX:
        """Saturation temperature [K] of the raised pressure, by Clausius and Clapeyron."""
        B = self.refrigerant.vapour_pressure_K
        return T_condensing / (1.0 - T_condensing * ca.log(1.0 + non_condensables) / B)

    def result(self, c: Conditions) -> Result:
        """The compressor by the pressures it stands between, then heat by what the gas carries.

        A displacement compressor's power does not depend on the temperature of the gas that it
        sucks (ideal gas), nor on that of the liquid; the heat drawn does.
        """
        cop = efficiency(c) * c.T_head / at_least(c.T_head - c.T_evaporating, SOFT_LIFT, SOFT_LIFT)
        # of the same heat drawn, work grows as 1 / efficiency, and COP - 1 is heat drawn over work
        worn = 1.0 + (cop * started(c) - 1.0) * (1.0 - c.f["compressor_wear"])
        cop = at_least(worn, LOWEST_COP, 0.05)
        Q = c.n * capacity(c, c.T_head) * unloading(c) * started(c)
        Q *= 1.0 - WEAR_LEAKS * c.f["compressor_wear"]
        Q = ca.fmin(Q, c.p["P_motor"] * (cop - 1.0))
        P = Q / (cop - 1.0)
        carried = capacity(c, c.T_condensing) / capacity(c, c.T_head) * self._carried(c)
        return Result(Q * carried, Q * carried + P, SX(0.0), P, 1.0 + (cop - 1.0) * carried)

    def _carried(self, c: Conditions) -> SX:
        """Heat a swept volume of gas draws over that without faults [-]; exactly 1 without them.

        More superheat is more enthalpy, but thinner gas; warmer liquid brings less.
        """
        r = self.refrigerant.carried
        room = at_least(c.T_source_in - c.T_evaporating - 1.0, 0.0, 0.5)
        more = at_most(SUPERHEAT + superheat_extra(c.f), room) - at_most(SX(SUPERHEAT), room)
        warmer = SUBCOOLING * c.f["undercharge"]
        liquid = c.T_condensing - SUBCOOLING - r.T_liquid
        effect = at_least(1.0 - r.of_liquid * liquid, LEAST_EFFECT, 0.1)
        drawn = effect + r.of_superheat * more - r.of_liquid * warmer
        return drawn / effect * ca.exp(-r.thinner * more)


def efficiency(c: Conditions) -> SX:
    """Share of Carnot [-] over speed, lift and condensation; never above 1."""
    p = c.p
    lift = c.T_head - c.T_evaporating
    off = lift / (p["T_condensing_nominal"] - p["T_evaporating_nominal"]) - 1.0
    bent = ca.tanh(off)  # the linear and cubic terms level off, the loss at both ends does not
    hotter = SPREAD * ca.tanh((c.T_head - p["T_condensing_nominal"]) / SPREAD)
    shape = 1.0 - p["eta_lift"] * off * off + p["eta_condensing"] * hotter
    shape += bent * (p["eta_lift_linear"] + p["eta_lift_cubic"] * bent * bent)
    slow = 1.0 - c.n
    eta = p["eta_carnot"] * (1.0 - p["eta_part_load"] * slow * slow * slow)
    return ca.fmin(eta * ca.fmax(shape, LOWEST_SHAPE), 1.0)


def capacity(c: Conditions, T_condensing: SX) -> SX:
    """Heat [W] the compressor draws from the evaporator at full speed, nothing unloading it.

    Exponential in both temperatures (suction density rises, subcooled enthalpy falls); held
    at `Q_evaporator_most` at the warm end, where the suction throttle acts.
    """
    p = c.p
    warmer = c.T_evaporating - p["T_evaporating_nominal"]
    hotter = T_condensing - p["T_condensing_nominal"]
    x, y = SPREAD * ca.tanh(warmer / SPREAD), SPREAD * ca.tanh(hotter / SPREAD)
    exponent = p["capacity_evaporating"] * warmer - p["capacity_condensing"] * hotter
    exponent += p["capacity_evaporating_2"] * x * x + p["capacity_condensing_2"] * y * y
    exponent += p["capacity_mixed"] * x * y
    full = p["Q_evaporator_nominal"] * ca.exp(ca.fmin(exponent, 20.0))
    return ca.fmin(full, p["Q_evaporator_most"])
