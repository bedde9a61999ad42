"""A first-order process with dead time from an open-loop step test: gain, time constant, dead time.

y(t) = level + gain Σ Δu (1 - exp(-(t - t_u - θ) / τ)) over all changes Δu of the input at t_u, once
t_u + θ is past. Fitted to the whole trace by least squares (level and gain are linear in it), from
where 28 and 63 % of the step are done: τ = 1.5 (t63 - t28), θ = t63 - τ (Smith, Corripio:
Principles and Practice of Automatic Process Control, 2005, 7-2.1).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import least_squares

from twin.response.held import (
    Held,
    drowned,
    explained,
    held,
    linear,
    misses,
    refused,
    root_mean_square,
    seen_late,
    standard_errors,
)
from twin.response.trace import Floats, Noise, level, noise, trace
from twin.response.way import reaches, way

ENOUGH: Final = 3.0
"""Time constants that a test goes on after the last change [-] (assumed): 95 % of it are seen."""


@dataclass(frozen=True)
class FirstOrder:
    """Parameters with their standard errors; None is what cannot be had, and `why` says so.

    `gain` in [SI of value / SI of input], `tau_s` and `theta_s` in [s], `level` of the value before
    the first change [SI]. `r2` is the explained share of the variance [-], `residual` what is left
    and `noise` what changes between samples, as standard deviations [SI].
    """

    gain: float | None = None
    gain_error: float | None = None
    tau_s: float | None = None
    tau_error_s: float | None = None
    theta_s: float | None = None
    theta_error_s: float | None = None
    level: float | None = None
    r2: float | None = None
    residual: float | None = None
    noise: float | None = None
    missing: int = 0
    why: str = ""


def first_order(t: ArrayLike, u: ArrayLike, y: ArrayLike) -> FirstOrder:
    """The process from input `u` [SI] to value `y` [SI] over `t` [s], at rest in the beginning.

    When the input changed is known to one sampling interval: that is in `theta_error_s`.
    """
    times, (inputs, values), missing = trace(t, u=u, y=y)
    changes = held(times, inputs)
    known = FirstOrder(missing=missing, why=refused(changes, times))
    if known.why:
        return known
    known = replace(known, noise=noise(times, values))
    tau_s, theta_s = _best(times, values, changes)
    rises = _rises(times, changes, tau_s, theta_s)
    (start, gain), left = linear(np.column_stack([np.ones_like(times), rises]), values)
    residual = root_mean_square(left)
    moves = float(abs(gain) * np.ptp(rises))
    known = replace(known, residual=residual, r2=explained(values, left))
    if small := drowned(moves, residual):
        return replace(known, why=small)
    seen = (times[-1] - changes.at[-1] - theta_s) / tau_s
    if seen < ENOUGH:
        return replace(known, why=f"ends {seen:.2g} time constants after the last change, not 3")
    known = replace(known, gain=float(gain), level=float(start))
    slopes = _slopes(times, changes, tau_s, theta_s, float(gain))
    errors = standard_errors(np.column_stack([np.ones_like(times), rises, *slopes]), left)
    _, gain_error, tau_error_s, theta_error_s = errors
    known = replace(known, gain_error=gain_error)
    bad = misses(known.r2, residual, known.noise)
    if tau_error_s is None or theta_error_s is None or tau_error_s > tau_s:
        both = f"time constant and dead time cannot be told apart, {tau_s + theta_s:.3g} s together"
        return replace(known, why="; ".join(filter(None, [bad, both])))
    return replace(
        known,
        tau_s=tau_s,
        tau_error_s=tau_error_s,
        theta_s=theta_s,
        theta_error_s=seen_late(theta_error_s, changes),
        why=bad,
    )


def _late(t: Floats, at: float, theta_s: float, tau_s: float) -> Floats:
    """Time since a change has reached the value, in time constants [-], 0 before."""
    return np.maximum((t - at - theta_s) / tau_s, 0.0)


def _rises(t: Floats, changes: Held, tau_s: float, theta_s: float) -> Floats:
    """Response of a process with gain 1 [SI of input]."""
    found = np.zeros_like(t)
    for at, by in zip(changes.at, changes.by, strict=True):
        found -= by * np.expm1(-_late(t, at, theta_s, tau_s))
    return found


def _slopes(
    t: Floats, changes: Held, tau_s: float, theta_s: float, gain: float
) -> tuple[Floats, Floats]:
    """Derivatives of the response by time constant and dead time [SI/s]."""
    by_tau, by_theta = np.zeros_like(t), np.zeros_like(t)
    for at, by in zip(changes.at, changes.by, strict=True):
        late = _late(t, at, theta_s, tau_s)
        decay = np.where(late > 0.0, np.exp(-late), 0.0) * (-gain * by / tau_s)
        by_tau += late * decay
        by_theta += decay
    return by_tau, by_theta


def _best(t: Floats, y: Floats, changes: Held) -> tuple[float, float]:
    """Time constant and dead time [s] of the best fit from several starts."""
    span = float(t[-1] - changes.at[0])
    shortest = 0.01 * float(np.median(np.diff(t)))

    def left(x: Floats) -> Floats:
        rises = _rises(t, changes, float(np.exp(x[0])), float(x[1]) * span)
        return linear(np.column_stack([np.ones_like(t), rises]), y)[1]

    bounds = (np.array([np.log(shortest), 0.0]), np.array([np.log(100.0 * span), 1.0]))
    fits = []
    for tau_s, theta_s in _starts(t, y, changes, span):
        x0 = np.clip([np.log(tau_s), theta_s / span], bounds[0] + 1e-6, bounds[1] - 1e-6)
        fits.append(least_squares(left, x0, bounds=bounds, xtol=1e-10, ftol=1e-10))
    best = min(fits, key=lambda fit: float(fit.cost)).x
    return float(np.exp(best[0])), float(best[1]) * span


def _starts(t: Floats, y: Floats, changes: Held, span: float) -> list[tuple[float, float]]:
    """Time constants and dead times [s] to start from."""
    starts = [(0.1 * span, 0.02 * span), (0.03 * span, 0.2 * span)]
    before, after = y[t < changes.at[0]], y[t >= t[-1] - 0.1 * span]
    if len(after) == 0 or level(before) == level(after):
        return starts
    path = way(t, y, float(changes.at[0]), level(before), level(after), Noise(noise(t, y), 0.0))
    t28, t63 = reaches(path, 0.283), reaches(path, 0.632)
    if t28 is not None and t63 is not None and t63 > t28:
        tau_s = 1.5 * (t63 - t28)
        starts.append((tau_s, max(t63 - tau_s, 0.0)))
    return starts
