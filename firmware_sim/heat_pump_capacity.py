"""How much the heat pump gives: a capacity loop under three limiters, lowest wins.

Sink outlet temperature at its weather-compensated set-point, source inlet not below its
minimum (the servers may idle), evaporating not below and condensing not above their limits.
Loops that are not in charge follow the output (`control.track`), so that whichever takes
over does so without a bump.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from firmware_sim.control import Loop, Tuning, clamp, curve, pi, propose, ramp, track
from firmware_sim.heat_pump_points import Known, Settings


class Limiter(IntEnum):
    """Which loop holds the compressor; the number is what the `limiter` register holds."""

    NONE = 0
    SOURCE = 1
    EVAPORATING = 2
    CONDENSING = 3


class Compressor(NamedTuple):
    """Output [-], integral parts in the order sink, source, evaporating, condensing [-].

    `idle_s`: how long the loop in charge has asked for less than the minimum [s].
    """

    output: float
    integrals: tuple[float, float, float, float]
    limiter: Limiter
    idle_s: float


OFF: Final = Compressor(0.0, (0.0, 0.0, 0.0, 0.0), Limiter.NONE, 0.0)


def sink_setpoint(T_outdoor: float | None, s: Settings) -> float:
    """Sink outlet set-point from the weather curve [degC]; the maximum when it is not known."""
    if T_outdoor is None:
        return s.T_sink_max
    line = ((s.T_outdoor_cold, s.T_sink_cold), (s.T_outdoor_warm, s.T_sink_warm))
    return min(s.T_sink_max, curve(line, T_outdoor))


def modulate(
    before: Compressor, k: Known, setpoint: float, high: float, s: Settings, dt_s: float
) -> Compressor:
    """One scan of the running compressor, between its minimum and `high` [-]."""
    sink = Tuning(s.sink_gain, s.sink_integral, s.compressor_rate)
    source = Tuning(s.source_gain, s.source_integral, s.compressor_rate)
    pressure = Tuning(s.pressure_gain, s.pressure_integral, s.compressor_rate)
    i_sink, i_source, i_evaporating, i_condensing = before.integrals
    wanted = propose(i_sink, sink, setpoint - k.T_sink_out)
    limits = (
        propose(i_source, source, k.T_source_in - s.T_source_min),
        propose(i_evaporating, pressure, k.T_evaporating - s.T_evaporating_min),
        propose(i_condensing, pressure, s.T_condensing_max - k.T_condensing),
    )
    limit = min(limits)
    limiter = Limiter.NONE
    if limit < min(wanted, high):
        wanted, limiter = limit, Limiter(1 + limits.index(limit))
    least = s.u_compressor_min
    # it starts at its minimum at once; only what is above is ramped
    output = max(least, ramp(before.output, clamp(wanted, least, high), s.compressor_rate, dt_s))
    return Compressor(
        output,
        (
            track(i_sink, sink, output, dt_s),
            track(i_source, source, output, dt_s),
            track(i_evaporating, pressure, output, dt_s),
            track(i_condensing, pressure, output, dt_s),
        ),
        limiter,
        before.idle_s + dt_s if wanted < least else 0.0,
    )


def source_flow(before: Loop, k: Known, s: Settings, dt_s: float) -> Loop:
    """Source pump that keeps the temperature difference of the source water at `dT_source`."""
    error = k.T_source_in - k.T_source_out - s.dT_source
    tuning = Tuning(s.pump_gain, s.pump_integral, s.pump_rate)
    return pi(before, tuning, error, s.u_source_pump_min, 1.0, dt_s)[0]
