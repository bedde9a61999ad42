"""A part's model made linear at a point: of one step for the mean, of one window for the filter.

The filter's state is [states kept, lagged readings, disturbances].
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.estimation.lifted import Lifted, Sampled, lift, then
from twin.estimation.physics import Cause, PartModel
from twin.estimation.rosenbrock import step_of, through, transition
from twin.estimation.slaved import Division, following
from twin.factors import Factors
from twin.sparse import Entries, dense

Matrix = NDArray[np.float64]
Columns = NDArray[np.intp]

ERROR_S = 3600.0
"""Time in which the error of a model changes [s] (assumed).

A slow error of variance s2 weighs in sums over long times like white noise of variance
s2 * 2 ERROR_S / window; with less, a filter believes a small error that stays, and bends states
that nobody measures until they explain it.
"""


class Around(NamedTuple):
    """What is the same wherever a part's model is made linear; n_z = n_kept + m + n_d."""

    dt_s: float
    """Of a sample [s]."""
    samples: int
    """Of a window [-]."""
    states: Division
    """Which of the part's states the filter has."""
    share: Matrix
    """float64[m, 1], by how much a sensor moves to what it should read in a sample [-]."""
    noise: Matrix
    """float64[m], variance of one reading."""
    error: Matrix
    """float64[m], the error of the model as the white noise of a window's mean that it weighs."""
    input_noise: Matrix
    """float64[n_in], standard deviation of one reading at the boundary."""
    strayed: Matrix
    """float64[n_kept], variance that each state gains in a sample."""
    disturbed: Columns
    """int[n_d], which inputs, or inputs and then parameters, a disturbance is added to."""
    left: Matrix
    """float64[n_z], what is left of a state after a window beside what the model does; 1 but of
    disturbances, which stand still inside a window."""
    gained: Matrix
    """float64[n_z], variance that it gains there."""
    enter: Matrix
    """float64[n_in + n_par, k], how much of each column a hypothesis of size one is."""
    misread: Matrix
    """float64[m, k], how a hypothesis of size one enters the readings themselves."""
    direction: Matrix
    """float64[n_x + n_in + n_par], all columns moved at once, each by what is usual for it."""


class Course(NamedTuple):
    """What carries the mean near a point."""

    step: Factors
    """For the steps of the mean (`rosenbrock`)."""
    drive: Matrix
    """float64[n_x, n_d], how disturbances enter the slopes."""
    direct: Matrix
    """float64[m, n_d], how they enter the outputs."""
    following: Matrix
    """float64[n_slaved], by how much slaved states move with their hosts."""


class Linearised(NamedTuple):
    """The model near a point."""

    course: Course
    window: Lifted
    """Of the filter's state, over a window."""


def error_variance(model: PartModel, window_s: float) -> Matrix:
    """float64[m], the error of the model as the white noise of a window's mean that it weighs."""
    variance: Matrix = model.error**2 * 2.0 * ERROR_S / window_s
    return variance


def forget(model: PartModel, window_s: float) -> Matrix:
    """float64[n_d], what is left of each disturbance after a window."""
    return np.array([np.exp(-window_s / d.tau_s) for d in model.disturbances])


def around(model: PartModel, states: Division, n_columns: int, dt_s: float, samples: int) -> Around:
    """Of a part whose Jacobian has `n_columns` beside the states; windows of `samples` samples."""
    window_s = samples * dt_s
    still = len(states.kept) + len(model.noise)
    left = forget(model, window_s)
    sigma = np.array([d.sigma for d in model.disturbances])
    disturbed = np.array([d.column for d in model.disturbances], np.intp)
    enter = _enter(model, n_columns)
    return Around(
        dt_s=dt_s,
        samples=samples,
        states=states,
        share=(dt_s / (model.lag_s + dt_s))[:, None],
        noise=model.noise**2,
        error=error_variance(model, window_s),
        input_noise=model.input_noise,
        strayed=model.walk[states.kept] ** 2 * dt_s,
        disturbed=disturbed,
        left=np.concatenate([np.ones(still), left]),
        gained=np.concatenate([np.zeros(still), sigma**2 * (1.0 - left**2)]),
        enter=enter,
        misread=_misread(model),
        direction=_direction(model, enter),
    )


