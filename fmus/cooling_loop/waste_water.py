"""Purified waste water that warms the loop for the heat pump: from the tank's bottom to its top."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.control import Tuning, held, hold
from fmus.physics.exchanger import counterflow, series
from fmus.physics.machine import shaft_power
from fmus.physics.smooth import film
from fmus.physics.volume import Volume, heat, meter, volume
from fmus.physics.water import CP_WATER, RHO_COOLING, kelvin

START = kelvin(12.0)
_GAIN_K = 0.5
"""Waste water must be so much warmer than the tank's bottom to be worth pumping (assumed) [K]."""


@dataclass(frozen=True, eq=False)
class WasteWater:
    """Loop water through it [kg/s] and its outlet [K], power of both pumps [W]."""

    m: SX
    T_outlet: SX
    P: SX
    stores: tuple[Volume, ...]


NONE = WasteWater(SX(0.0), SX(0.0), SX(0.0), ())


def waste_water(
    model: Model, p: dict[str, SX], f: dict[str, SX], u: dict[str, SX], T_top: SX, T_bottom: SX
) -> WasteWater:
    """Counterflow exchanger whose pumps keep the tank's top at `T_waste_set`, if they can.

    Both pumps run at one speed x: the loop's gives x m_waste_nominal, the other takes the share
    x of the waste water that there is. They stop where the waste water would cool the loop.
    """
    pumps = held(model, "waste_pumps", 0.1, "pumps of the waste-water exchanger")
    wanted = ca.fmin(p["T_waste_set"] - T_top, u["T_waste_water"] - T_bottom - _GAIN_K)
    hold(model, pumps, wanted, Tuning(p["waste_gain"], p["waste_integral"], p["tau_waste_pump"]))
    m_waste = pumps.x * ca.fmax(u["m_waste_water"], 0.0)
    m = pumps.x * p["m_waste_nominal"]
    C = RHO_COOLING * CP_WATER * p["V_waste_exchanger"]
    loop = volume(model, "waste_exchanger.T", C, START, "loop water leaving, warmed")
    waste = volume(model, "waste_exchanger.T_waste", C, START, "waste water leaving, cooled")
    films = film(pumps.x, 0.8), film(m_waste / p["m_waste_nominal"], 0.8)
    UA = (1.0 - f["waste_water_fouling"]) * series(p["UA_waste"], *films)
    Q = counterflow(UA, CP_WATER * m_waste, CP_WATER * m) * (u["T_waste_water"] - T_bottom)
    given = CP_WATER * m_waste * (u["T_waste_water"] - waste.T)
    heat(model, loop, Q - CP_WATER * m * (loop.T - T_bottom))
    heat(model, waste, given - Q)
    model.output("Q_waste_water", given, "W", "heat that the waste water gives")
    model.output("m_waste_taken", m_waste, "kg/s", "waste water through the exchanger")
    model.output("T_waste_out", waste.T, "K", "waste water leaving the exchanger")
    meter(model, "E_waste_water", given, "heat from purified waste water")
    return WasteWater(m, loop.T, shaft_power(p["P_waste_pump_nominal"], pumps.x), (loop, waste))
