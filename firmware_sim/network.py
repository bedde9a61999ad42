"""Network program: main pump on the worst consumer's differential pressure, boiler on the curve.

Supply set-point from the weather curve; the heat pump comes first, the peak boiler adds what
is missing, and never without flow. When the heartbeat stops, the pump keeps a safe speed
and the boiler goes out. By hand goes before a lost sensor of the pump, and nothing goes before
"not enabled". A boiler that was put out waits before it is lit again, by hand as well.
"""

from typing import Final, NamedTuple

from firmware_sim.control import Loop, Tuning, curve, on_delay, pi, ramp, take_over, too_high
from firmware_sim.program import Orders, Program, Result, State

REST: Final = Loop(0.0, 0.0)
COOL_AGAIN_K = 3.0
"""How far below its limit the supply must fall before the boiler may burn again [K]."""


class Sensors(NamedTuple):
    """Measured values: temperatures [degC], m_network [kg/s], dp [kPa], Q_delivered [kW]."""

    T_plant: float | None
    T_supply: float | None
    T_return: float | None
    T_consumer: float | None
    T_outdoor: float | None
    m_network: float | None
    dp_consumer: float | None
    Q_delivered: float | None


class Settings(NamedTuple):
    """Weather curves [degC] and [-], dp_sp [kPa], tunings, boiler limits, times [s]."""

    T_outdoor_warm: float
    T_supply_warm: float
    T_outdoor_cold: float
    T_supply_cold: float
    T_supply_max: float
    T_supply_limit: float
    T_outdoor_fallback: float
    dp_sp: float
    u_pump_warm: float
    u_pump_cold: float
    u_pump_failsafe: float
    u_boiler_min: float
    u_boiler_max: float
    pump_gain: float
    pump_integral: float
    pump_rate: float
    boiler_gain: float
    boiler_integral: float
    boiler_rate: float
    boiler_band: float
    boiler_on_time: float
    boiler_off_time: float
    m_min: float
    flow_time: float
    u_pump_manual: float
    u_boiler_manual: float


class Outputs(NamedTuple):
    """Commands [-], where the sequence is, the supply set-point in force [degC]."""

    u_pump: float
    u_boiler: float
    state: State
    T_supply_sp: float


class Alarms(NamedTuple):
    """Pump commanded and no flow; supply above its limit; both put the boiler out."""

    low_flow: bool
    high_supply: bool


class Boiler(NamedTuple):
    """The burner: its loop, whether it is lit, and how long the change has been due [s].

    `put_out`: by an interlock, and not back since at what its loop or hand wants.
    """

    loop: Loop
    lit: bool
    due_s: float
    put_out: bool


class Memory(NamedTuple):
    """What the program carries from scan to scan."""

    state: State
    pump: Loop
    boiler: Boiler
    no_flow_s: float
    hot: bool


OUT: Final = Boiler(REST, False, 0.0, False)


def begin() -> Memory:
    """At rest."""
    return Memory(State.STOPPED, REST, OUT, 0.0, False)


def step(
    memory: Memory, x: Sensors, s: Settings, orders: Orders, dt_s: float
) -> tuple[Memory, Result]:
    """One scan: interlocks, sequence, pump, boiler."""
    T_outdoor = s.T_outdoor_fallback if x.T_outdoor is None else x.T_outdoor
    T_supply_sp = supply_setpoint(T_outdoor, s)
    flow = x.m_network is not None and x.m_network >= s.m_min
    no_flow = x.m_network is not None and not flow and memory.pump.output > 0.0
    no_flow_s, low_flow = on_delay(memory.no_flow_s, no_flow, s.flow_time, dt_s)
    high_supply = too_high(memory.hot, x.T_supply, s.T_supply_limit, COOL_AGAIN_K)
    state = _sequence(memory.state, x, orders, flow, low_flow or high_supply)
    pump = _pump(memory.pump, state, x, T_outdoor, s, orders.manual, dt_s)
    before = memory.boiler
    put_out = state is not State.STOPPED and (before.lit or before.put_out)
    boiler = Boiler(REST, False, 0.0, put_out)
    if state is State.RUNNING and x.T_supply is not None:
        error = T_supply_sp - x.T_supply
        boiler = _boiler(before, error, orders.manual, s, dt_s)
    memory = Memory(state, pump, boiler, no_flow_s, high_supply)
    outputs = Outputs(pump.output, boiler.loop.output, state, T_supply_sp)
    return memory, Result(outputs, Alarms(low_flow, high_supply))


