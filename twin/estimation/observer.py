"""One part of the plant, followed by an extended Kalman filter on its model's own equations.

Samples of ten seconds carry the mean through the model itself; at the end of a window the mean
innovation corrects it. The linear model behind the gain is renewed when flows have changed, and a
gain serves until what it depends on has. What a fault would show is taken from a Jacobian that one
derivative finds right in every window, or that is taken anew.
"""

from collections.abc import Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import BadInput, PlantLost
from twin.estimation.following import Trail, Window
from twin.estimation.kalman import Gain, gain, settled
from twin.estimation.linearised import Around, Course, Linearised, around, course_of
from twin.estimation.looking import corrected, look
from twin.estimation.nearby import Nearby
from twin.estimation.physics import PartModel, Physics
from twin.estimation.rosenbrock import step_of
from twin.estimation.slaved import Division, divided
from twin.estimation.tangent import lagging, shown
from twin.sparse import dense

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = NDArray[np.intp]

CAREFUL = 10
"""A sample in which the course bends is taken in so many steps."""


@dataclass
class Belief:
    """What the filter holds to be true."""

    told: Around
    """Of the part; which of its states the filter has stays as it is."""
    t_s: float
    x: Matrix
    """float64[n_x], all states of the model."""
    read: Matrix
    """float64[m], what the sensors ought to read."""
    wander: Matrix
    """float64[n_d], disturbances."""
    P: Matrix
    """Covariance of [the states kept, read, wander]."""
    moved: Matrix
    """float64[n_z, k], how the truth leads this for a fault of size one (`tangent.shown`)."""
    running: Any = None
    """In a copy: the model as it was then (`Physics.kept`), with which units run and who is next;
    None where it cannot be saved."""


