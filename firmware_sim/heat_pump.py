"""Heat-pump program: sequence, interlocks and trips around the capacity control.

Source pump → proof of flow on both sides → compressor at its minimum → proof that it draws
power → capacity loop; stops run the source pump on. A start waits for the minimum off time,
an orderly stop for the minimum on time; a lost heartbeat, sensor or flow and a trip stop at
once.
"""

from typing import Final, NamedTuple

from firmware_sim.control import Loop, on_delay, ramp
from firmware_sim.heat_pump_capacity import (
    OFF,
    Compressor,
    Limiter,
    modulate,
    sink_setpoint,
    source_flow,
)
from firmware_sim.heat_pump_points import (
    PLAUSIBLE,
    Alarms,
    Known,
    Outputs,
    Sensors,
    Settings,
    known,
)
from firmware_sim.program import Orders, Program, Result, State

REST: Final = Loop(0.0, 0.0)
ON: Final = (State.MINIMUM, State.RUNNING, State.LIMITED)
"""States in which the compressor runs."""
SINK_COOL_K: Final = 5.0
"""How far below the set-point the sink must come in before a start is worth it [K]."""


class Timers(NamedTuple):
    """All [s]: in this state, since the compressor switched, conditions of flow and trips."""

    state: float
    switched: float
    no_flow: float
    no_power: float
    high_condensing: float
    low_evaporating: float


class Memory(NamedTuple):
    """What the program carries from scan to scan.

    `started`: the compressor has run since power-up; only then is a minimum off time due.
    """

    state: State
    started: bool
    compressor: Compressor
    source_pump: Loop
    timers: Timers
    alarms: Alarms


