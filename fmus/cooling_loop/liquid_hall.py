"""Liquid-cooled hall: racks with cold plates, coolant, and the coolant side of the CDUs."""

import casadi as ca

from fmus.cooling_loop.given import Given
from fmus.cooling_loop.hall import Hall, Surroundings, water
from fmus.equations import SX
from fmus.physics.exchanger import counterflow, series, stream
from fmus.physics.machine import shaft_power
from fmus.physics.smooth import film, fraction
from fmus.physics.volume import heat, volume
from fmus.physics.water import CP_WATER, kelvin

_THERMOSIPHON = 0.01
"""Coolant flow that is left when a pump is worn out, of its nominal flow (assumed) [-]."""


def liquid_hall(given: Given, facility: Surroundings) -> Hall:
    """Servers, coolant headers and CDUs; `P_it` [W] is a column, an element a CDU."""
    model, structure, p, f = given.model, given.structure, given.p, given.f
    P_it = given.u["P_it"]
    n, warm, cold = structure.cdus, structure.warm, structure.cold
    C_server, V = p["C_server"] / n, p["V_coolant"] / n
    text = "servers and cold plates"
    server = volume(model, "server.T", C_server, kelvin(warm + 3.0), text, size=n)
    supply = water(model, "coolant.T_supply", V, cold + 3.0, "coolant to the racks", n)
    hot = water(model, "coolant.T_return", V, warm - 1.0, "coolant from the racks", n)
    turning, speed = SX(1.0), SX(1.0)
    if not structure.lumped:
        speed = _coolant_speed(p, hot.T)
        turning = speed * (1.0 - (1.0 - _THERMOSIPHON) * f["coolant_pump_wear"])
    C = CP_WATER * (p["m_coolant"] / n) * turning
    Q_racks = stream(p["UA_server"] / n, C) * (server.T - supply.T)
    facility_film = film(facility.m_unit / (p["m_facility_nominal"] / n), 0.8)
    coolant_film = SX(1.0) if structure.lumped else film(turning, 0.8)
    UA = (1.0 - f["cdu_fouling"]) * series(p["UA_cdu"] / n, coolant_film, facility_film)
    Q = counterflow(UA, C, CP_WATER * facility.m_unit) * (hot.T - facility.T_supply)
    heat(model, server, P_it - Q_racks)
    heat(model, hot, C * (supply.T - hot.T) + Q_racks)
    heat(model, supply, C * (hot.T - supply.T) - Q)
    pumps = SX(0.0) if structure.lumped else shaft_power(p["P_coolant_nominal"] / n, speed)
    return Hall(supply.T, hot.T, supply.T, Q, SX(0.0), ca.sum1(pumps), (server, supply, hot))


def _coolant_speed(p: dict[str, SX], T_return: SX) -> SX:
    """Speed [-] of each CDU's coolant pump: proportional to the coolant return, within limits."""
    n_min = p["coolant_n_min"]
    return n_min + (1.0 - n_min) * fraction((T_return - p["T_rack_low"]) / p["T_rack_band"])
