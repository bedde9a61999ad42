"""What the heat-pump program reads, is set to and puts out: names are points of its map."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from firmware_sim.program import State


class Sensors(NamedTuple):
    """Measured values: temperatures [degC], mass flows [kg/s], P_electric [kW]."""

    T_source_in: float | None
    T_source_out: float | None
    T_sink_in: float | None
    T_sink_out: float | None
    T_evaporating: float | None
    T_condensing: float | None
    T_outdoor: float | None
    m_source: float | None
    m_sink: float | None
    P_electric: float | None


PLAUSIBLE: Final[Mapping[str, tuple[float, float]]] = {
    "T_source_in": (0.0, 90.0),
    "T_source_out": (-10.0, 90.0),
    "T_sink_in": (0.0, 110.0),
    "T_sink_out": (0.0, 130.0),
    "T_evaporating": (-40.0, 90.0),
    "T_condensing": (-20.0, 140.0),
    "T_outdoor": (-60.0, 60.0),
    "m_source": (-50.0, 10_000.0),
    "m_sink": (-50.0, 10_000.0),
    "P_electric": (-1000.0, 200_000.0),
}


class Known(NamedTuple):
    """The readings that the heat pump cannot run without, all of them there."""

    T_source_in: float
    T_source_out: float
    T_sink_in: float
    T_sink_out: float
    T_evaporating: float
    T_condensing: float
    m_source: float
    m_sink: float


def known(x: Sensors) -> Known | None:
    """The readings, or None when one of those that are needed is not credible."""
    if (
        x.T_source_in is None
        or x.T_source_out is None
        or x.T_sink_in is None
        or x.T_sink_out is None
        or x.T_evaporating is None
        or x.T_condensing is None
        or x.m_source is None
        or x.m_sink is None
    ):
        return None
    return Known(
        x.T_source_in,
        x.T_source_out,
        x.T_sink_in,
        x.T_sink_out,
        x.T_evaporating,
        x.T_condensing,
        x.m_source,
        x.m_sink,
    )


class Settings(NamedTuple):
    """Temperatures [degC], dT_source [K], tunings, least flow [kg/s] and power [kW], times [s]."""

    T_outdoor_warm: float
    T_sink_warm: float
    T_outdoor_cold: float
    T_sink_cold: float
    T_sink_max: float
    T_source_min: float
    T_source_start: float
    T_source_stop: float
    T_evaporating_min: float
    T_evaporating_trip: float
    T_condensing_max: float
    T_condensing_trip: float
    dT_source: float
    u_compressor_min: float
    u_source_pump_min: float
    sink_gain: float
    sink_integral: float
    source_gain: float
    source_integral: float
    pressure_gain: float
    pressure_integral: float
    pump_gain: float
    pump_integral: float
    compressor_rate: float
    pump_rate: float
    m_source_min: float
    m_sink_min: float
    P_running: float
    lead_time: float
    minimum_time: float
    overrun_time: float
    min_on_time: float
    min_off_time: float
    idle_time: float
    flow_time: float
    start_time: float
    condensing_trip_time: float
    evaporating_trip_time: float


class Outputs(NamedTuple):
    """Commands [-], where the sequence is, the set-point in force [degC], who holds it back."""

    u_run: float
    u_compressor: float
    u_source_pump: float
    state: State
    T_sink_sp: float
    limiter: int


class Alarms(NamedTuple):
    """Latched trips, then conditions of the moment."""

    high_condensing: bool
    low_evaporating: bool
    no_flow: bool
    no_start: bool
    source_cold: bool
