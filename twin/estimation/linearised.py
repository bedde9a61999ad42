"""A part's model made linear at a point: of one step for the mean, of one window for the filter.

The filter's state is [states that something depends on, lagged readings, disturbances].
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.estimation.lifted import Lifted, Sampled, lift, then
from twin.estimation.physics import Cause, PartModel
from twin.estimation.rosenbrock import Solver

Matrix = NDArray[np.float64]

ERROR_S = 3600.0
"""Time in which the error of a model changes [s] (assumed).

A slow error of variance s2 weighs in sums over long times like white noise of variance
s2 * 2 ERROR_S / window; with less, a filter believes a small error that stays, and bends states
that nobody measures until they explain it.
"""


@dataclass(frozen=True)
class Point:
    """Where a model is made linear; SI."""

    t_s: float
    x: Matrix
    """float64[n_x], states."""
    inputs: Matrix
    """float64[n_in]."""


@dataclass(frozen=True)
class Linearised:
    """The model near `point`."""

    point: Point
    solver: Solver
    drive: Matrix
    """float64[n_x, n_d], how disturbances enter the slopes."""
    direct: Matrix
    """float64[m, n_d], how they enter the outputs."""
    window: Lifted
    """Of the filter's state, over a window."""


def error_variance(model: PartModel, window_s: float) -> Matrix:
    """float64[m], the error of the model as the white noise of a window's mean that it weighs."""
    variance: Matrix = model.error**2 * 2.0 * ERROR_S / window_s
    return variance


def linearise(
    model: PartModel,
    point: Point,
    jacobian: Matrix,
    kept: NDArray[np.intp],
    dt_s: float,
    samples: int,
) -> Linearised:
    """Near `point`, whose `jacobian` is that of `Physics`; `kept` are the states that matter."""
    n_x = len(point.x)
    load, sees = jacobian[:n_x, n_x:], jacobian[n_x:, n_x:]
    solver = Solver(np.ascontiguousarray(jacobian[:n_x, :n_x]), dt_s)
    columns = [d.column for d in model.disturbances]
    sampled = _sampled(model, solver, jacobian[n_x:, kept], load, sees, kept)
    window = lift(sampled, samples)
    window_s = samples * dt_s
    window = replace(window, N_yy=window.N_yy + np.diag(error_variance(model, window_s)))
    still = len(sampled.F) - len(columns)
    window = then(window, *_wander(model, still, window_s))
    return Linearised(point, solver, load[:, columns], sees[:, columns], window)


def forget(model: PartModel, window_s: float) -> Matrix:
    """float64[n_d], what is left of each disturbance after a window."""
    return np.array([np.exp(-window_s / d.tau_s) for d in model.disturbances])


def _wander(model: PartModel, still: int, window_s: float) -> tuple[Matrix, Matrix]:
    """Disturbances stand still inside a window and move between windows."""
    left = np.concatenate([np.ones(still), forget(model, window_s)])
    sigma = np.concatenate([np.zeros(still), [d.sigma for d in model.disturbances]])
    return np.diag(left), np.diag(sigma**2 * (1.0 - left**2))


def _sampled(
    model: PartModel,
    solver: Solver,
    C: Matrix,
    load: Matrix,
    sees: Matrix,
    kept: NDArray[np.intp],
) -> Sampled:
    """One sample of the filter's state."""
    n, m, n_d = len(kept), len(model.noise), len(model.disturbances)
    n_in = len(model.input_noise)
    dt_s = solver.dt_s
    share = (dt_s / (model.lag_s + dt_s))[:, None]
    columns = [d.column for d in model.disturbances]
    enter = _enter(model, load.shape[1])
    entering = np.hstack([load[:, columns], load[:, :n_in], load @ enter])
    d_x, u_x, c_x = np.split(solver.through(entering)[kept], [n_d, n_d + n_in], axis=1)
    F_x = solver.transition()[np.ix_(kept, kept)]
    x, read, wander = slice(0, n), slice(n, n + m), slice(n + m, n + m + n_d)
    size = n + m + n_d

    F = np.zeros((size, size))
    F[x, x], F[x, wander] = F_x, d_x
    F[read, x] = share * (C @ F_x)
    F[read, read] = np.diag(1.0 - share[:, 0])
    F[read, wander] = share * (C @ d_x + sees[:, columns])
    F[wander, wander] = np.eye(n_d)

    G = np.zeros((size, enter.shape[1]))
    G[x] = c_x
    G[read] = share * (C @ c_x + sees @ enter)

    noise = np.zeros((size, n_in + n))
    noise[x, :n_in] = u_x * model.input_noise
    noise[x, n_in:] = np.diag(model.walk[kept] * np.sqrt(dt_s))
    noise[read] = share * (C @ noise[x])
    noise[read, :n_in] += share * (sees[:, :n_in] * model.input_noise)

    H = np.zeros((m, size))
    H[:, read] = np.eye(m)
    return Sampled(F, G, H, _misread(model), noise @ noise.T, model.noise**2)


def _enter(model: PartModel, n_columns: int) -> Matrix:
    """float64[n_in + n_par, k], how much of each column a hypothesis of size one is."""
    weight = np.zeros((n_columns, len(model.causes)))
    for j, cause in _each(model):
        if cause.column is not None:
            weight[cause.column, j] += cause.gain
    return weight


def _misread(model: PartModel) -> Matrix:
    """float64[m, k], how a hypothesis of size one enters the readings themselves."""
    D = np.zeros((len(model.noise), len(model.causes)))
    for j, cause in _each(model):
        if cause.output is not None:
            D[cause.output, j] += 1.0
    return D


def _each(model: PartModel) -> list[tuple[int, Cause]]:
    return [(j, cause) for j, several in enumerate(model.causes) for cause in several]
