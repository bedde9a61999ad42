"""The machine as a vapour-compression cycle from the refrigerant's property tables."""

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

RE_EXPANSION = 1.1
"""Polytropic exponent of the gas in the dead volume (assumed) [-]."""
LEAST_WORK = 500.0
"""Isentropic work [J/kg] that is left where there is no lift: friction of the gas (assumed)."""


@dataclass(frozen=True, eq=False)
class _Gas:
    """A point of the cycle in the gas: enthalpy [J/kg], entropy [J/(kg.K)], density [kg/m3]."""

    h: SX
    s: SX
    rho: SX


@dataclass(frozen=True)
class Cycle:
    """Performance `cycle`."""

    refrigerant: Refrigerant

    def T_head(self, T_condensing: SX, non_condensables: SX) -> SX:
        """Saturation temperature [K] of the raised pressure; exactly T_condensing without gas."""
        r, pressure = self.refrigerant, self.refrigerant.p(T_condensing)
        raised = r.T_saturation(pressure * (1.0 + non_condensables))
        return T_condensing + (raised - r.T_saturation(pressure))

    def result(self, c: Conditions) -> Result:
        """Suction state, compression, subcooled liquid; then flow, heat and power."""
        r, p = self.refrigerant, c.p
        superheat, subcooling = _superheat(c), _subcooling(c)
        suction = _Gas(*r.suction(c.T_evaporating, superheat))
        p_low = r.p(c.T_evaporating)
        p_high = r.p(c.T_condensing) * (1.0 + c.f["non_condensables"])
        ratio = p_high / p_low
        work = at_least(r.h_isentropic(c.T_head, suction.s) - suction.h, LEAST_WORK, LEAST_WORK)
        work = work / isentropic_efficiency(c, ratio)
        h_discharge, h_liquid = suction.h + work, r.h_liquid(c.T_condensing, subcooling)
        flow = c.n * p["V_swept"] * suction.rho * volumetric_efficiency(c, ratio) * unloading(c)
        flow = ca.fmin(flow * started(c), p["P_motor"] * p["eta_motor"] / work)
        P = flow * work / p["eta_motor"]
        Q_condensing = flow * (h_discharge - h_liquid)
        cop = (h_discharge - h_liquid) / work * p["eta_motor"]
        more = (
            ("p_evaporating", p_low, "Pa", "pressure in the evaporator"),
            ("p_condensing", p_high, "Pa", "pressure in the condenser"),
            ("T_suction", c.T_evaporating + superheat, "K", "gas sucked by the compressor"),
            ("T_discharge", r.T_discharge(c.T_head, h_discharge), "K", "gas blown out"),
            ("superheat", superheat, "K", "of the gas sucked"),
            ("subcooling", subcooling, "K", "of the liquid, below condensation"),
            ("m_refrigerant", flow, "kg/s", "refrigerant flow"),
        )
        Q_evaporating = flow * (suction.h - h_liquid)
        return Result(Q_evaporating, Q_condensing, P - flow * work, P, cop, more)


def _superheat(c: Conditions) -> SX:
    """Wanted superheat [K], but never warmer than a kelvin below the source water."""
    wanted = c.p["superheat_set"] + superheat_extra(c.f)
    return at_most(wanted, at_least(c.T_source_in - c.T_evaporating - 1.0, 0.0, 0.5))


def _subcooling(c: Conditions) -> SX:
    """What the charge left gives [K], but never colder than a kelvin above the sink water."""
    wanted = c.p["subcooling_set"] * (1.0 - c.f["undercharge"])
    return at_most(wanted, at_least(c.T_condensing - c.T_sink_in - 1.0, 0.0, 0.5))


def volumetric_efficiency(c: Conditions, ratio: SX) -> SX:
    """Gas sucked over swept volume [-]: the dead volume's gas expands first; wear leaks."""
    expanded = ca.exp(ca.log(ratio) / RE_EXPANSION) - 1.0
    full = at_least(1.0 - c.p["clearance"] * expanded, 0.1, 0.02)
    return full * (1.0 - WEAR_LEAKS * c.f["compressor_wear"])


def isentropic_efficiency(c: Conditions, ratio: SX) -> SX:
    """Isentropic work over work of the shaft [-], over pressure ratio and part load."""
    off = ca.log(ratio / c.p["pressure_ratio_best"])
    slow = 1.0 - c.n
    shape = at_least(1.0 - c.p["eta_ratio"] * off * off, 0.3, 0.05)
    eta = c.p["eta_isentropic"] * shape * (1.0 - c.p["eta_part_load"] * slow * slow * slow)
    return at_least(eta * (1.0 - c.f["compressor_wear"]) * started(c), 0.05, 0.01)
