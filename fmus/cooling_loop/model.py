"""Cooling loop of a liquid-cooled hall: racks, CDU, facility water, buffer tank, dry cooler."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.declare import Row, faults, parameters
from fmus.physics.exchanger import cell, counterflow, series, stream
from fmus.physics.machine import shaft_power, speed
from fmus.physics.smooth import film, fraction
from fmus.physics.tank import Inflow, layered_tank
from fmus.physics.volume import Volume, heat, meter, stored_output, volume
from fmus.physics.water import CP_AIR, CP_WATER, RHO_COOLING, kelvin

PARAMETERS = (
    Row("C_server", 1.5e7, "J/K", "heat capacity of servers and cold plates", 1.0),
    Row("UA_server", 460e3, "W/K", "cold plates, servers to coolant"),
    Row("m_coolant", 120.0, "kg/s", "coolant flow through the racks (constant)", 1e-3),
    Row("V_coolant", 4.0, "m3", "coolant in each of the two rack headers", 1e-3),
    Row("UA_cdu", 1.725e6, "W/K", "CDU at nominal flows"),
    Row("V_cdu", 1.5, "m3", "facility water in the CDU", 1e-3),
    Row("V_header", 3.0, "m3", "facility water in each of supply and return header", 1e-3),
    Row("m_facility_nominal", 130.0, "kg/s", "facility flow at full pump speed", 1e-3),
    Row("P_pump_nominal", 45e3, "W", "facility pump at full speed"),
    Row("tau_pump", 5.0, "s", "facility pump, speed lag", 0.1),
    Row("V_tank", 120.0, "m3", "buffer tank", 1e-3),
    Row("G_tank", 500.0, "W/K", "conduction between two layers"),
    Row("G_inversion", 1e6, "W/K2", "mixing of layers upside down, a kelvin of inversion"),
    Row("m_dry_nominal", 150.0, "kg/s", "dry-cooler flow at open valve", 1e-3),
    Row("V_dry", 3.0, "m3", "water in the dry cooler", 1e-3),
    Row("UA_dry", 1.1e6, "W/K", "dry cooler at nominal water and air flow"),
    Row("m_air_nominal", 800.0, "kg/s", "air flow at full fan speed", 1e-3),
    Row("draught", 0.04, "-", "air flow with the fans off, of nominal", 1e-4, 1.0),
    Row("P_fan_nominal", 150e3, "W", "dry-cooler fans at full speed"),
    Row("P_dry_pump_nominal", 20e3, "W", "dry-cooler pump at open valve"),
    Row("tau_valve", 30.0, "s", "dry-cooler valve, lag", 0.1),
    Row("tau_fan", 10.0, "s", "fans, speed lag", 0.1),
)

FAULTS = (
    ("cdu_fouling", "share of the CDU's UA that is lost"),
    ("valve_stuck", "share of the dry-cooler valve's motion that is lost; 1 freezes it"),
    ("pump_wear", "share of the facility flow that is lost"),
    ("fan_loss", "share of the fans that stand still"),
    ("bypass_leak", "share of the facility flow that bypasses the CDU"),
)

TANK_LAYERS = 8
DRY_CELLS = 4
AIR_SHARE = 0.8
"""Share of the dry cooler's nominal thermal resistance on the air side [-]."""
VALVE_EXPONENT = 3.912023005428146
"""ln 50: equal-percentage valve of rangeability 50, shut tight at 0 [-]."""
_VALVE_FULL = 49.0


@dataclass(frozen=True, eq=False)
class _Racks:
    T_supply: Volume
    T_return: Volume
    stores: tuple[Volume, ...]


@dataclass(frozen=True, eq=False)
class _DryCooler:
    m: SX
    T_outlet: SX
    x_valve: SX
    Q: SX
    P: SX
    store: Volume