class PartObserver:
    """Follows one part window by window."""

    def __init__(self, physics: Physics, model: PartModel, dt_s: float, samples: int) -> None:
        """Windows of `samples` samples of `dt_s` [s]; nothing runs before the first window."""
        self._physics = physics
        self._dt_s, self._samples = dt_s, samples
        self._limit = np.where(model.spread > 0.0, model.spread, np.inf)
        self._hypotheses = len(model.causes)
        self._entering = np.flatnonzero([bool(several) for several in model.causes])
        self._model = replace(model, causes=tuple(model.causes[j] for j in self._entering))
        self._belief: Belief | None = None
        self._lags = lagging((dt_s / (model.lag_s + dt_s))[:, None], samples)
        self._nearby = Nearby(physics)
        self._gain: tuple[Linearised, bytes, Gain] | None = None
        self._last_S: Matrix | None = None
        self._served: Linearised | None = None
        self._course: Course | None = None
        """Of a run beside another."""

    def window(self, inputs: Matrix, readings: Matrix, heard: Flags) -> Window:
        """One window on; arguments as of `Observer.window`."""
        belief = self._belief or self._start(inputs[0])
        told = belief.told
        here = np.add.reduce(inputs) / len(inputs)
        now, linear = self._nearby.at(told, belief.t_s, belief.x, here)
        x, predicted, innovation, heard = self._look(belief, linear.course, inputs, readings, heard)
        step = self._step(belief, linear, heard)
        own, belief.moved = shown(told, self._lags, now, step.K, belief.moved)
        self._correct(belief, linear.course, x, predicted[-1], step.K, innovation, heard)
        trail, self._served = Trail(step.K, linear is not self._served), linear
        variance = np.diagonal(step.S) - told.error
        return Window(innovation, variance, self._of_all(own), predicted, trail)

    def beside(self, inputs: Matrix, readings: Matrix, heard: Flags, trail: Trail | None) -> Matrix:
        """One window on from where `resume` began; arguments as of `Observer.beside`."""
        belief = self._belief
        assert belief is not None
        assert trail is not None
        if self._course is None or trail.renewed:
            here = np.add.reduce(inputs) / len(inputs)
            jacobian = self._physics.jacobian(belief.t_s, belief.x, here)
            self._course = course_of(belief.told, jacobian, len(belief.x))
        course = self._course
        x, predicted, innovation, heard = self._look(belief, course, inputs, readings, heard)
        self._correct(belief, course, x, predicted[-1], trail.K, innovation, heard)
        return innovation

    def _look(
        self, belief: Belief, course: Course, inputs: Matrix, readings: Matrix, heard: Flags
    ) -> tuple[Matrix, Matrix, Matrix, Flags]:
        """States at the window's end, predicted readings, innovation, which of them correct."""
        x, outputs = self._carry(belief, course, inputs)
        added = course.direct @ belief.wander
        return x, *look(belief.told.share, belief.read, outputs, added, readings, heard)

    def _correct(
        self,
        belief: Belief,
        course: Course,
        x: Matrix,
        read: Matrix,
        K: Matrix,
        innovation: Matrix,
        heard: Flags,
    ) -> None:
        """Go to the window's end: there the model is at `x`, and sensors ought to read `read`."""
        told, following = belief.told, course.following
        there = corrected(
            *(told.states, told.left, following, x, read, belief.wander, K, innovation, heard)
        )
        belief.x, belief.read, belief.wander = there
        belief.t_s += self._samples * self._dt_s

    def _of_all(self, own: Matrix) -> Matrix:
        """With a column of 0 for every hypothesis that does not enter this part."""
        signature = np.zeros((len(own), self._hypotheses))
        signature[:, self._entering] = own
        return signature

    @property
    def belief(self) -> Belief | None:
        """A copy of what is held to be true; None before the first window."""
        found = deepcopy(self._belief)
        if found is not None:
            with suppress(BadInput):  # it begins anew then, as it would at time 0
                found.running = self._physics.kept()
        return found

    def resume(self, belief: Belief, inputs: Matrix) -> None:
        """Go on from there with a model that has not begun; `inputs[n_in]` are those of then."""
        if belief.running is None:
            self._physics.start(inputs)
        else:
            self._physics.take_up(belief.running)
        self._belief = deepcopy(replace(belief, running=None))
        self.change({})

    def change(self, parameters: Mapping[str, float]) -> None:
        """Go on with other values of tunable parameters; what was derived is derived anew."""
        assert self._belief is not None
        self._belief.x = self._physics.go_to(self._belief.t_s, self._belief.x, parameters)
        self._nearby.forget()
        self._gain = self._last_S = self._course = None

    def _start(self, inputs: Matrix) -> Belief:
        model = self._model
        x, read = self._physics.start(inputs)
        states, columns = self._divided(x, inputs)
        wander = np.array([d.sigma for d in model.disturbances])
        P = np.diag(np.concatenate([model.spread[states.kept], model.noise, wander]) ** 2)
        moved = np.zeros((len(P), len(model.causes)))
        told = around(model, states, columns, self._dt_s, self._samples)
        self._belief = Belief(told, 0.0, x, read, 0.0 * wander, P, moved)
        return self._belief

    def _divided(self, x: Matrix, inputs: Matrix) -> tuple[Division, int]:
        """Which states the filter has, seen around the start.

        Beside it the number of all other columns of the Jacobian.
        """
        rng = np.random.default_rng(0)
        near = (x + 0.1 * self._model.spread * rng.standard_normal(len(x)) for _ in range(3))
        jacobians = [dense(self._physics.jacobian(0.0, point, inputs)) for point in near]
        return divided(jacobians, len(x), self._dt_s), jacobians[0].shape[1] - len(x)

    def _carry(self, belief: Belief, course: Course, inputs: Matrix) -> tuple[Matrix, Matrix]:
        """States and outputs through a window; a sample in which the course bends takes care."""
        x, made, row = belief.x, list[Matrix](), 0
        while True:
            at_s, drive = belief.t_s + row * self._dt_s, course.drive @ belief.wander
            x, outputs = self._physics.follow(
                *(at_s, self._dt_s, x, inputs[row:], course.step, drive, self._limit)
            )
            made.append(outputs)
            row += len(outputs)
            if row == len(inputs):
                return x, np.vstack(made) if len(made) > 1 else outputs
            at_s += len(outputs) * self._dt_s
            x, outputs = self._careful(at_s, x, inputs[row], drive, belief.told.states.order)
            made.append(outputs)
            jacobian = self._physics.jacobian(at_s + self._dt_s, x, inputs[row])
            course = course_of(belief.told, jacobian, len(x))
            row += 1
            self._nearby.forget()
            self._course = None

    def _careful(
        self, t_s: float, x: Matrix, inputs: Matrix, drive: Matrix, order: Columns
    ) -> tuple[Matrix, Matrix]:
        """One sample in short steps, each with a Jacobian of its own."""
        h = self._dt_s / CAREFUL
        whatever = np.full(len(x), np.inf)
        for k in range(CAREFUL):
            at_s = t_s + k * h
            slopes = dense(self._physics.jacobian(at_s, x, inputs))[: len(x), : len(x)]
            step = step_of(np.ascontiguousarray(slopes), h, order)
            x, y = self._physics.follow(at_s, h, x, inputs[None], step, drive, whatever)
            if not len(y):  # no limit is exceeded but by what is no number
                raise PlantLost(f"t = {at_s:g} s: a slope is no finite number")
        return x, y

    def _step(self, belief: Belief, linear: Linearised, heard: Flags) -> Gain:
        """The gain of this window; one that has settled serves again."""
        key = heard.tobytes()
        if self._gain is not None and self._gain[0] is linear and self._gain[1] == key:
            return self._gain[2]
        step: Gain = gain(linear.window, belief.P, heard)
        seen = step.S - np.diag(belief.told.error)  # which would hide that P still moves
        still = self._last_S is not None and settled(self._last_S, seen)
        self._gain = (linear, key, step) if still else None
        self._last_S = seen
        belief.P = step.P
        return step


def mean_of(values: Matrix) -> Matrix:
    """Mean over the first axis of what is finite; NaN where less than half of it is."""
    total = np.add.reduce(values)
    if np.isfinite(total).all():
        return np.asarray(total / len(values))
    there = np.isfinite(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    mean: Matrix = np.where(2 * count >= len(values), total / np.maximum(count, 1), np.nan)
    return mean