def begin() -> Memory:
    """At rest, never started."""
    timers = Timers(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    alarms = Alarms(False, False, False, False, False)
    return Memory(State.STOPPED, False, OFF, REST, timers, alarms)


def trip(memory: Memory) -> Memory:
    """The high-pressure switch has opened: latched, as the program's own condensing trip is."""
    return memory._replace(alarms=memory.alarms._replace(high_condensing=True))


def step(
    memory: Memory, x: Sensors, s: Settings, orders: Orders, dt_s: float
) -> tuple[Memory, Result]:
    """One scan: trips, sequence, then compressor and source pump as the state wants them."""
    k = known(x)
    setpoint = sink_setpoint(x.T_outdoor, s)
    alarms, timers = _alarms(memory, k, x.P_electric, s, orders, dt_s)
    state = _sequence(memory, k, setpoint, alarms, s, orders)
    was_on, on = memory.state in ON, state in ON
    compressor = OFF
    if on and k is not None:
        high = 1.0 if state is not State.MINIMUM and orders.enable else s.u_compressor_min
        compressor = modulate(memory.compressor, k, setpoint, high, s, dt_s)
        if state is not State.MINIMUM:
            free = compressor.limiter is Limiter.NONE
            state = State.RUNNING if free else State.LIMITED
    timers = Timers(
        timers.state + dt_s if state is memory.state else 0.0,
        timers.switched + dt_s if on == was_on else 0.0,
        timers.no_flow,
        timers.no_power,
        timers.high_condensing,
        timers.low_evaporating,
    )
    started = memory.started or on
    pump = _source_pump(memory.source_pump, state, started, timers, k, s, dt_s)
    outputs = Outputs(
        1.0 if on else 0.0, compressor.output, pump.output, state, setpoint, compressor.limiter
    )
    memory = Memory(state, started, compressor, pump, timers, alarms)
    return memory, Result(outputs, alarms)


def _alarms(
    memory: Memory, k: Known | None, power: float | None, s: Settings, orders: Orders, dt_s: float
) -> tuple[Alarms, Timers]:
    before, timers = memory.alarms, memory.timers
    on = memory.state in ON
    flow_due = on or (memory.state is State.STARTING and timers.state >= s.lead_time)
    missing = flow_due and k is not None and not _flows(k, s)
    no_flow_s, no_flow = on_delay(timers.no_flow, missing, s.flow_time, dt_s)
    missing = on and power is not None and power < s.P_running
    no_power_s, no_start = on_delay(timers.no_power, missing, s.start_time, dt_s)
    high = k is not None and k.T_condensing > s.T_condensing_trip
    high_s, high = on_delay(timers.high_condensing, high, s.condensing_trip_time, dt_s)
    low = on and k is not None and k.T_evaporating < s.T_evaporating_trip
    low_s, low = on_delay(timers.low_evaporating, low, s.evaporating_trip_time, dt_s)
    hold = not orders.reset
    alarms = Alarms(
        high or (before.high_condensing and hold),
        low or (before.low_evaporating and hold),
        # what stopped it is shown until it runs again: a master that asks seldom must see it
        no_flow or (before.no_flow and not on and hold),
        no_start,
        k is not None and k.T_source_in < s.T_source_stop,
    )
    return alarms, Timers(timers.state, timers.switched, no_flow_s, no_power_s, high_s, low_s)


def _sequence(
    memory: Memory, k: Known | None, setpoint: float, alarms: Alarms, s: Settings, orders: Orders
) -> State:
    if alarms.high_condensing or alarms.low_evaporating:
        return State.TRIPPED
    state, timers = memory.state, memory.timers
    if orders.lost and (orders.enable or state in ON):
        return State.COMM_LOST
    if k is None:
        return State.FAILSAFE if orders.enable or state in ON else State.STOPPED
    if state in ON:
        return _running(memory, alarms, s, orders)
    if state is State.STOPPING and timers.state < s.overrun_time:
        return State.STOPPING
    if not orders.enable:
        return State.STOPPED
    rested = not memory.started or timers.switched >= s.min_off_time
    if not rested or not _worth_it(state, k, setpoint, s):
        return State.WAITING
    if state is State.STARTING and timers.state >= s.lead_time and _flows(k, s):
        return State.MINIMUM
    return State.STARTING


def _running(memory: Memory, alarms: Alarms, s: Settings, orders: Orders) -> State:
    state, timers = memory.state, memory.timers
    if alarms.no_flow or alarms.source_cold:
        return State.STOPPING
    unwanted = not orders.enable or memory.compressor.idle_s >= s.idle_time
    if unwanted and timers.switched >= s.min_on_time:
        return State.STOPPING
    if timers.no_power >= s.flow_time:  # the unit protects itself, or its contactor is open
        return State.MINIMUM
    if state is State.MINIMUM and (timers.state < s.minimum_time or timers.no_power > 0.0):
        return State.MINIMUM
    return State.RUNNING


def _worth_it(state: State, k: Known, setpoint: float, s: Settings) -> bool:
    """Whether there is heat to take and room to give it; a start under way asks for less."""
    source_enough = s.T_source_min if state is State.STARTING else s.T_source_start
    return k.T_source_in >= source_enough and k.T_sink_in <= setpoint - SINK_COOL_K


def _flows(k: Known, s: Settings) -> bool:
    return k.m_source >= s.m_source_min and k.m_sink >= s.m_sink_min


def _source_pump(
    before: Loop, state: State, started: bool, timers: Timers, k: Known | None,
    s: Settings, dt_s: float,
) -> Loop:  # fmt: skip
    """Modulating while the compressor runs, at its minimum before and after, else at rest."""
    if state in ON and k is not None:
        return source_flow(before, k, s, dt_s)
    least = s.u_source_pump_min
    overrun = started and timers.switched < s.overrun_time
    if state is State.STARTING or overrun:
        speed = ramp(before.output, least, s.pump_rate, dt_s)
        return Loop(speed, speed)
    return REST


PROGRAM: Final = Program(
    sensors=Sensors,
    settings=Settings,
    outputs=Outputs._fields,
    alarms=Alarms._fields,
    plausible=PLAUSIBLE,
    begin=begin,
    step=step,
    trip=trip,
)
