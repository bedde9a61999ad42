"""How much the heat pump gives: a capacity loop under three limiters, lowest wins.

Sink outlet temperature at its weather-compensated set-point, source inlet not below its
minimum (the servers may idle), evaporating not below and condensing not above their limits.
The integral part of a loop that is not in charge follows the output, so that it takes over
without a bump: the capacity loop where its error turns negative, a limiter `BANDS_K` before.
Farther from its limit a limiter has no say: while it is ramped, a start would be held by it.
"""

from enum import IntEnum
from typing import Final, NamedTuple

from firmware_sim.control import Loop, Tuning, clamp, curve, pi, ramp, track
from firmware_sim.heat_pump_points import Known, Settings

BANDS_K: Final = (0.0, 2.0, 2.0, 2.0)
"""How long before its limit each loop may begin to act [K]."""
NO_SAY: Final = float("inf")
"""What a limiter asks for outside its band [-]."""


class Limiter(IntEnum):
    """Which loop holds the compressor; the number is what the `limiter` register holds."""

    NONE = 0
    SOURCE = 1
    EVAPORATING = 2
    CONDENSING = 3


LIMITERS: Final = (Limiter.NONE, Limiter.SOURCE, Limiter.EVAPORATING, Limiter.CONDENSING)
"""In the order of the loops."""


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
    errors = (
        setpoint - k.T_sink_out,
        k.T_source_in - s.T_source_min,
        k.T_evaporating - s.T_evaporating_min,
        s.T_condensing_max - k.T_condensing,
    )
    gains = (s.sink_gain, s.source_gain, s.pressure_gain, s.pressure_gain)
    times = (s.sink_integral, s.source_integral, s.pressure_integral, s.pressure_integral)
    held = before.integrals
    proposals = (
        gains[0] * errors[0] + held[0],
        gains[1] * errors[1] + held[1] if errors[1] <= BANDS_K[1] else NO_SAY,
        gains[2] * errors[2] + held[2] if errors[2] <= BANDS_K[2] else NO_SAY,
        gains[3] * errors[3] + held[3] if errors[3] <= BANDS_K[3] else NO_SAY,
    )
    wanted = min(proposals)
    charge = proposals.index(wanted)
    least = s.u_compressor_min
    # it starts at its minimum at once; only what is above is ramped
    output = max(least, ramp(before.output, clamp(wanted, least, high), s.compressor_rate, dt_s))
    tracked = track(held[charge], times[charge], output, dt_s)
    following = (
        output - gains[0] * clamp(errors[0], 0.0, BANDS_K[0]),
        output - gains[1] * clamp(errors[1], 0.0, BANDS_K[1]),
        output - gains[2] * clamp(errors[2], 0.0, BANDS_K[2]),
        output - gains[3] * clamp(errors[3], 0.0, BANDS_K[3]),
    )
    return Compressor(
        output,
        (
            tracked if charge == 0 else following[0],
            tracked if charge == 1 else following[1],
            tracked if charge == 2 else following[2],
            tracked if charge == 3 else following[3],
        ),
        LIMITERS[charge] if wanted < high else Limiter.NONE,
        before.idle_s + dt_s if wanted < least else 0.0,
    )


def source_flow(before: Loop, k: Known, s: Settings, dt_s: float) -> Loop:
    """Source pump that keeps the temperature difference of the source water at `dT_source`."""
    error = k.T_source_in - k.T_source_out - s.dT_source
    tuning = Tuning(s.pump_gain, s.pump_integral, s.pump_rate)
    return pi(before, tuning, error, s.u_source_pump_min, 1.0, dt_s)[0]
