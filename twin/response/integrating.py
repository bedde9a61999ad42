"""An integrating process with dead time from an open-loop test: slope per input, dead time.

y(t) = level + drift (t - t_0) + slope Σ Δu (t - t_u - θ) over all changes Δu of the input at t_u,
once t_u + θ is past. A level that drifts before the test is no reason to wait: the drift is fitted.
For a lag that is much longer than its loop this is the process as well, with slope = gain / τ
(Skogestad: Simple analytic rules for model reduction and PID controller tuning, Journal of Process
Control 13 (2003) 291-309, 3).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import minimize_scalar

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
from twin.response.trace import Floats, noise, trace

_GRID: Final = 60
"""Dead times that are tried before the best is refined [-]."""


@dataclass(frozen=True)
class Integrating:
    """Parameters with their standard errors; None is what cannot be had, and `why` says so.

    `slope` in [SI of value / s / SI of input], `theta_s` in [s], `drift` in the beginning [SI/s].
    `r2` is the explained share of the variance [-], `residual` what is left and `noise` what
    changes between samples, as standard deviations [SI].
    """

    slope: float | None = None
    slope_error: float | None = None
    theta_s: float | None = None
    theta_error_s: float | None = None
    drift: float | None = None
    drift_error: float | None = None
    r2: float | None = None
    residual: float | None = None
    noise: float | None = None
    missing: int = 0
    why: str = ""


def integrating(t: ArrayLike, u: ArrayLike, y: ArrayLike) -> Integrating:
    """The process from input `u` [SI] to value `y` [SI] over `t` [s], drifting evenly before.

    When the input changed is known to one sampling interval: that is in `theta_error_s`.
    """
    times, (inputs, values), missing = trace(t, u=u, y=y)
    changes = held(times, inputs)
    known = Integrating(missing=missing, why=refused(changes, times))
    if known.why:
        return known
    theta_s = _best(times, values, changes)
    columns = _columns(times, changes, theta_s)
    (_, drift, slope), left = linear(columns, values)
    residual = root_mean_square(left)
    moves = float(abs(slope) * np.ptp(columns[:, 2]))
    known = replace(
        known,
        noise=noise(times, values),
        residual=residual,
        r2=explained(values, left),
    )
    if small := drowned(moves, residual):
        return replace(known, why=small)
    by_theta = np.zeros_like(times)
    for at, by in zip(changes.at, changes.by, strict=True):
        by_theta -= slope * by * (times > at + theta_s)
    errors = standard_errors(np.column_stack([columns, by_theta]), left)
    theta_error = errors[3]
    if theta_error is not None:
        theta_error = seen_late(theta_error, changes)
    return replace(
        known,
        slope=float(slope),
        slope_error=errors[2],
        theta_s=theta_s,
        theta_error_s=theta_error,
        drift=float(drift),
        drift_error=errors[1],
        why=misses(known.r2, residual, known.noise),
    )


def _columns(t: Floats, changes: Held, theta_s: float) -> Floats:
    """What the value is a sum of: 1, time, and the integral of the input's changes."""
    integral = np.zeros_like(t)
    for at, by in zip(changes.at, changes.by, strict=True):
        integral += by * np.maximum(t - at - theta_s, 0.0)
    return np.column_stack([np.ones_like(t), t - t[0], integral])


def _best(t: Floats, y: Floats, changes: Held) -> float:
    """Dead time [s] of the best fit: the best of a grid, refined between its neighbours."""
    longest = 0.9 * float(t[-1] - changes.at[0])

    def cost(theta_s: float) -> float:
        left = linear(_columns(t, changes, theta_s), y)[1]
        return float(left @ left)

    grid = np.linspace(0.0, longest, _GRID)
    k = int(np.argmin([cost(float(theta_s)) for theta_s in grid]))
    low, high = grid[max(k - 1, 0)], grid[min(k + 1, _GRID - 1)]
    found = minimize_scalar(
        cost, bounds=(low, high), method="bounded", options={"xatol": 1e-7 * longest}
    )
    return float(found.x) if cost(float(found.x)) <= cost(float(grid[k])) else float(grid[k])
