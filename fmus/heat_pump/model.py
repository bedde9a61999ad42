"""Water-to-water heat pump: two saturation temperatures, Carnot-efficiency map, on/off timers."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.declare import Row, faults, parameters
from fmus.physics.exchanger import cell
from fmus.physics.machine import lagged, shaft_power, speed
from fmus.physics.smooth import at_least, film, fraction
from fmus.physics.volume import Volume, heat, meter, stored_output, volume
from fmus.physics.water import CP_WATER, RHO_COOLING, RHO_HEATING, kelvin

PARAMETERS = (
    Row("Q_evaporator_nominal", 2.541e6, "W", "cooling capacity at the design point", 1.0),
    Row("T_evaporating_nominal", kelvin(26.0), "K", "evaporation, design point", 240.0, 320.0),
    Row("T_condensing_nominal", kelvin(88.0), "K", "condensation, design point", 321.0, 420.0),
    Row("eta_carnot", 0.588, "-", "share of Carnot at the design point", 0.0, 1.0),
    Row("eta_part_load", 0.3, "-", "share of eta lost towards zero speed", 0.0, 1.0),
    Row("eta_lift", 0.25, "-", "share of eta lost at twice or none of the design lift", 0.0, 1.0),
    Row("capacity_evaporating", 0.030, "1/K", "capacity gained a kelvin of evaporation"),
    Row("capacity_condensing", 0.010, "1/K", "capacity lost a kelvin of condensation"),
    Row("P_motor", 1.35e6, "W", "power at which the motor's limit holds the compressor", 1.0),
    Row("n_min", 0.2, "-", "slowest compressor speed", 0.0, 1.0),
    Row("tau_compressor", 15.0, "s", "compressor, speed lag", 0.1),
    Row("min_on_s", 600.0, "s", "shortest time on"),
    Row("min_off_s", 300.0, "s", "shortest time off"),
    Row("UA_evaporator", 349e3, "W/K", "evaporator at nominal flow"),
    Row("UA_condenser", 239.5e3, "W/K", "condenser at nominal flow"),
    Row("C_evaporator", 5e6, "J/K", "evaporator steel and refrigerant", 1.0),
    Row("C_condenser", 5e6, "J/K", "condenser steel and refrigerant", 1.0),
    Row("V_evaporator", 1.5, "m3", "water in the evaporator", 1e-3),
    Row("V_condenser", 1.5, "m3", "water in the condenser", 1e-3),
    Row("m_source_nominal", 76.0, "kg/s", "source flow at full pump speed", 1e-3),
    Row("m_sink_nominal", 21.5, "kg/s", "sink flow of the design point", 1e-3),
    Row("P_pump_nominal", 15e3, "W", "source pump at full speed"),
    Row("tau_pump", 5.0, "s", "source pump, speed lag", 0.1),
)

FAULTS = (
    ("condenser_fouling", "share of the condenser's UA that is lost"),
    ("evaporator_fouling", "share of the evaporator's UA that is lost"),
    ("compressor_wear", "share of the compressor's efficiency that is lost"),
    ("undercharge", "share of the capacity that is lost for want of refrigerant"),
)

CELLS = 3
T_CONDENSING_LIMIT = kelvin(99.0)
"""The unit's own pressure limiter unloads it over the last 3 K before it [K]."""
T_EVAPORATING_LIMIT = kelvin(0.0)
"""The unit's own frost limiter unloads it over the last 3 K before it [K]."""
SOFT_LIFT = 10.0
"""Below about this lift [K] the map stops gaining from a smaller one."""


@dataclass(frozen=True, eq=False)
class _Side:
    """One exchanger: water cells against refrigerant at one temperature."""

    water: Volume
    refrigerant: Volume
    Q_to_refrigerant: SX
    Q_from_stream: SX


