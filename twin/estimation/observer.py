"""One part of the plant, followed by an extended Kalman filter on its model's own equations.

Samples of ten seconds carry the mean through the model itself; once a minute the mean innovation
corrects it. The linear model is renewed when the operating point has moved, and a gain serves
until what it depends on has.
"""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.estimation.kalman import Gain, gain, settled, shown
from twin.estimation.linearised import Linearised, Point, error_variance, forget, linearise
from twin.estimation.physics import PartModel, Physics
from twin.estimation.rosenbrock import Solver
from twin.estimation.sensor_lag import lag

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

STALE_S = 3600.0
"""A linear model is renewed at least this often [s] (assumed)."""

CAREFUL = 10
"""A sample in which the course bends is taken in so many steps."""


@dataclass(frozen=True)
class Window:
    """What a window of samples said of a part."""

    innovation: Matrix
    """float64[m], mean reading minus mean prediction; NaN where there was no reading."""
    variance: Matrix
    """float64[m], as the filter expects it of a perfect model."""
    signature: Matrix
    """float64[m, k], how the innovation moves with the size of each hypothesis."""
    predicted: Matrix
    """float64[samples, m], what the sensors ought to have read."""


@dataclass
class Belief:
    """What the filter holds to be true."""

    t_s: float
    x: Matrix
    """float64[n_x], all states of the model."""
    kept: NDArray[np.intp]
    """Those that something depends on."""
    read: Matrix
    """float64[m], what the sensors ought to read."""
    wander: Matrix
    """float64[n_d], disturbances."""
    P: Matrix
    """Covariance of [x[kept], read, wander]."""
    moved: Matrix
    """float64[n_z, k], how the truth leads this for a fault of size one (`kalman.shown`)."""


