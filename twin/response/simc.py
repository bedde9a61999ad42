"""Tuning of a PI controller by SIMC.

Skogestad: Simple analytic rules for model reduction and PID controller tuning, Journal of Process
Control 13 (2003) 291-309: gain = τ / (k (τ_c + θ)), integral time = min(τ, 4 (τ_c + θ)). A closed
loop as fast as τ_c = θ is the tightest that the rule recommends: gain margin about 3, sensitivity
at most 1.7. How smooth it may be: Skogestad: Tuning for smooth PID control with acceptable
disturbance rejection, Industrial & Engineering Chemistry Research 45 (2006) 7817-7822.

Gains have the sign of the process: one whose value falls with the output gets a negative one.
"""

from dataclasses import dataclass
from math import inf, isfinite

from twin.errors import refuse


@dataclass(frozen=True)
class PiTuning:
    """`gain` [output per error], `integral_s` [s], the loop's time constant `tau_c_s` [s], why."""

    gain: float
    integral_s: float
    tau_c_s: float
    why: str


def simc(
    gain: float,
    tau_s: float,
    theta_s: float,
    *,
    tau_c_s: float | None = None,
    sample_s: float = 0.0,
) -> PiTuning:
    """PI tuning for a first-order process: `gain` [value/output], `tau_s`, `theta_s` [s].

    `tau_c_s` [s] is the time constant that the loop shall have: None for that of the dead time,
    more for a smoother one. Half of the controller's interval `sample_s` [s] adds to the dead time.
    """
    _positive("tau_s", tau_s)
    if not (isfinite(gain) and gain != 0.0):
        raise refuse("gain", gain, "must be finite and not 0")
    late_s, loop_s, why = _loop(theta_s, tau_c_s, sample_s)
    reset_s = 4.0 * (loop_s + late_s)
    limited = reset_s < tau_s
    why += f"; integral time by {'4 (tau_c + theta)' if limited else 'the time constant'}"
    wanted = tau_s / (gain * (loop_s + late_s))
    return PiTuning(wanted, min(tau_s, reset_s), loop_s, f"SIMC, first order: {why}")


def simc_integrating(
    slope: float,
    theta_s: float,
    *,
    tau_c_s: float | None = None,
    sample_s: float = 0.0,
) -> PiTuning:
    """PI tuning for an integrating process: `slope` [value/s/output], `theta_s` [s].

    The rule for a time constant without end, slope = gain / τ; the rest as in `simc` [s].
    """
    if not (isfinite(slope) and slope != 0.0):
        raise refuse("slope", slope, "must be finite and not 0")
    late_s, loop_s, why = _loop(theta_s, tau_c_s, sample_s)
    total_s = loop_s + late_s
    return PiTuning(1.0 / (slope * total_s), 4.0 * total_s, loop_s, f"SIMC, integrating: {why}")


def smoothest(gain: float, tau_s: float, theta_s: float, *, move: float, deviation: float) -> float:
    """The slowest `tau_c_s` [s] that keeps a disturbance within bounds.

    `move` is by how much the output has to change to make up for the disturbance [output],
    `deviation` how far the value may go meanwhile [value]: the controller's gain must be at least
    their ratio. `gain` [value/output], `tau_s` and `theta_s` [s] of a first-order process.
    """
    for name, value in (("tau_s", tau_s), ("move", move), ("deviation", deviation)):
        _positive(name, value)
    late_s, tightest_s, _ = _loop(theta_s, None, 0.0)
    loop_s = tau_s * deviation / (abs(gain) * move) - late_s
    if loop_s < tightest_s:
        raise refuse("deviation", deviation, "is less than the tightest loop lets through")
    return loop_s


def _positive(name: str, value: float) -> None:
    if not 0.0 < value < inf:
        raise refuse(name, value, "must be more than 0 and finite")


def _loop(theta_s: float, tau_c_s: float | None, sample_s: float) -> tuple[float, float, str]:
    """Dead time with that of the sampling, time constant of the loop [s], and why."""
    for name, value in (("theta_s", theta_s), ("sample_s", sample_s)):
        if not 0.0 <= value < inf:
            raise refuse(name, value, "must be finite and not negative")
    late_s = theta_s + 0.5 * sample_s
    if tau_c_s is None:
        if late_s == 0.0:
            raise refuse("theta_s", theta_s, "must be more than 0, or name tau_c_s")
        return late_s, late_s, f"tau_c = {late_s:.4g} s, as the dead time (tight)"
    _positive("tau_c_s", tau_c_s)
    if tau_c_s < late_s:
        raise refuse("tau_c_s", tau_c_s, f"must be at least the dead time, {late_s:g} s")
    return late_s, tau_c_s, f"tau_c = {tau_c_s:.4g} s, for a dead time of {late_s:.4g} s"
