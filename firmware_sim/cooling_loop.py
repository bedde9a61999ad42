"""Cooling-loop program: pump on the return, dry-cooler valve on the supply, fan on the outlet.

A loop whose sensor is lost goes to full cooling, and so does everything when the heartbeat
stops, when the facility or the coolant water gets too hot, and when nobody knows how warm the
coolant is: servers are protected, energy is not. By hand goes before a lost sensor, and nothing
goes before "not enabled".
"""

from typing import Final, NamedTuple

from firmware_sim.control import Loop, Tuning, hysteresis, on_delay, pi, take_over, too_high
from firmware_sim.program import Orders, Program, Result, State

FULL: Final = Loop(1.0, 1.0)
REST: Final = Loop(0.0, 0.0)
FAN_STARTS_AT, FAN_STOPS_AT = 0.05, 0.02
"""Valve opening above which the fan may run, and below which it stops [-]."""
COOL_AGAIN_K = 3.0
"""How far below its limit a temperature must fall before the protection lets go [K]."""
HOTTEST: Final = 110.0
"""Above it a reading of protected water is a broken wire, up to it the water is hot [degC]."""


class Sensors(NamedTuple):
    """Measured values: P_it [kW], temperatures [degC], m_facility [kg/s]."""

    P_it: float | None
    T_supply: float | None
    T_return: float | None
    T_coolant_supply: float | None
    T_source: float | None
    T_dry_cooler: float | None
    m_facility: float | None


class Settings(NamedTuple):
    """Set-points [degC], minimum speed [-], tunings, limits [degC], flow proof, manual values."""

    T_return_sp: float
    T_supply_sp: float
    T_dry_cooler_sp: float
    u_pump_min: float
    pump_gain: float
    pump_integral: float
    valve_gain: float
    valve_integral: float
    fan_gain: float
    fan_integral: float
    u_rate: float
    T_supply_limit: float
    T_coolant_limit: float
    m_min: float
    flow_time: float
    u_pump_manual: float
    u_valve_manual: float
    u_fan_manual: float


class Outputs(NamedTuple):
    """Commands [-] and where the sequence is."""

    u_pump: float
    u_valve: float
    u_fan: float
    state: State


class Alarms(NamedTuple):
    """Facility or coolant water above its limit; pump commanded and no flow."""

    high_temperature: bool
    low_flow: bool


class Memory(NamedTuple):
    """What the program carries from scan to scan."""

    state: State
    pump: Loop
    valve: Loop
    fan: Loop
    hot_supply: bool
    hot_coolant: bool
    fan_on: bool
    no_flow_s: float


def begin() -> Memory:
    """Everything at rest."""
    return Memory(State.STOPPED, REST, REST, REST, False, False, False, 0.0)


def step(
    memory: Memory, x: Sensors, s: Settings, orders: Orders, dt_s: float
) -> tuple[Memory, Result]:
    """One scan: protections first, then the sequence, then the loops."""
    hot_supply = too_high(memory.hot_supply, x.T_supply, s.T_supply_limit, COOL_AGAIN_K)
    hot_coolant = too_high(memory.hot_coolant, x.T_coolant_supply, s.T_coolant_limit, COOL_AGAIN_K)
    hot = hot_supply or hot_coolant
    no_flow = x.m_facility is not None and x.m_facility < s.m_min and memory.pump.output > 0.0
    no_flow_s, low_flow = on_delay(memory.no_flow_s, no_flow, s.flow_time, dt_s)
    state = _sequence(memory.state, x, s, orders, hot)
    blind = x.T_coolant_supply is None and not orders.manual
    pump, valve, fan, fan_on = memory.pump, memory.valve, memory.fan, memory.fan_on
    if state is State.STOPPED:
        pump = valve = fan = REST
    elif state is State.COMM_LOST or state is State.LIMITED or blind:
        pump = valve = fan = FULL
    else:
        fan_on = hysteresis(fan_on, valve.output, FAN_STOPS_AT, FAN_STARTS_AT)
        pump = _cool(
            pump, Tuning(s.pump_gain, s.pump_integral, s.u_rate), x.T_return, s.T_return_sp,
            1.0 if low_flow else s.u_pump_min, 1.0, orders.manual, s.u_pump_manual, dt_s,
        )  # fmt: skip
        valve = _cool(
            valve, Tuning(s.valve_gain, s.valve_integral, s.u_rate), x.T_supply, s.T_supply_sp,
            0.0, 1.0, orders.manual, s.u_valve_manual, dt_s,
        )  # fmt: skip
        fan = _cool(
            fan, Tuning(s.fan_gain, s.fan_integral, s.u_rate), x.T_dry_cooler, s.T_dry_cooler_sp,
            0.0, 1.0 if fan_on else 0.0, orders.manual, s.u_fan_manual, dt_s,
        )  # fmt: skip
    memory = Memory(state, pump, valve, fan, hot_supply, hot_coolant, fan_on, no_flow_s)
    outputs = Outputs(pump.output, valve.output, fan.output, state)
    return memory, Result(outputs, Alarms(hot, low_flow))


def _sequence(before: State, x: Sensors, s: Settings, orders: Orders, hot: bool) -> State:
    if not orders.enable:  # first: what is out for maintenance must not turn when unplugged
        return State.STOPPED
    if orders.lost:
        return State.COMM_LOST
    if hot:
        return State.LIMITED
    if before in (State.STOPPED, State.STARTING) and x.m_facility is not None:
        return State.RUNNING if x.m_facility >= s.m_min else State.STARTING
    if x.T_coolant_supply is None:
        return State.FAILSAFE
    if x.T_return is None or x.T_supply is None or x.T_dry_cooler is None:
        return State.FAILSAFE
    return State.RUNNING


def _cool(
    loop: Loop, tuning: Tuning, measured: float | None, setpoint: float,
    low: float, high: float, manual: bool, by_hand: float, dt_s: float,
) -> Loop:  # fmt: skip
    """More output when it is warmer than wanted; all of it when nobody knows how warm it is."""
    if manual:
        error = 0.0 if measured is None else measured - setpoint
        return take_over(tuning, error, by_hand)
    if measured is None:
        return FULL
    return pi(loop, tuning, measured - setpoint, low, high, dt_s)[0]


PROGRAM: Final = Program(
    sensors=Sensors,
    settings=Settings,
    outputs=Outputs._fields,
    alarms=Alarms._fields,
    plausible={
        "P_it": (0.0, 100_000.0),
        "T_supply": (0.0, HOTTEST),
        "T_return": (0.0, 90.0),
        "T_coolant_supply": (0.0, HOTTEST),
        "T_source": (0.0, 90.0),
        "T_dry_cooler": (-40.0, 90.0),
        "m_facility": (-50.0, 10_000.0),
    },
    begin=begin,
    step=step,
    setpoints={
        "u_pump": "T_return_sp",
        "u_valve": "T_supply_sp",
        "u_fan": "T_dry_cooler_sp",
    },
)
