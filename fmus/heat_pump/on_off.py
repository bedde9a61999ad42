"""When a unit's compressor runs: minimum times, high- and low-pressure cut-outs, warming up."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model

LATE = 1e-7
"""The sign of an indicator changes just after the relation has, or importers miss the event."""
RESET_K = 5.0
"""A tripped unit resets only this far [K] back from its cut-out."""
HIGH, LOW = 1.0, 2.0


@dataclass(frozen=True, eq=False)
class Command:
    """Conditions to start and to stop, and the indicators that cross with them."""

    start: SX
    stop: SX
    crossing: tuple[SX, ...]


@dataclass(frozen=True, eq=False)
class OnOff:
    """Modes of a unit: `on` 1 or 0, `trip` 0 none, 1 high pressure, 2 low pressure."""

    on: SX
    trip: SX
    timer: SX


def declare(model: Model, prefix: str) -> OnOff:
    """Modes and timer of one unit; their equations follow with `command`."""
    on = model.mode(f"{prefix}is_running", 1, "1 while the compressor is on")
    trip = model.mode(f"{prefix}tripped", 0, "1 high, 2 low pressure has stopped the unit")
    text = "time since the last start or stop"
    timer = model.state(f"{prefix}timer", 3600.0, "s", text, nominal=1e3)
    model.der(timer, SX(1.0))
    return OnOff(on, trip, timer)


def command(
    model: Model, unit: OnOff, p: dict[str, SX], wish: Command, T_head: SX, T_evaporating: SX
) -> None:
    """On by command once the minimum off time has passed, off likewise; a trip stops at once."""
    tripping = _trip(model, unit, p, T_head, T_evaporating)
    ready = ca.logic_and(unit.timer >= p["min_off_s"], unit.trip < 0.5)
    may_start = ca.logic_and(wish.start, ca.logic_and(ready, tripping < 0.5))
    may_stop = ca.logic_and(wish.stop, unit.timer >= p["min_on_s"])
    must_stop = ca.logic_or(unit.trip > 0.5, tripping > 0.5)
    stays = ca.if_else(ca.logic_or(may_stop, must_stop), 0.0, 1.0)
    becomes = ca.if_else(unit.on > 0.5, stays, ca.if_else(may_start, 1.0, 0.0))
    times = (unit.timer - p["min_off_s"] - LATE, unit.timer - p["min_on_s"] - LATE)
    model.when(unit.on, becomes, (*wish.crossing, *times))
    model.reinit(unit.timer, ca.if_else(ca.fabs(becomes - unit.on) > 0.5, 0.0, unit.timer))


def _trip(model: Model, unit: OnOff, p: dict[str, SX], T_head: SX, T_e: SX) -> SX:
    """Equation of the trip; what it becomes.

    It comes while the compressor is on. It goes by itself when the pressure is back and
    `trip_reset_s` have passed since the stop.
    """
    hot, cold = p["T_condensing_trip"], p["T_evaporating_trip"]
    reason = ca.if_else(T_head > hot, HIGH, ca.if_else(T_e < cold, LOW, 0.0))
    back = ca.logic_and(T_head < hot - RESET_K, T_e > cold + RESET_K)
    waited = ca.logic_and(unit.on < 0.5, unit.timer >= p["trip_reset_s"])
    kept = ca.if_else(ca.logic_and(back, waited), 0.0, unit.trip)
    becomes = ca.if_else(unit.trip > 0.5, kept, ca.if_else(unit.on > 0.5, reason, 0.0))
    crossing = (
        T_head - hot - LATE,
        T_e - cold + LATE,
        T_head - (hot - RESET_K) + LATE,
        T_e - (cold + RESET_K) - LATE,
        unit.timer - p["trip_reset_s"] - LATE,
    )
    model.when(unit.trip, becomes, crossing)
    return becomes


def warm(model: Model, prefix: str, unit: OnOff, p: dict[str, SX]) -> SX:
    """State: 1 warm through, 0 as cold as after a long stop; it costs `startup_loss`."""
    value = model.state(f"{prefix}warm", 1.0, "-", "how far the machine has warmed up")
    heating = (1.0 - value) / p["tau_start"]
    model.der(value, unit.on * heating - (1.0 - unit.on) * value / p["tau_standstill"])
    return value