def build() -> Model:
    """The model, ready to be exported: inputs, outputs and faults are listed in README.md."""
    model = Model("CoolingLoop", "Data-centre cooling loop with buffer tank and dry cooler")
    P_it = model.input("P_it", 3e6, "W", "electric power of the IT load", min=0.0)
    T_outdoor = model.input("T_outdoor", kelvin(-8.0), "K", "outdoor air")
    u_pump = model.input("u_pump", 0.6, "-", "facility pump speed", min=0.0, max=1.0)
    u_valve = model.input("u_valve", 0.2, "-", "dry-cooler valve", min=0.0, max=1.0)
    u_fan = model.input("u_fan", 0.1, "-", "dry-cooler fan speed", min=0.0, max=1.0)
    T_source_return = model.input("T_source_return", kelvin(30.0), "K", "from the heat pump")
    m_source = model.input("m_source", 70.0, "kg/s", "flow through the heat pump", min=0.0)
    p, f = parameters(model, PARAMETERS), faults(model, FAULTS)

    n_pump = speed(model, "pump.n", u_pump, p["tau_pump"], 0.6)
    m = n_pump * p["m_facility_nominal"] * (1.0 - f["pump_wear"])
    m_source = ca.fmax(m_source, 0.0)
    layers = volume(
        model,
        "tank.T",
        RHO_COOLING * CP_WATER * p["V_tank"] / TANK_LAYERS,
        [kelvin(40.0)] * 2 + [kelvin(30.0)] * 6,
        "layer, 1 is the top",
        size=TANK_LAYERS,
    )
    dry = _dry_cooler(model, p, f, layers.T[0], T_outdoor, u_valve, u_fan)
    header = _water(model, "supply_header.T", p["V_header"], 30.0, "facility water to the CDU")
    cdu_water = _water(model, "cdu.T", p["V_cdu"], 40.0, "facility water leaving the CDU")
    hot_header = _water(model, "return_header.T", p["V_header"], 40.0, "facility water, return")
    racks, Q_cdu = _racks(model, p, f, P_it, header.T, m)

    m_cdu = m * (1.0 - f["bypass_leak"])
    heat(model, header, CP_WATER * m * (layers.T[-1] - header.T))
    heat(model, cdu_water, CP_WATER * m_cdu * (header.T - cdu_water.T) + Q_cdu)
    mixing = m_cdu * (cdu_water.T - hot_header.T) + (m - m_cdu) * (header.T - hot_header.T)
    heat(model, hot_header, CP_WATER * mixing)
    layered_tank(
        model,
        layers,
        at_top=[Inflow(m, hot_header.T)],
        at_bottom=[Inflow(m_source, T_source_return), Inflow(dry.m, dry.T_outlet)],
        conductance=p["G_tank"],
        inversion=p["G_inversion"],
    )

    Q_source = CP_WATER * m_source * (layers.T[0] - T_source_return)
    P_auxiliary = shaft_power(p["P_pump_nominal"], n_pump) + dry.P
    out = model.output
    out("T_supply", header.T, "K", "facility water to the CDU")
    out("T_return", hot_header.T, "K", "facility water from the CDU")
    out("T_coolant_supply", racks.T_supply.T, "K", "coolant to the racks")
    out("T_coolant_return", racks.T_return.T, "K", "coolant from the racks")
    out("T_source", layers.T[0], "K", "tank top, to the heat pump")
    out("T_dry_cooler", dry.T_outlet, "K", "dry-cooler outlet")
    out("m_facility", m, "kg/s", "facility water flow")
    out("m_dry_cooler", dry.m, "kg/s", "dry-cooler water flow")
    out("x_valve", dry.x_valve, "-", "dry-cooler valve position")
    out("Q_rejected", dry.Q, "W", "heat given to the outdoor air")
    out("Q_source", Q_source, "W", "heat given to the heat pump")
    out("P_auxiliary", P_auxiliary, "W", "electric power of pumps and fans")
    meter(model, "E_it", P_it, "heat from the IT load")
    meter(model, "E_source", Q_source, "heat given to the heat pump")
    meter(model, "E_rejected", dry.Q, "heat given to the outdoor air")
    meter(model, "E_auxiliary", P_auxiliary, "electricity of pumps and fans")
    stored_output(model, [*racks.stores, header, cdu_water, hot_header, layers, dry.store])
    return model


def _water(model: Model, name: str, volume_m3: SX, start: float, description: str) -> Volume:
    """A mixed volume of water [m3] that starts at `start` [degC]."""
    return volume(model, name, RHO_COOLING * CP_WATER * volume_m3, kelvin(start), description)


def _racks(
    model: Model, p: dict[str, SX], f: dict[str, SX], P_it: SX, T_facility: SX, m: SX
) -> tuple[_Racks, SX]:
    """Servers, coolant headers and the CDU's coolant side; and the heat through the CDU [W]."""
    server = volume(model, "server.T", p["C_server"], kelvin(43.0), "servers and cold plates")
    cold = _water(model, "coolant.T_supply", p["V_coolant"], 33.0, "coolant to the racks")
    hot = _water(model, "coolant.T_return", p["V_coolant"], 39.0, "coolant from the racks")
    C = CP_WATER * p["m_coolant"]
    Q_racks = stream(p["UA_server"], C) * (server.T - cold.T)
    m_cdu = m * (1.0 - f["bypass_leak"])
    UA = (1.0 - f["cdu_fouling"]) * series(
        p["UA_cdu"], SX(1.0), film(m_cdu / p["m_facility_nominal"], 0.8)
    )
    Q_cdu = counterflow(UA, C, CP_WATER * m_cdu) * (hot.T - T_facility)
    heat(model, server, P_it - Q_racks)
    heat(model, hot, C * (cold.T - hot.T) + Q_racks)
    heat(model, cold, C * (hot.T - cold.T) - Q_cdu)
    return _Racks(cold, hot, (server, cold, hot)), Q_cdu


def _dry_cooler(
    model: Model,
    p: dict[str, SX],
    f: dict[str, SX],
    T_inlet: SX,
    T_outdoor: SX,
    u_valve: SX,
    u_fan: SX,
) -> _DryCooler:
    """Crossflow cooler: water cells in series, each met by its share of the outdoor air."""
    moving = (1.0 - f["valve_stuck"]) / p["tau_valve"]
    x = model.state("valve.x", 0.2, "-", "dry-cooler valve position")
    model.der(x, moving * (fraction(u_valve) - x))
    fans = speed(model, "fan.n", u_fan, p["tau_fan"], 0.1)
    turning = 1.0 - f["fan_loss"]
    air = p["draught"] + (1.0 - p["draught"]) * fans * turning
    opening = (ca.exp(VALVE_EXPONENT * x) - 1.0) / _VALVE_FULL
    UA = series(p["UA_dry"], film(air, 0.6), film(opening, 0.8), AIR_SHARE)
    G_air = stream(UA / DRY_CELLS, CP_AIR * p["m_air_nominal"] * air / DRY_CELLS)
    m = opening * p["m_dry_nominal"]
    C = RHO_COOLING * CP_WATER * p["V_dry"] / DRY_CELLS
    cells = volume(model, "dry.T", C, kelvin(20.0), "water in the dry cooler", size=DRY_CELLS)
    to_air = cell(G_air, CP_WATER * m) * (cells.T - T_outdoor)
    upstream = ca.vertcat(T_inlet, cells.T[:-1])
    heat(model, cells, CP_WATER * m * (upstream - cells.T) - to_air)
    P = shaft_power(p["P_fan_nominal"], fans) * turning + p["P_dry_pump_nominal"] * opening
    return _DryCooler(m, cells.T[-1], x, ca.sum1(to_air), P, cells)