def _sampled(
    told: Around, F_x: Matrix, d_x: Matrix, u_x: Matrix, reads: Matrix, sees: Matrix
) -> Sampled:
    """One sample of the filter's state, whose own states do `F_x`.

    Disturbances move them by `d_x`, inputs by `u_x`; outputs see `reads` of states, and `sees` of
    inputs and parameters.
    """
    share, n, m, n_d = told.share, len(F_x), len(told.noise), len(told.disturbed)
    size, n_in, C = n + m + n_d, u_x.shape[1], told.share * reads
    x, read, wander = slice(0, n), slice(n, n + m), slice(n + m, size)

    F = np.zeros((size, size))
    F[x, x], F[x, wander] = F_x, d_x
    F[read, x], F[read, read] = C @ F_x, np.diag(1.0 - share[:, 0])
    F[read, wander] = C @ d_x + share * sees[:, told.disturbed]
    F[wander, wander] = np.eye(n_d)

    fed = np.zeros((size, n_in))  # noise of what is fed
    fed[x] = u_x * told.input_noise
    fed[read] = C @ fed[x] + share * sees[:, :n_in] * told.input_noise
    Q = fed @ fed.T
    strayed = C * told.strayed
    Q[x, x] += np.diag(told.strayed)
    Q[read, x] += strayed
    Q[x, read] += strayed.T
    Q[read, read] += strayed @ C.T

    H = np.zeros((m, size))
    H[:, read] = np.eye(m)
    return Sampled(F, H, Q, told.noise)


_sampled_of = compiled(_sampled)


def _course(told: Around, jacobian: Entries, n_x: int) -> Course:
    """Where the Jacobian of `Physics` is this one, of a part with `n_x` states."""
    whole = dense(jacobian)
    return Course(
        step_of(np.ascontiguousarray(whole[:n_x, :n_x]), told.dt_s, told.states.order),
        np.ascontiguousarray(whole[:n_x, n_x:][:, told.disturbed]),
        np.ascontiguousarray(whole[n_x:, n_x:][:, told.disturbed]),
        following(whole, told.states),
    )


course_of = compiled(_course)


def _linearise(told: Around, jacobian: Entries, n_x: int, reduced: Matrix) -> Linearised:
    """The same with the filter's own model, whose Jacobian is `reduced` (`slaved.reduced`)."""
    n, n_d, n_in = len(told.states.kept), len(told.disturbed), len(told.input_noise)
    slopes = np.ascontiguousarray(reduced[:n, :n])
    load, sees = reduced[:n, n:], np.ascontiguousarray(reduced[n:, n:])
    step = step_of(slopes, told.dt_s, told.states.kept_order)
    entering = np.hstack((load[:, told.disturbed], load[:, :n_in]))
    moved = through(step, slopes, told.dt_s, entering)
    reads = np.ascontiguousarray(reduced[n:, :n])
    d_x, u_x = np.ascontiguousarray(moved[:, :n_d]), np.ascontiguousarray(moved[:, n_d:])
    window = lift(_sampled_of(told, transition(step), d_x, u_x, reads, sees), told.samples)
    after = then(window, told.left, told.gained)
    return Linearised(
        course_of(told, jacobian, n_x),
        Lifted(after.F, after.H, after.N_zz, after.N_zy, after.N_yy + np.diag(told.error)),
    )


linearise = compiled(_linearise)


def _enter(model: PartModel, n_columns: int) -> Matrix:
    weight = np.zeros((n_columns, len(model.causes)))
    for j, cause in _each(model):
        if cause.column is not None:
            weight[cause.column, j] += cause.gain
    return weight


def _direction(model: PartModel, enter: Matrix) -> Matrix:
    """Of signs by chance, so that what belongs together does not cancel."""
    columns = np.abs(enter).max(axis=1, initial=0.0)
    for d in model.disturbances:
        columns[d.column] = max(columns[d.column], d.sigma)
    usual: Matrix = np.concatenate([model.spread, columns])
    usual *= np.random.default_rng(0).choice([-1.0, 1.0], len(usual))
    return usual


def _misread(model: PartModel) -> Matrix:
    D = np.zeros((len(model.noise), len(model.causes)))
    for j, cause in _each(model):
        if cause.output is not None:
            D[cause.output, j] += 1.0
    return D


def _each(model: PartModel) -> list[tuple[int, Cause]]:
    return [(j, cause) for j, several in enumerate(model.causes) for cause in several]