def supply_setpoint(T_outdoor: float, s: Settings) -> float:
    """Supply temperature from the weather curve, capped [degC]."""
    line = ((s.T_outdoor_cold, s.T_supply_cold), (s.T_outdoor_warm, s.T_supply_warm))
    return min(s.T_supply_max, curve(line, T_outdoor))


def _sequence(before: State, x: Sensors, orders: Orders, flow: bool, blocked: bool) -> State:
    if not orders.enable:  # first: what is out for maintenance must not turn when unplugged
        return State.STOPPED
    if orders.lost:
        return State.COMM_LOST
    if x.T_supply is None or x.dp_consumer is None or x.m_network is None:
        return State.FAILSAFE
    if blocked:
        return State.LIMITED
    if before in (State.STOPPED, State.STARTING) and not flow:
        return State.STARTING
    return State.RUNNING


def _pump(
    before: Loop, state: State, x: Sensors, T_outdoor: float, s: Settings, manual: bool, dt_s: float
) -> Loop:
    """Differential pressure of the farthest consumer, not below the minimum of the weather."""
    tuning = Tuning(s.pump_gain, s.pump_integral, s.pump_rate)
    if state is State.STOPPED:
        return REST
    if state is State.COMM_LOST or (x.dp_consumer is None and not manual):
        speed = ramp(before.output, s.u_pump_failsafe, s.pump_rate, dt_s)
        return Loop(speed, speed)
    error = 0.0 if x.dp_consumer is None else s.dp_sp - x.dp_consumer
    if manual:
        return take_over(tuning, error, s.u_pump_manual)
    line = ((s.T_outdoor_cold, s.u_pump_cold), (s.T_outdoor_warm, s.u_pump_warm))
    return pi(before, tuning, error, curve(line, T_outdoor), 1.0, dt_s)[0]


def _boiler(before: Boiler, error: float, manual: bool, s: Settings, dt_s: float) -> Boiler:
    """Burner lit when the supply stays too cold, out when it stays too warm at minimum fire."""
    tuning = Tuning(s.boiler_gain, s.boiler_integral, s.boiler_rate)
    by_hand = s.u_boiler_manual
    if not before.lit and (before.put_out or not manual):
        wanted = by_hand > 0.0 if manual else error > s.boiler_band
        due_s, lit = on_delay(before.due_s, wanted, s.boiler_on_time, dt_s)
        return Boiler(REST, lit, 0.0 if lit else due_s, before.put_out)
    if manual:
        # after an interlock no jump to what somebody set before it
        fire = min(by_hand, before.loop.output + s.boiler_rate * dt_s)
        fire = fire if before.put_out else by_hand
        return Boiler(take_over(tuning, error, fire), fire > 0.0, 0.0, fire < by_hand)
    at_minimum = before.loop.output <= s.u_boiler_min
    too_warm = at_minimum and error < -s.boiler_band
    due_s, out = on_delay(before.due_s, too_warm, s.boiler_off_time, dt_s)
    if out:
        return OUT
    loop = pi(before.loop, tuning, error, s.u_boiler_min, s.u_boiler_max, dt_s)[0]
    return Boiler(loop, True, due_s, False)


PROGRAM: Final = Program(
    sensors=Sensors,
    settings=Settings,
    outputs=Outputs._fields,
    alarms=Alarms._fields,
    plausible={
        "T_plant": (0.0, 140.0),
        "T_supply": (0.0, 150.0),
        "T_return": (0.0, 120.0),
        "T_consumer": (0.0, 150.0),
        "T_outdoor": (-60.0, 60.0),
        "m_network": (-100.0, 10_000.0),
        "dp_consumer": (-500.0, 2000.0),
        "Q_delivered": (-1000.0, 1_000_000.0),
    },
    begin=begin,
    step=step,
    setpoints={"u_pump": "dp_sp"},
)