class PartObserver:
    """Follows one part window by window."""

    def __init__(self, physics: Physics, model: PartModel, dt_s: float, samples: int) -> None:
        """Windows of `samples` samples of `dt_s` [s]; nothing runs before the first window."""
        self._physics, self._model = physics, model
        self._dt_s, self._samples = dt_s, samples
        self._error = error_variance(model, samples * dt_s)
        self._forget = forget(model, samples * dt_s)
        self._limit = np.where(model.spread > 0.0, model.spread, np.inf)
        self._belief: Belief | None = None
        self._linear: Linearised | None = None
        self._gain: tuple[bytes, Gain] | None = None
        self._last_S: Matrix | None = None

    def window(self, inputs: Matrix, readings: Matrix, heard: Flags) -> Window:
        """One window on.

        Args:
            inputs: float64[samples, n_in], finite.
            readings: float64[samples, m], NaN where there is no good one.
            heard: bool[m], whether each signal may correct the state.
        """
        belief = self._belief or self._start(inputs[0])
        linear = self._linearised(belief, inputs)
        x, outputs = self._carry(belief, linear, inputs)
        outputs = outputs + linear.direct @ belief.wander
        predicted = lag(belief.read, outputs, self._model.lag_s, self._dt_s)
        innovation = mean_of(readings - predicted)
        heard = heard & np.isfinite(innovation)
        step = self._step(belief, linear, heard)
        signature, belief.moved = shown(linear.window, step.K, belief.moved)
        correction = step.K @ np.where(heard, innovation, 0.0)
        n, m = len(belief.kept), len(heard)
        x[belief.kept] += correction[:n]
        belief.x, belief.read = x, predicted[-1] + correction[n : n + m]
        belief.wander = self._forget * belief.wander + correction[n + m :]
        belief.t_s += self._samples * self._dt_s
        return Window(innovation, np.diagonal(step.S) - self._error, signature, predicted)

    @property
    def belief(self) -> Belief | None:
        """A copy of what is held to be true; None before the first window."""
        return deepcopy(self._belief)

    def resume(self, belief: Belief) -> None:
        """Go on from there; what is derived from it is derived anew."""
        self._belief = deepcopy(belief)
        self._linear = self._gain = self._last_S = None

    def _start(self, inputs: Matrix) -> Belief:
        model = self._model
        x, read = self._physics.start(inputs)
        kept = self._felt(x, inputs)
        wander = np.array([d.sigma for d in model.disturbances])
        P = np.diag(np.concatenate([model.spread[kept], model.noise, wander]) ** 2)
        moved = np.zeros((len(P), len(model.causes)))
        self._belief = Belief(0.0, x, kept, read, 0.0 * wander, P, moved)
        return self._belief

    def _felt(self, x: Matrix, inputs: Matrix) -> NDArray[np.intp]:
        """States that something depends on (meters and clocks are none), seen around the start."""
        rng = np.random.default_rng(0)
        felt = np.zeros(len(x), bool)
        for _ in range(3):
            near = x + 0.1 * self._model.spread * rng.standard_normal(len(x))
            felt |= self._physics.jacobian(0.0, near, inputs)[:, : len(x)].any(axis=0)
        return np.flatnonzero(felt)

    def _linearised(self, belief: Belief, inputs: Matrix) -> Linearised:
        """The linear model that holds for this window."""
        here = inputs.mean(axis=0)
        if self._linear is not None:
            at = self._linear.point
            near = bool((np.abs(here - at.inputs) <= self._model.moved).all())
            if near and belief.t_s - at.t_s < STALE_S:
                return self._linear
        point = Point(belief.t_s, belief.x.copy(), here)
        jacobian = self._physics.jacobian(point.t_s, point.x, here)
        self._linear = linearise(
            *(self._model, point, jacobian, belief.kept, self._dt_s, self._samples)
        )
        self._gain = None
        return self._linear

    def _carry(self, belief: Belief, linear: Linearised, inputs: Matrix) -> tuple[Matrix, Matrix]:
        """States and outputs through a window; where the course bends, in short careful steps."""
        drive = linear.drive @ belief.wander
        x, outputs = self._physics.follow(
            *(belief.t_s, self._dt_s, belief.x, inputs, linear.solver.inverse, drive, self._limit)
        )
        made = [outputs]
        for row in range(len(outputs), len(inputs)):
            x, y = self._careful(belief.t_s + row * self._dt_s, x, inputs[row], drive)
            made.append(y)
            self._linear = None  # the next window is somewhere else
        return x, np.vstack(made)

    def _careful(
        self, t_s: float, x: Matrix, inputs: Matrix, drive: Matrix
    ) -> tuple[Matrix, Matrix]:
        """One sample in short steps, each with a Jacobian of its own."""
        h = self._dt_s / CAREFUL
        whatever = np.full(len(x), np.inf)
        for k in range(CAREFUL):
            at_s = t_s + k * h
            slopes = self._physics.jacobian(at_s, x, inputs)[: len(x), : len(x)]
            inverse = Solver(np.ascontiguousarray(slopes), h).inverse
            x, y = self._physics.follow(at_s, h, x, inputs[None], inverse, drive, whatever)
        return x, y

    def _step(self, belief: Belief, linear: Linearised, heard: Flags) -> Gain:
        """The gain of this window; one that has settled serves again."""
        key = heard.tobytes()
        if self._gain is not None and self._gain[0] == key:
            return self._gain[1]
        step = gain(linear.window, belief.P, heard)
        seen = step.S * heard  # what is not heard moves no gain
        still = self._last_S is not None and settled(self._last_S, seen)
        self._gain = (key, step) if still else None
        self._last_S = seen
        belief.P = step.P
        return step


def mean_of(values: Matrix) -> Matrix:
    """Mean over the first axis of what is finite; NaN where less than half of it is."""
    there = np.isfinite(values)
    if there.all():
        return np.asarray(values.mean(axis=0))
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    mean: Matrix = np.where(2 * count >= len(values), total / np.maximum(count, 1), np.nan)
    return mean
