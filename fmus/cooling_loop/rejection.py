"""Where the heat goes that nobody takes: dry cooler or sea water, behind one valve."""

from dataclasses import dataclass

import casadi as ca

from fmus.cooling_loop.given import Given
from fmus.equations import SX
from fmus.physics.branches import opening
from fmus.physics.exchanger import cell, counterflow, series, stream
from fmus.physics.machine import shaft_power, speed
from fmus.physics.smooth import film, fraction
from fmus.physics.volume import Volume, heat, volume
from fmus.physics.water import CP_AIR, CP_SEA, CP_WATER, RHO_COOLING, RHO_SEA, kelvin

DRY_CELLS = 4
AIR_SHARE = 0.8
"""Share of the dry cooler's nominal thermal resistance on the air side [-]."""
PAD_RAMP = 2.0
"""The pads come on over this many kelvin of outdoor temperature (assumed) [K]."""


@dataclass(frozen=True, eq=False)
class Rejection:
    """Water through it [kg/s] and its outlet [K], valve [-], heat given away and power [W]."""

    m: SX
    T_outlet: SX
    x_valve: SX
    Q: SX
    P: SX
    stores: tuple[Volume, ...]
    T_sink: SX
    """Outdoor air as it meets the coils, or the sea [K]."""


def rejection(given: Given, T_inlet: SX) -> Rejection:
    """Valve, and what stands behind it, fed with water of `T_inlet` [K]."""
    moving = (1.0 - given.f["valve_stuck"]) / given.p["tau_valve"]
    x = given.model.state("valve.x", 0.2, "-", "dry-cooler valve position")
    given.model.der(x, moving * (fraction(given.u["u_valve"]) - x))
    build = _sea_water if given.structure.heat_rejection == "sea_water" else _dry_cooler
    return build(given, x, T_inlet)


def _outdoor(given: Given) -> SX:
    """Air [K] as it meets the coils: behind wetted pads, which are dry below `T_pad_on`."""
    u, p = given.u, given.p
    T = u["T_outdoor"]
    if not given.structure.precooling:
        return T
    wet = fraction((T - p["T_pad_on"]) / PAD_RAMP)
    return T - wet * p["pad_effectiveness"] * ca.fmax(T - u["T_wet_bulb"], 0.0)


def _dry_cooler(given: Given, x: SX, T_inlet: SX) -> Rejection:
    """Crossflow cooler: water cells in series, each met by its share of the outdoor air."""
    model, p = given.model, given.p
    T_air, opened = _outdoor(given), opening(x)
    fans = speed(model, "fan.n", given.u["u_fan"], p["tau_fan"], 0.1)
    turning = 1.0 - given.f["fan_loss"]
    air = p["draught"] + (1.0 - p["draught"]) * fans * turning
    UA = series(p["UA_dry"], film(air, 0.6), film(opened, 0.8), AIR_SHARE)
    G_air = stream(UA / DRY_CELLS, CP_AIR * p["m_air_nominal"] * air / DRY_CELLS)
    m = opened * p["m_dry_nominal"]
    C = RHO_COOLING * CP_WATER * p["V_dry"] / DRY_CELLS
    start = kelvin(given.structure.cold - 10.0)
    cells = volume(model, "dry.T", C, start, "water in the dry cooler", size=DRY_CELLS)
    to_air = cell(G_air, CP_WATER * m) * (cells.T - T_air)
    upstream = ca.vertcat(T_inlet, cells.T[:-1])
    heat(model, cells, CP_WATER * m * (upstream - cells.T) - to_air)
    P = shaft_power(p["P_fan_nominal"], fans) * turning + p["P_dry_pump_nominal"] * opened
    return Rejection(m, cells.T[-1], x, ca.sum1(to_air), P, (cells,), T_air)


def _sea_water(given: Given, x: SX, T_inlet: SX) -> Rejection:
    """Plate exchanger in counterflow; its two outlets are mixed volumes."""
    model, u, p, f = given.model, given.u, given.p, given.f
    T_sea, opened = u["T_sea"], opening(x)
    pump = speed(model, "sea_pump.n", u["u_sea_pump"], p["tau_sea_pump"], 0.1)
    m_sea = pump * p["m_sea_nominal"] * (1.0 - f["sea_pump_wear"])
    m = opened * p["m_dry_nominal"]
    start, V = kelvin(max(given.structure.cold - 10.0, 4.0)), p["V_sea_exchanger"]
    loop = volume(model, "sea_exchanger.T", RHO_COOLING * CP_WATER * V, start, "loop water leaving")
    sea = volume(
        model, "sea_exchanger.T_sea", RHO_SEA * CP_SEA * V, kelvin(4.0), "sea water leaving"
    )
    films = film(opened, 0.8), film(m_sea / p["m_sea_nominal"], 0.8)
    UA = (1.0 - f["sea_fouling"]) * series(p["UA_sea"], *films)
    Q = counterflow(UA, CP_WATER * m, CP_SEA * m_sea) * (T_inlet - T_sea)
    to_sea = CP_SEA * m_sea * (sea.T - T_sea)
    heat(model, loop, CP_WATER * m * (T_inlet - loop.T) - Q)
    heat(model, sea, Q - to_sea)
    P = shaft_power(p["P_sea_pump_nominal"], pump) + p["P_dry_pump_nominal"] * opened
    model.output("m_sea", m_sea, "kg/s", "sea water flow")
    model.output("T_sea_out", sea.T, "K", "sea water leaving the exchanger")
    return Rejection(m, loop.T, x, to_sea, P, (loop, sea), T_sea)
