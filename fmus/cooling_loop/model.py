"""Cooling loop: hall, CDUs or CRAHs, facility water, buffer tank, dry cooler or sea water."""

import casadi as ca

from fmus.cooling_loop.consumers import NOBODY, consumers
from fmus.cooling_loop.facility import Facility, facility
from fmus.cooling_loop.given import Given
from fmus.cooling_loop.inputs import inputs
from fmus.cooling_loop.parameters import declare
from fmus.cooling_loop.rejection import Rejection, rejection
from fmus.cooling_loop.structure import Structure
from fmus.cooling_loop.waste_water import NONE, waste_water
from fmus.equations import SX, Model
from fmus.physics.smooth import largest
from fmus.physics.tank import Inflow, layered_tank
from fmus.physics.volume import Volume, meter, stored_output, volume
from fmus.physics.water import CP_WATER, RHO_COOLING, kelvin

__all__ = ["Structure", "build"]

_SOFT = 0.01
"""Between units of equal temperature the warmest reads up to 0.025 K high [K]."""


def build(structure: Structure | None = None) -> Model:
    """The model, ready to be exported: inputs, outputs and faults are listed in README.md."""
    s = structure or Structure()
    text = "Data-centre cooling loop with buffer tank and dry cooler"
    model = Model("CoolingLoop", text, s.step)
    u = inputs(model, s)
    p, f = declare(model, s)
    given = Given(model, s, u, p, f)
    layers = _tank(model, p, s)
    rejected = rejection(given, layers.T[0])
    loop = facility(given, layers.T[-1])
    cooled = consumers(model, p, u["Q_cooling"], layers.T[-1]) if s.cooling_consumers else NOBODY
    T_top, T_bottom = layers.T[0], layers.T[-1]
    warmed = waste_water(model, p, f, u, T_top, T_bottom) if s.waste_water else NONE
    m_source = ca.fmax(u["m_source"], 0.0)
    layered_tank(
        model,
        layers,
        at_top=[
            Inflow(loop.m_tank, loop.back.T),
            Inflow(cooled.m, cooled.T_back),
            Inflow(warmed.m, warmed.T_outlet),
        ],
        at_bottom=[
            Inflow(m_source, u["T_source_return"]),
            Inflow(rejected.m, rejected.T_outlet),
        ],
        conductance=p["G_tank"],
        inversion=p["G_inversion"],
    )

    Q_source = CP_WATER * m_source * (layers.T[0] - u["T_source_return"])
    P_hall = loop.hall.P_heating + loop.hall.P_other
    P_auxiliary = loop.pumped.P + rejected.P + P_hall + cooled.P + warmed.P
    _temperatures_and_flows(model, s, loop, layers, rejected)
    if not s.lumped:
        _of_each_unit(model, s, loop)
    model.output("Q_source", Q_source, "W", "heat given to the heat pump")
    model.output("P_auxiliary", P_auxiliary, "W", "electric power of pumps and fans")
    meter(model, "E_it", ca.sum1(u["P_it"]), "heat from the IT load")
    meter(model, "E_source", Q_source, "heat given to the heat pump")
    meter(model, "E_rejected", rejected.Q, "heat given to the outdoor air or the sea")
    meter(model, "E_auxiliary", P_auxiliary, "electricity of pumps and fans")
    if s.hall == "air":
        meter(model, "E_air_fans", loop.hall.P_heating, "electricity of CRAH fans, heats the air")
    stored_output(model, [*loop.stores, layers, *rejected.stores, *warmed.stores])
    _ranges(model, loop, layers, rejected)
    return model


def _tank(model: Model, p: dict[str, SX], s: Structure) -> Volume:
    """Layers that start a quarter warm, the rest cold."""
    n, warm = s.tank_layers, s.tank_layers // 4
    start = [kelvin(s.warm)] * warm + [kelvin(s.cold)] * (n - warm)
    capacity = RHO_COOLING * CP_WATER * p["V_tank"] / n
    return volume(model, "tank.T", capacity, start, "layer, 1 is the top", size=n)


def _temperatures_and_flows(
    model: Model, s: Structure, loop: Facility, layers: Volume, rejected: Rejection
) -> None:
    sea = s.heat_rejection == "sea_water"
    cooler = "sea exchanger" if sea else "dry cooler"
    out = model.output
    out("T_supply", loop.supply.T, "K", "facility water to the CDU")
    out("T_return", loop.back.T, "K", "facility water from the CDU")
    out("T_coolant_supply", _warmest(loop.hall.T_supply), "K", "coolant to the racks, warmest unit")
    out("T_coolant_return", _warmest(loop.hall.T_return), "K", "coolant from the racks, warmest")
    out("T_source", layers.T[0], "K", "tank top, to the heat pump")
    out("T_dry_cooler", rejected.T_outlet, "K", f"{cooler} outlet")
    out("m_facility", loop.pumped.m, "kg/s", "facility water flow")
    out("m_dry_cooler", rejected.m, "kg/s", f"{cooler}, loop water flow")
    out("x_valve", rejected.x_valve, "-", f"{cooler} valve position")
    if loop.x_mixing is not None:
        out("x_mixing", loop.x_mixing, "-", "three-way valve, open to the tank")
    if s.cooling_consumers or s.mixing_valve or s.waste_water:
        out("T_tank_bottom", layers.T[-1], "K", "tank bottom, to facility and consumers")
    out("Q_rejected", rejected.Q, "W", f"heat given to the {'sea' if sea else 'outdoor air'}")


def _of_each_unit(model: Model, s: Structure, loop: Facility) -> None:
    """Outputs of every CDU or CRAH, and what only a plant with unit valves has."""
    hall, out = loop.hall, model.output
    out("dp_pump", loop.pumped.head, "Pa", "head of the facility pump")
    assert loop.pumped.valves is not None
    columns = (
        ("T_unit_supply", hall.T_held, "K", "coolant or air that the unit delivers"),
        ("T_unit_return", hall.T_return, "K", "coolant or air that comes back to the unit"),
        ("m_unit", loop.pumped.m_unit, "kg/s", "facility water through the unit"),
        ("x_unit", loop.pumped.valves.x, "-", "position of the unit's own water valve"),
        ("Q_unit", hall.Q, "W", "heat that the unit gives to the facility water"),
    )
    for name, values, unit, text in columns:
        for i in range(s.cdus):
            out(name if s.cdus == 1 else f"{name}[{i + 1}]", values[i], unit, text)


def _ranges(model: Model, loop: Facility, layers: Volume, rejected: Rejection) -> None:
    """Nothing here boils or freezes; outdoors as in Finland."""
    hottest = _warmest(ca.vertcat(loop.hall.T_return, loop.back.T, layers.T[0]))
    coldest = ca.fmin(loop.supply.T, layers.T[-1])
    model.valid_range("hottest water", hottest, kelvin(0.0), kelvin(95.0), "K")
    model.valid_range("coldest water", coldest, kelvin(0.5), kelvin(95.0), "K")
    model.valid_range("heat sink", rejected.T_sink, kelvin(-40.0), kelvin(45.0), "K")


def _warmest(values: SX) -> SX:
    """The highest of the temperatures [K]; smooth, so that slopes exist where all are equal."""
    return largest(values, _SOFT)