def build() -> Model:
    """The model, ready to be exported: inputs, outputs and faults are listed in README.md."""
    model = Model("HeatPump", "Water-to-water heat pump with Carnot-efficiency map")
    T_source_in = model.input("T_source_in", kelvin(38.0), "K", "source water in")
    T_sink_in = model.input("T_sink_in", kelvin(45.0), "K", "sink water in")
    m_sink = model.input("m_sink", 21.5, "kg/s", "sink water flow", min=0.0)
    u_run = model.input("u_run", 1.0, "-", "above 0.5 run, below 0.4 stop", min=0.0, max=1.0)
    u_compressor = model.input("u_compressor", 0.9, "-", "compressor speed", min=0.0, max=1.0)
    u_source_pump = model.input("u_source_pump", 0.9, "-", "source pump speed", min=0.0, max=1.0)
    p, f = parameters(model, PARAMETERS), faults(model, FAULTS)

    running = _on_off(model, p, u_run)
    target = running * ca.fmax(fraction(u_compressor), p["n_min"])
    n = lagged(model, "compressor.n", target, p["tau_compressor"], 0.9, "relative speed")
    n_pump = speed(model, "pump.n", u_source_pump, p["tau_pump"], 0.9)
    m_source = n_pump * p["m_source_nominal"]
    m_sink = ca.fmax(m_sink, 0.0)

    evaporator_health = (1.0 - f["evaporator_fouling"]) * (1.0 - 0.5 * f["undercharge"])
    UA_e = p["UA_evaporator"] * evaporator_health * film(m_source / p["m_source_nominal"], 0.8)
    C_water_e = RHO_COOLING * CP_WATER * p["V_evaporator"] / CELLS
    evaporator = _side(
        model, "evaporator", m_source, T_source_in, UA_e, C_water_e, p["C_evaporator"], (30.0, 26.0)
    )
    condenser_health = 1.0 - f["condenser_fouling"]
    UA_c = p["UA_condenser"] * condenser_health * film(m_sink / p["m_sink_nominal"], 0.8)
    C_water_c = RHO_HEATING * CP_WATER * p["V_condenser"] / CELLS
    condenser = _side(
        model, "condenser", m_sink, T_sink_in, UA_c, C_water_c, p["C_condenser"], (75.0, 80.0)
    )

    T_e, T_c = evaporator.refrigerant.T, condenser.refrigerant.T
    cop = _cop(p, T_e, T_c, n) * (1.0 - f["compressor_wear"])
    cop = at_least(cop, 1.3, 0.05)
    Q_refrigerant = _capacity(p, T_e, T_c, n) * (1.0 - f["undercharge"])
    Q_refrigerant = ca.fmin(Q_refrigerant, p["P_motor"] * (cop - 1.0))
    P_electric = Q_refrigerant / (cop - 1.0)
    heat(model, evaporator.refrigerant, evaporator.Q_to_refrigerant - Q_refrigerant)
    heat(model, condenser.refrigerant, Q_refrigerant + P_electric + condenser.Q_to_refrigerant)

    Q_evaporator, Q_condenser = evaporator.Q_from_stream, -condenser.Q_from_stream
    P_auxiliary = shaft_power(p["P_pump_nominal"], n_pump)
    out = model.output
    out("T_source_out", evaporator.water.T[-1], "K", "source water out")
    out("T_sink_out", condenser.water.T[-1], "K", "sink water out")
    out("T_evaporating", T_e, "K", "saturation temperature in the evaporator")
    out("T_condensing", T_c, "K", "saturation temperature in the condenser")
    out("m_source", m_source, "kg/s", "source water flow")
    out("P_electric", P_electric, "W", "electric power of the compressor")
    out("P_auxiliary", P_auxiliary, "W", "electric power of the source pump")
    out("Q_condenser", Q_condenser, "W", "heat the sink water takes away")
    out("Q_evaporator", Q_evaporator, "W", "heat the source water brings")
    out("cop", running * cop, "-", "heat to the condenser over compressor power; 0 when off")
    out("running", running, "-", "1 while the compressor is on")
    meter(model, "E_evaporator", Q_evaporator, "heat the source water brought")
    meter(model, "E_condenser", Q_condenser, "heat the sink water took away")
    meter(model, "E_electric", P_electric, "electricity of the compressor")
    meter(model, "E_auxiliary", P_auxiliary, "electricity of the source pump")
    sides = (evaporator, condenser)
    stored_output(model, [s for side in sides for s in (side.water, side.refrigerant)])
    return model


