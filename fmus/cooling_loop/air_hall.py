"""Air-cooled hall: zones of servers between a cold and a hot aisle, each with its CRAH."""

from dataclasses import dataclass

import casadi as ca

from fmus.cooling_loop.given import Given
from fmus.cooling_loop.hall import Hall, Surroundings
from fmus.equations import SX, Model
from fmus.physics.exchanger import counterflow, series, stream
from fmus.physics.machine import shaft_power
from fmus.physics.smooth import film, fraction
from fmus.physics.volume import Volume, heat, volume
from fmus.physics.water import CP_AIR, CP_WATER, RHO_AIR, kelvin

_AIR_SHARE = 0.7
"""Share of a coil's nominal thermal resistance on the air side (assumed) [-]."""


@dataclass(frozen=True, eq=False)
class _Air:
    """Air flows of each zone [kg/s].

    `server` through the servers, `crah` through the CRAH, `to_cold` of that into the cold
    aisle, `back` from the hot aisle into the cold one, `over` from the cold aisle past the
    servers into the hot one.
    """

    server: SX
    crah: SX
    to_cold: SX
    back: SX
    over: SX


def air_hall(given: Given, facility: Surroundings) -> Hall:
    """Servers, aisles and the air side of the coils; `P_it` [W] is a column, an element a zone."""
    model, structure, p, f = given.model, given.structure, given.p, given.f
    P_it = given.u["P_it"]
    n = structure.cdus
    start = kelvin(structure.cold + 4.0), kelvin(structure.warm + 6.0)
    C_server = p["C_server"] / n
    server = volume(model, "server.T", C_server, start[0] + 20.0, "servers", size=n)
    cold = _aisle(model, "cold_aisle.T", p["V_air_cold"] / n, start[0], "air to the servers", n)
    hot = _aisle(model, "hot_aisle.T", p["V_air_hot"] / n, start[1], "air to the CRAH", n)
    fans = model.state("crah.n", 0.8, "-", "relative speed of the CRAH's fans", size=n)
    m_server, wanted = _demand(p, n, P_it)
    model.der(fans, (wanted - fans) / p["tau_crah"])
    turning = 1.0 - f["crah_fan_loss"]
    air = _air_flows(p, n, m_server, fans * turning)

    UA_server = (p["UA_server"] / n) * film(m_server / (p["m_server"] / n), 0.8)
    Q_server = stream(UA_server, CP_AIR * m_server) * (server.T - cold.T)
    P_fans = shaft_power(p["P_crah_nominal"] / n, fans) * turning
    Q = _coil(p, f, n, air.crah, facility) * (hot.T - facility.T_supply)
    blown = hot.T + (P_fans - Q) / (CP_AIR * air.crah)  # the fans stand behind the coil
    into_cold = air.to_cold * (blown - cold.T) + air.back * (hot.T - cold.T)
    past = (air.crah - air.to_cold) * (blown - hot.T) + air.over * (cold.T - hot.T)
    heat(model, server, P_it - Q_server)
    heat(model, cold, CP_AIR * into_cold)
    heat(model, hot, CP_AIR * (past + air.server * (cold.T - hot.T)) + Q_server)
    return Hall(cold.T, hot.T, blown, Q, ca.sum1(P_fans), SX(0.0), (server, cold, hot))


def _aisle(model: Model, name: str, volume_m3: SX, start: float, text: str, n: int) -> Volume:
    return volume(model, name, RHO_AIR * CP_AIR * volume_m3, start, text, size=n)


def _demand(p: dict[str, SX], n: int, P_it: SX) -> tuple[SX, SX]:
    """Air that the servers of each zone draw [kg/s], and the speed [-] their CRAH's fans want.

    Server fans follow the load (to 1.5 of nominal); the CRAH blows that, what goes past the
    servers, and a margin.
    """
    idle = p["server_air_idle"]
    load = ca.fmin(ca.fmax(P_it, 0.0) / (p["P_it_nominal"] / n), 1.5)
    m_server = (p["m_server"] / n) * (idle + (1.0 - idle) * load)
    wanted = (1.0 + p["crah_margin"]) * m_server / (1.0 - p["bypass_air"])
    return m_server, ca.fmax(fraction(wanted / (p["m_crah_nominal"] / n)), p["crah_n_min"])


def _air_flows(p: dict[str, SX], n: int, m_server: SX, fans: SX) -> _Air:
    """Flows that the zone's mass balance leaves no choice about, given fans [-] and servers."""
    draught = p["crah_draught"]
    crah = (p["m_crah_nominal"] / n) * (draught + (1.0 - draught) * fans)
    to_cold = (1.0 - p["bypass_air"]) * crah
    back = ca.fmax(p["recirculation"] * m_server, m_server - to_cold)
    return _Air(m_server, crah, to_cold, back, to_cold + back - m_server)


def _coil(p: dict[str, SX], f: dict[str, SX], n: int, m_air: SX, facility: Surroundings) -> SX:
    """Conductance [W/K] of each coil between entering air and entering water, counterflow."""
    air = film(m_air / (p["m_crah_nominal"] / n), 0.8)
    wet = film(facility.m_unit / (p["m_facility_nominal"] / n), 0.8)
    UA = (1.0 - f["coil_fouling"]) * series(p["UA_coil"] / n, air, wet, _AIR_SHARE)
    return counterflow(UA, CP_AIR * m_air, CP_WATER * facility.m_unit)
