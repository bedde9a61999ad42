"""A first-order process with dead time from any trace of its input, a loop at work included.

y(t) = level + drift (t - t_0) + gain x(t - θ), where x follows the input with time constant τ. The
output error is minimised (level, drift and gain are linear in it), directly from the measured
input: the feedback biases that as far as noise goes round the loop, so a set point has to move the
input by much more than noise does (Ljung: System Identification, 1999, 13.4). Where the input is
held between few changes, `first_order` says the same.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import OptimizeResult, least_squares

from twin.response.correlation import is_sparse, regular
from twin.response.held import drowned, linear, root_mean_square, standard_errors
from twin.response.lagged import lagged
from twin.response.trace import Floats, noise, trace

_SAMPLES: Final = 50
"""Samples from which a trace is judged [-] (assumed)."""
_TAUS, _THETAS = 16, 8
"""Time constants and dead times of the grid from which the best fit is sought [-]."""
_LATEST: Final = 0.3
"""Longest dead time, as a share of the trace [-] (assumed)."""
_GOOD: Final = 0.9
"""Share of what moves that a model explains from which it is believed [-] (assumed)."""
_SURE: Final = 0.25
"""Relative standard error of gain and time constant up to which they are [-] (assumed)."""


@dataclass(frozen=True)
class Driven:
    """Parameters with their standard errors; None is what cannot be had, and `why` says so.

    `gain` in [SI of value / SI of input], `tau_s` and `theta_s` in [s], `drift` in [SI/s]. `r2` is
    the explained share of the variance about a straight line [-], `residual` what is left and
    `noise` what changes between samples, as standard deviations [SI]; `moved` by how much the
    input went [SI of input].
    """

    gain: float | None = None
    gain_error: float | None = None
    tau_s: float | None = None
    tau_error_s: float | None = None
    theta_s: float | None = None
    theta_error_s: float | None = None
    drift: float | None = None
    r2: float | None = None
    residual: float | None = None
    noise: float | None = None
    moved: float | None = None
    late: bool = False
    """Whether the dead time is the longest that was tried."""
    missing: int = 0
    why: str = ""


def driven(t: ArrayLike, u: ArrayLike, y: ArrayLike) -> Driven:
    """The process from input `u` [SI], which holds until the next sample, to value `y` [SI].

    Over `t` [s], at rest in the beginning but for an even drift.
    """
    times, (inputs, values), missing = trace(t, u=u, y=y)
    known = Driven(missing=missing)
    if len(times) < _SAMPLES:
        return replace(known, why=f"only {len(times)} samples, less than {_SAMPLES}")
    if is_sparse(times):
        return replace(known, why="more gaps than samples")
    grid = regular(times, inputs, values)
    u_grid, y_grid = (_bridged(column) for column in grid.columns)
    known = replace(known, moved=float(np.ptp(u_grid)), noise=noise(times, values))
    if known.moved == 0.0:
        return replace(known, why="the input does not move")
    fit = _Fit(u_grid, y_grid, grid.step_s)
    tau_s, theta_s = fit.best()
    return _judged(known, fit, tau_s, theta_s)


def _bridged(column: Floats) -> Floats:
    """Samples that are missing, which are few, lie between their neighbours [SI]."""
    there = np.isfinite(column)
    at = np.arange(len(column))
    return np.interp(at, at[there], column[there])


def _judged(known: Driven, fit: "_Fit", tau_s: float, theta_s: float) -> Driven:
    columns = fit.columns(tau_s, theta_s)
    (_, drift, gain), left = linear(columns, fit.y)
    residual = root_mean_square(left)
    about = linear(columns[:, :2], fit.y)[1]
    energy = float(about @ about)
    r2 = 1.0 - float(left @ left) / energy if energy > 0.0 else None
    known = replace(known, residual=residual, r2=r2, drift=float(drift))
    if small := drowned(float(abs(gain) * np.ptp(columns[:, 2])), residual):
        return replace(known, why=small)
    slopes = [
        (fit.columns(tau_s * 1.01, theta_s)[:, 2] - columns[:, 2]) * gain / (0.01 * tau_s),
        (fit.columns(tau_s, theta_s + fit.step_s)[:, 2] - columns[:, 2]) * gain / fit.step_s,
    ]
    errors = standard_errors(np.column_stack([columns, *slopes]), left)
    known = replace(
        known,
        gain=float(gain), gain_error=errors[2],
        tau_s=tau_s, tau_error_s=errors[3],
        theta_s=theta_s, theta_error_s=errors[4], late=theta_s > 0.9 * fit.latest_s,
    )  # fmt: skip
    return replace(known, why=_doubt(known))


def _doubt(found: Driven) -> str:
    """Why a fit is not believed; empty if it is."""
    assert found.residual is not None
    assert found.noise is not None
    share = 0.0 if found.r2 is None else found.r2
    if found.residual > 0.0:  # noise is no reason to doubt a model
        share = 1.0 - (1.0 - share) * max(1.0 - (found.noise / found.residual) ** 2, 0.0)
    if share < _GOOD:
        return f"explains {share:.2f} of what moved, less than {_GOOD}: something else moved it"
    if found.theta_s is not None and found.late:
        return "the answer comes too late to be one: something else moved it"
    named = {
        "gain": (found.gain, found.gain_error),
        "time constant": (found.tau_s, found.tau_error_s),
    }
    for name, (value, error) in named.items():
        if value is None or error is None or error > _SURE * abs(value):
            return f"{name} cannot be told from drift: the input moved too little, or for too short"
    return ""


class _Fit:
    """What is left of values [SI] for a time constant and a dead time [s]."""

    def __init__(self, u: Floats, y: Floats, step_s: float) -> None:
        self._u, self.y, self.step_s = u - u[0], y, step_s
        self._t = np.arange(len(u)) * step_s
        self.latest_s = _LATEST * float(self._t[-1])

    def columns(self, tau_s: float, theta_s: float) -> Floats:
        """What the value is a sum of: 1, time, and the input after lag and dead time [SI]."""
        samples = theta_s / self.step_s
        whole, share = int(samples), samples % 1.0
        keep = float(np.exp(-self.step_s / tau_s))
        follows = lagged(self._u, keep)
        late = np.concatenate([np.zeros(whole + 1), follows])[: len(self._u) + 1]
        # at a fraction of a sample the lag is between two of its values
        response = (1.0 - share) * late[1:] + share * late[:-1]
        return np.column_stack([np.ones_like(self._t), self._t, response])

    def best(self) -> tuple[float, float]:
        """Time constant and dead time [s] of the best fit, from the best few of a grid."""
        span_s = float(self._t[-1])
        low, high = np.log(0.2 * self.step_s), np.log(2.0 * span_s)
        starts = [
            (float(np.exp(x)), self.latest_s * (j / _THETAS) ** 2)
            for x in np.linspace(low, high, _TAUS)
            for j in range(_THETAS)
        ]
        starts.sort(key=lambda start: float(np.sum(self._left(*start) ** 2)))
        bounds = (np.array([low - 1e-9, 0.0]), np.array([high + 1e-9, self.latest_s]))
        fits = [self._refined(start, bounds) for start in starts[:3]]
        best = min(fits, key=lambda fit: float(fit.cost)).x
        return float(np.exp(best[0])), float(best[1])

    def _refined(self, start: tuple[float, float], bounds: tuple[Floats, Floats]) -> OptimizeResult:
        def left(x: Floats) -> Floats:
            return self._left(float(np.exp(x[0])), float(x[1]))

        x0 = np.clip([np.log(start[0]), start[1]], *bounds)
        scale = np.array([1.0, max(self.step_s, 0.05 * start[0])])
        steps = np.array([1e-4, 1e-4])
        return least_squares(left, x0, bounds=bounds, x_scale=scale, diff_step=steps)

    def _left(self, tau_s: float, theta_s: float) -> Floats:
        return linear(self.columns(tau_s, theta_s), self.y)[1]
