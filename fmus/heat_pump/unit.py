"""One machine: evaporator and condenser around a compressor, with its books."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.heat_pump.on_off import OnOff
from fmus.heat_pump.performance import (
    AREA_PER_KELVIN,
    Conditions,
    Performance,
    Result,
    superheat_extra,
)
from fmus.physics.exchanger import cell
from fmus.physics.smooth import film
from fmus.physics.volume import Volume, heat, volume
from fmus.physics.water import CP_WATER, RHO_COOLING, RHO_HEATING, kelvin

CELLS = 3


@dataclass(frozen=True, eq=False)
class Side:
    """One exchanger: water cells against refrigerant at one temperature."""

    water: Volume
    refrigerant: Volume
    Q_to_refrigerant: SX
    Q_from_stream: SX


@dataclass(frozen=True, eq=False)
class Exchanger:
    """What an exchanger holds, before its balances are written."""

    water: Volume
    refrigerant: Volume


@dataclass(frozen=True, eq=False)
class Water:
    """What flows into a unit: mass flows [kg/s] and temperatures [K]."""

    m_source: SX
    m_sink: SX
    T_source_in: SX
    T_sink_in: SX


@dataclass(frozen=True, eq=False)
class Unit:
    """A machine at an instant. `Q_room` [W] is what it loses to the machine room."""

    evaporator: Side
    condenser: Side
    T_head: SX
    result: Result
    Q_room: SX


def exchangers(model: Model, prefix: str, p: dict[str, SX]) -> tuple[Exchanger, Exchanger]:
    """Declare a unit's evaporator and condenser; `machine` writes their balances."""
    evaporator = _exchanger(
        model, f"{prefix}evaporator", RHO_COOLING * p["V_evaporator"], p["C_evaporator"], (30, 26)
    )
    condenser = _exchanger(
        model, f"{prefix}condenser", RHO_HEATING * p["V_condenser"], p["C_condenser"], (75, 80)
    )
    return evaporator, condenser


def _exchanger(
    model: Model, name: str, mass: SX, C_refrigerant: SX, start: tuple[int, int]
) -> Exchanger:
    """Water cells of `mass` [kg] together; `start` [degC] of water and refrigerant."""
    water = volume(
        model, f"{name}.T", mass * CP_WATER / CELLS, kelvin(start[0]), "water", size=CELLS
    )
    refrigerant = volume(
        model, f"{name}.T_saturation", C_refrigerant, kelvin(start[1]), "refrigerant and steel"
    )
    return Exchanger(water, refrigerant)


def machine(
    model: Model,
    held: tuple[Exchanger, Exchanger],
    performance: Performance,
    p: dict[str, SX],
    f: dict[str, SX],
    switch: OnOff,
    n: SX,
    warm: SX,
    water: Water,
) -> Unit:
    """Write the balances of a unit's exchangers around its compressor."""
    evaporator, condenser = _sides(model, held, p, f, water)
    T_e, T_c = evaporator.refrigerant.T, condenser.refrigerant.T
    T_head = performance.T_head(T_c, f["non_condensables"])
    at = Conditions(p, f, n, warm, T_e, T_c, T_head, water.T_source_in, water.T_sink_in)
    result = performance.result(at)
    # standing still, vapour boils off where it is warm and condenses where it is cold
    migration = (1.0 - switch.on) * p["UA_migration"] * ca.fmax(T_c - T_e, 0.0)
    to_room = [p["UA_room"] * (T - p["T_room"]) for T in (T_e, T_c)]
    into_evaporator = evaporator.Q_to_refrigerant + migration - to_room[0]
    heat(model, evaporator.refrigerant, into_evaporator - result.Q_evaporating)
    into_condenser = condenser.Q_to_refrigerant - migration - to_room[1]
    heat(model, condenser.refrigerant, into_condenser + result.Q_condensing)
    return Unit(evaporator, condenser, T_head, result, to_room[0] + to_room[1] + result.Q_room)


def _sides(
    model: Model,
    held: tuple[Exchanger, Exchanger],
    p: dict[str, SX],
    f: dict[str, SX],
    water: Water,
) -> tuple[Side, Side]:
    health = (1.0 - f["evaporator_fouling"]) * (1.0 - 0.5 * f["undercharge"])
    health *= ca.exp(-AREA_PER_KELVIN * superheat_extra(f))
    UA_e = p["UA_evaporator"] * health * film(water.m_source / p["m_source_nominal"], 0.8)
    UA_c = p["UA_condenser"] * (1.0 - f["condenser_fouling"])
    UA_c = UA_c * film(water.m_sink / p["m_sink_nominal"], 0.8)
    evaporator = _side(model, held[0], water.m_source, water.T_source_in, UA_e)
    return evaporator, _side(model, held[1], water.m_sink, water.T_sink_in, UA_c)


def _side(model: Model, held: Exchanger, m: SX, T_in: SX, UA: SX) -> Side:
    """Water cells in series against refrigerant; `machine` writes the refrigerant's balance."""
    water, refrigerant = held.water, held.refrigerant
    C = CP_WATER * m
    exchange = cell(UA / CELLS, C) * (water.T - refrigerant.T)
    heat(model, water, C * (ca.vertcat(T_in, water.T[:-1]) - water.T) - exchange)
    return Side(water, refrigerant, ca.sum1(exchange), C * (T_in - water.T[-1]))
