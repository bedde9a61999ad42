"""Facility water: pump, the units' valves, supply and return header, three-way mixing valve."""

from dataclasses import dataclass

import casadi as ca

from fmus.cooling_loop.air_hall import air_hall
from fmus.cooling_loop.given import Given
from fmus.cooling_loop.hall import Hall, Surroundings, water
from fmus.cooling_loop.liquid_hall import liquid_hall
from fmus.equations import SX, Model
from fmus.physics.branches import Circuit, conductance, head, pull
from fmus.physics.control import Held, Tuning, held, hold
from fmus.physics.machine import lagged, shaft_power, speed
from fmus.physics.volume import Volume, heat
from fmus.physics.water import CP_WATER

UNIT_VALVE_START = 0.8
MIXING_START = 0.9


@dataclass(frozen=True, eq=False)
class Pumped:
    """Facility flow together and through each unit (a column) [kg/s], head [Pa], power [W]."""

    m: SX
    m_unit: SX
    head: SX
    P: SX
    valves: Held | None


@dataclass(frozen=True, eq=False)
class Facility:
    """Facility water: both headers and what the units hold; what passes the tank [kg/s]."""

    hall: Hall
    pumped: Pumped
    supply: Volume
    units: Volume
    back: Volume
    m_tank: SX
    x_mixing: SX | None

    @property
    def stores(self) -> tuple[Volume, ...]:
        """Everything here that stores heat."""
        return (*self.hall.stores, self.supply, self.units, self.back)


def facility(given: Given, T_tank: SX) -> Facility:
    """The hall and the water between it and the tank, whose bottom is at `T_tank` [K]."""
    model, structure, p = given.model, given.structure, given.p
    n, warm, cold = structure.cdus, structure.warm, structure.cold
    pumped = _pump(given)
    air = structure.hall == "air"
    supply = water(model, "supply_header.T", p["V_header"], cold, "facility water to the CDU")
    V = (p["V_coil"] if air else p["V_cdu"]) / n
    units = water(model, "cdu.T", V, warm, "facility water leaving the CDU", n)
    back = water(model, "return_header.T", p["V_header"], warm, "facility water, return")
    build = air_hall if air else liquid_hall
    hall = build(given, Surroundings(supply.T, pumped.m_unit))
    if pumped.valves is not None:
        tuning = Tuning(p["unit_gain"], p["unit_integral"], p["tau_unit_valve"])
        error = hall.T_held - p["T_unit_set"]
        hold(model, pumped.valves, error, tuning, 1.0 - given.f["unit_valve_stuck"])

    m, m_unit = pumped.m, pumped.m_unit
    x_mixing = _mixing_valve(model, p, supply.T) if structure.mixing_valve else None
    m_tank = m if x_mixing is None else x_mixing * m
    fed = m_tank * (T_tank - supply.T) + (m - m_tank) * (back.T - supply.T)
    heat(model, supply, CP_WATER * fed)
    heat(model, units, CP_WATER * m_unit * (supply.T - units.T) + hall.Q)
    leak = m - ca.sum1(m_unit)
    mixing = ca.sum1(m_unit * (units.T - back.T)) + leak * (supply.T - back.T)
    heat(model, back, CP_WATER * mixing)
    return Facility(hall, pumped, supply, units, back, m_tank, x_mixing)


def _pump(given: Given) -> Pumped:
    """One pump for all units; a worn one turns like a healthy one at a lower speed."""
    model, structure, p, f = given.model, given.structure, given.p, given.f
    n_pump = speed(model, "pump.n", given.u["u_pump"], p["tau_pump"], 0.6)
    P = shaft_power(p["P_pump_nominal"], n_pump)
    if structure.lumped:
        m = n_pump * p["m_facility_nominal"] * (1.0 - f["pump_wear"])
        return Pumped(m, m * (1.0 - f["bypass_leak"]), SX(0.0), P, None)
    n_water = n_pump * (1.0 - f["pump_wear"])
    valves = held(model, "unit_valve", UNIT_VALVE_START, "own water valve", structure.cdus)
    circuit = Circuit(p["head_droop"], p["mains_share"], p["valve_authority"])
    k = conductance(valves.x, circuit)
    # A state, because water has inertia, and because each unit's flow then depends on its own
    # valve and on one number that all share: the Jacobian stays sparse.
    text = "root of the pressure over the units, of nominal"
    root = lagged(model, "mains.root", n_water * pull(k, circuit), p["tau_mains"], 0.6, text)
    branches = root * k / structure.cdus
    m = ca.sum1(branches)
    # at steady speed this is shutoff + (1 - shutoff) flow/speed, times the cube of the speed
    lifted = p["shutoff_power"] * n_pump + (1.0 - p["shutoff_power"]) * m
    return Pumped(
        m * p["m_facility_nominal"],
        branches * p["m_facility_nominal"] * (1.0 - f["bypass_leak"]),
        p["dp_pump_nominal"] * head(n_water, m, circuit),
        p["P_pump_nominal"] * n_pump * n_pump * lifted,
        valves,
    )


def _mixing_valve(model: Model, p: dict[str, SX], T_supply: SX) -> SX:
    """Share [-] of the facility flow that comes from the tank; the rest is return water."""
    valve = held(model, "mixing_valve", MIXING_START, "three-way valve, open to the tank")
    tuning = Tuning(p["mixing_gain"], p["mixing_integral"], p["tau_mixing"])
    hold(model, valve, T_supply - p["T_supply_set"], tuning)
    return valve.x
