"""One part of the plant, followed by an extended Kalman filter on its model's own equations.

The state is that of the model, without what nothing depends on (meters), then the lagged readings
of the watched sensors, then the disturbances. Samples of ten seconds carry it through the model
itself; once a minute the mean innovation corrects it.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.estimation.kalman import Gain, gain, settled, shown
from twin.estimation.lifted import Sampled, lift, then
from twin.estimation.physics import Cause, PartModel, Physics
from twin.estimation.rosenbrock import Solver
from twin.estimation.sensor_lag import lag

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

STALE_S = 3600.0
"""A linearisation is renewed at least this often [s] (assumed)."""

ERROR_S = 3600.0
"""Time in which the error of a model changes [s] (assumed).

A slow error of variance s2 weighs in sums over long times like white noise of variance
s2 * 2 ERROR_S / window; with less, a filter believes a persistent small error and bends states
that nobody measures until they explain it.
"""

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


def mean_of(values: Matrix) -> Matrix:
    """Mean of each column of what is finite; NaN where less than half of it is."""
    there = np.isfinite(values)
    count = there.sum(axis=0)
    total = np.where(there, values, 0.0).sum(axis=0)
    mean: Matrix = np.where(2 * count >= len(values), total / np.maximum(count, 1), np.nan)
    return mean


class PartObserver:
    """Follows one part window by window."""

    def __init__(self, physics: Physics, model: PartModel, dt_s: float, samples: int) -> None:
        """Windows of `samples` samples of `dt_s` [s]; nothing runs before the first window."""
        self._physics, self._model = physics, model
        self._dt_s, self._samples = dt_s, samples
        self._t_s = 0.0
        self._m, self._k = len(model.noise), len(model.causes)
        self._started = False
        self._error = model.error**2 * 2.0 * ERROR_S / (samples * dt_s)

    def window(self, inputs: Matrix, readings: Matrix, heard: Flags) -> Window:
        """One window on.

        Args:
            inputs: float64[samples, n_in], finite.
            readings: float64[samples, m], NaN where there is no good one.
            heard: bool[m], whether each signal may correct the state.
        """
        if not self._started:
            self._start(inputs[0])
        if self._moved(inputs):
            self._linearise(inputs.mean(axis=0))
        x, outputs = self._carry(inputs)
        predicted = lag(self._l, outputs + self._direct @ self._d, self._model.lag_s, self._dt_s)
        innovation = mean_of(readings - predicted)
        heard = heard & np.isfinite(innovation)
        step = self._gain(heard)
        signature, self._shift = shown(self._lifted, step.K, self._shift)
        correction = step.K @ np.where(heard, innovation, 0.0)
        n = len(self._kept)
        x[self._kept] += correction[:n]
        self._x = x
        self._l = predicted[-1] + correction[n : n + self._m]
        self._d = self._forget * self._d + correction[n + self._m :]
        self._t_s += self._samples * self._dt_s
        return Window(innovation, np.diagonal(step.S) - self._error, signature, predicted)

    @property
    def disturbances(self) -> Matrix:
        """float64[n_d], what the filter believes of what nobody measures."""
        return self._d.copy()

    def _carry(self, inputs: Matrix) -> tuple[Matrix, Matrix]:
        """States and outputs through a window; where the course bends, in short careful steps."""
        follow, spread = self._physics.follow, self._model.spread
        limit = np.where(spread > 0.0, spread, np.inf)
        drive = self._drive @ self._d
        x, outputs = follow(
            *(self._t_s, self._dt_s, self._x, inputs, self._solver.inverse, drive, limit)
        )
        made = [outputs]
        for row in range(len(outputs), len(inputs)):
            x, y = self._careful(self._t_s + row * self._dt_s, x, inputs[row], drive)
            made.append(y)
            self._linearised_s = -np.inf
        return x, np.vstack(made)

    def _careful(
        self, t_s: float, x: Matrix, inputs: Matrix, drive: Matrix
    ) -> tuple[Matrix, Matrix]:
        """One sample in steps of a tenth, each with a Jacobian of its own."""
        h = self._dt_s / CAREFUL
        for part in range(CAREFUL):
            at = t_s + part * h
            slopes = self._physics.jacobian(at, x, inputs)[: len(x), : len(x)]
            inverse = Solver(np.ascontiguousarray(slopes), h).inverse
            any_error = np.full(len(x), np.inf)
            x, y = self._physics.follow(at, h, x, inputs[None], inverse, drive, any_error)
        return x, y

    def _start(self, inputs: Matrix) -> None:
        self._started = True
        model = self._model
        self._x, self._l = self._physics.start(inputs)
        self._kept = self._felt(inputs)
        window_s = self._samples * self._dt_s
        self._forget = np.array([np.exp(-window_s / d.tau_s) for d in model.disturbances])
        self._d = np.zeros(len(model.disturbances))
        self._linearise(inputs)
        variance = np.concatenate(
            [
                model.spread[self._kept] ** 2,
                model.noise**2,
                [d.sigma**2 for d in model.disturbances],
            ]
        )
        self._P = np.diag(variance)
        self._shift = np.zeros((len(variance), self._k))

    def _felt(self, inputs: Matrix) -> NDArray[np.intp]:
        """States that something depends on, found by looking around the start."""
        rng = np.random.default_rng(0)
        felt = np.zeros(len(self._x), bool)
        for _ in range(3):
            near = self._x + 0.1 * self._model.spread * rng.standard_normal(len(self._x))
            columns = self._physics.jacobian(0.0, near, inputs)[:, : len(self._x)]
            felt |= columns.any(axis=0)
        return np.flatnonzero(felt)

    def _moved(self, inputs: Matrix) -> bool:
        if self._t_s - self._linearised_s >= STALE_S:
            return True
        away = np.abs(inputs.mean(axis=0) - self._linearised_at)
        return bool((away > self._model.nominal).any())

    def _linearise(self, inputs: Matrix) -> None:
        """The linear model here: of a sample, and of a window."""
        self._linearised_s, self._linearised_at = self._t_s, inputs
        J = self._physics.jacobian(self._t_s, self._x, inputs)
        n_x, kept = len(self._x), self._kept
        A, C = J[:n_x, :n_x], J[n_x:, kept]
        load, direct = J[:n_x, n_x:], J[n_x:, n_x:]
        self._solver = Solver(np.ascontiguousarray(A), self._dt_s)
        columns = [d.column for d in self._model.disturbances]
        self._drive, self._direct = load[:, columns], direct[:, columns]
        F = self._solver.transition()[np.ix_(kept, kept)]
        lifted = lift(self._sampled(F, C, load, direct), self._samples)
        lifted = replace(lifted, N_yy=lifted.N_yy + np.diag(self._error))
        self._lifted = then(lifted, *self._between_windows())
        self._converged: tuple[bytes, Gain] | None = None

    def _sampled(self, F_x: Matrix, C: Matrix, load: Matrix, direct: Matrix) -> Sampled:
        """State [x kept, lagged readings, disturbances], sample by sample."""
        model, m = self._model, self._m
        n, n_d = len(self._kept), len(model.disturbances)
        share = (self._dt_s / (model.lag_s + self._dt_s))[:, None]
        n_in = len(model.input_noise)
        cause, sees = self._enter(load, direct)
        through = self._solver.through(np.hstack([self._drive, load[:, :n_in], cause]))[self._kept]
        d_x, u_x, c_x = np.split(through, [n_d, n_d + n_in], axis=1)
        size = n + m + n_d
        F = np.zeros((size, size))
        F[:n, :n], F[:n, n + m :] = F_x, d_x
        F[n : n + m, :n] = share * (C @ F_x)
        F[n : n + m, n : n + m] = np.diag(1.0 - share[:, 0])
        F[n : n + m, n + m :] = share * (C @ d_x + self._direct)
        F[n + m :, n + m :] = np.eye(n_d)
        G = np.zeros((size, self._k))
        G[:n] = c_x
        G[n : n + m] = share * (C @ c_x + sees)
        noise = np.zeros((size, n_in + n))
        noise[:n, :n_in] = u_x * model.input_noise
        noise[:n, n_in:] = np.diag(model.walk[self._kept] * np.sqrt(self._dt_s))
        noise[n : n + m] = share * (C @ noise[:n])
        noise[n : n + m, :n_in] += share * (direct[:, :n_in] * model.input_noise)
        Q = noise @ noise.T
        H = np.zeros((m, size))
        H[:, n : n + m] = np.eye(m)
        return Sampled(F, G, H, self._read(), Q, model.noise**2)

    def _between_windows(self) -> tuple[Matrix, Matrix]:
        """Disturbances stand still inside a window and move between windows."""
        still = len(self._kept) + self._m
        forget = np.concatenate([np.ones(still), self._forget])
        sigma = np.concatenate([np.zeros(still), [d.sigma for d in self._model.disturbances]])
        return np.diag(forget), np.diag(sigma**2 * (1.0 - forget**2))

    def _enter(self, load: Matrix, direct: Matrix) -> tuple[Matrix, Matrix]:
        """How the hypotheses enter slopes [n_x, k] and true outputs [m, k]."""
        weight = np.zeros((load.shape[1], self._k))
        for j, cause in self._causes():
            if cause.column is not None:
                by = 1.0 if cause.low is None else self._linearised_at[cause.column] - cause.low
                weight[cause.column, j] += cause.gain * by
        return load @ weight, direct @ weight

    def _read(self) -> Matrix:
        """How the hypotheses enter the readings themselves, [m, k]."""
        D = np.zeros((self._m, self._k))
        for j, cause in self._causes():
            if cause.output is not None:
                low = cause.low
                D[cause.output, j] += 1.0 if low is None else self._l[cause.output] - low
        return D

    def _causes(self) -> list[tuple[int, Cause]]:
        return [(j, cause) for j, several in enumerate(self._model.causes) for cause in several]

    def _gain(self, heard: Flags) -> Gain:
        """The gain of this window; kept while nothing that it depends on has changed."""
        key = heard.tobytes()
        if self._converged is not None and self._converged[0] == key:
            return self._converged[1]
        step = gain(self._lifted, self._P, heard)
        if settled(self._P, step.P):
            self._converged = key, step
        else:
            self._converged = None
        self._P = step.P
        return step