def _on_off(model: Model, p: dict[str, SX], u_run: SX) -> SX:
    """Mode: 1 on, 0 off. Changes on command, once the minimum on or off time has passed."""
    on = model.mode("is_running", 1, "1 while the compressor is on")
    timer = model.state("timer", 3600.0, "s", "time since the last start or stop", nominal=1e3)
    model.der(timer, SX(1.0))
    may_start = ca.logic_and(u_run > 0.5, timer >= p["min_off_s"])
    may_stop = ca.logic_and(u_run < 0.4, timer >= p["min_on_s"])
    becomes = ca.if_else(on > 0.5, ca.if_else(may_stop, 0.0, 1.0), ca.if_else(may_start, 1.0, 0.0))
    late = 1e-7  # the sign changes just after the relation has, or importers miss the event
    crossing = [u_run - 0.5 - late, u_run - 0.4 + late]
    crossing += [timer - p["min_off_s"] - late, timer - p["min_on_s"] - late]
    model.when(on, becomes, crossing)
    model.reinit(timer, ca.if_else(ca.fabs(becomes - on) > 0.5, 0.0, timer))
    return on


def _side(
    model: Model,
    name: str,
    m: SX,
    T_in: SX,
    UA: SX,
    C_cell: SX,
    C_refrigerant: SX,
    start: tuple[float, float],
) -> _Side:
    """Water cells [J/K each] in series against refrigerant; `start` [degC] of water and it.

    The caller writes the refrigerant's balance; the water's stands here.
    """
    water = volume(model, f"{name}.T", C_cell, kelvin(start[0]), "water", size=CELLS)
    refrigerant = volume(
        model, f"{name}.T_saturation", C_refrigerant, kelvin(start[1]), "refrigerant and steel"
    )
    C = CP_WATER * m
    exchange = cell(UA / CELLS, C) * (water.T - refrigerant.T)
    heat(model, water, C * (ca.vertcat(T_in, water.T[:-1]) - water.T) - exchange)
    return _Side(water, refrigerant, ca.sum1(exchange), C * (T_in - water.T[-1]))


def _cop(p: dict[str, SX], T_e: SX, T_c: SX, n: SX) -> SX:
    """COP of heating [-]: eta(lift, speed) T_c / (T_c - T_e)."""
    lift = at_least(T_c - T_e, SOFT_LIFT, SOFT_LIFT)
    off_lift = (T_c - T_e) / (p["T_condensing_nominal"] - p["T_evaporating_nominal"]) - 1.0
    slow = 1.0 - n
    shape = (1.0 - p["eta_part_load"] * slow * slow * slow) * ca.fmax(
        1.0 - p["eta_lift"] * off_lift * off_lift, 0.2
    )
    return p["eta_carnot"] * shape * T_c / lift


def _capacity(p: dict[str, SX], T_e: SX, T_c: SX, n: SX) -> SX:
    """Heat the compressor draws from the evaporator [W]: speed times suction density and so on.

    Exponential in both temperatures (suction density rises, subcooled enthalpy falls); held
    within a factor of e at the warm end, where the suction throttle would act.
    """
    warmer = p["capacity_evaporating"] * (T_e - p["T_evaporating_nominal"])
    hotter = p["capacity_condensing"] * (T_c - p["T_condensing_nominal"])
    unload = fraction((T_CONDENSING_LIMIT - T_c) / 3.0)
    unload *= fraction((T_e - T_EVAPORATING_LIMIT) / 3.0)
    return n * p["Q_evaporator_nominal"] * ca.exp(ca.fmin(warmer - hotter, 1.0)) * unload
