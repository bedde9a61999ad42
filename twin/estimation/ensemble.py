"""One part of the plant, followed by an ensemble of its model: an FMU that gives no derivatives.

Nobody can move what is inside of such an FMU. What can be moved are its inputs and its parameters,
so the innovation corrects the disturbances (Ornstein-Uhlenbeck processes) and nothing else; states
follow by themselves. The covariances come from members that lead the mean as the truth may
(Evensen, J. Geophys. Res. 99 (1994), 10143), whose readings have the noise of readings (Burgers,
van Leeuwen and Evensen, Mon. Weather Rev. 126 (1998), 1719): with that they are right for any gain,
also for one that is zero for the states (Schmidt's consider filter). What a fault shows is told by
a member that has it.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.estimation.following import Trail, Window
from twin.estimation.linearised import error_variance, forget
from twin.estimation.physics import Cause, PartModel

Matrix = NDArray[np.float64]
Flags = NDArray[np.bool_]

CHANCE = 16
"""Members that lead the mean by chance [-]; covariances are averaged over time as well."""
MEMORY_S = 3600.0
"""Over so long covariances are averaged [s]: as long as a linear model may serve (assumed)."""


class Copies(Protocol):
    """Members of a model (`twin.plant.members`)."""

    def value(self, parameter: str) -> float:
        """What a parameter is set to."""
        ...

    def start(self, inputs: Matrix) -> Matrix:
        """As many members as `inputs[k, n_in]` has rows, initialized; outputs[k, m]."""
        ...

    def run(self, inputs: Matrix, dt_s: float) -> Matrix:
        """One step of `dt_s` [s] a row of `inputs[rows, k, n_in]`; outputs[rows, k, m]."""
        ...

    def set(self, member: int, parameters: Mapping[str, float]) -> None:
        """Change tunable parameters of a member."""
        ...

    def saved(self) -> Any:  # noqa: ANN401 - only `alone` looks into it
        """The state of the first member; None if it cannot be saved."""
        ...

    def alone(self, state: Any, inputs: Matrix) -> None:  # noqa: ANN401
        """Start the first member alone, and go on from what `saved` gave."""
        ...


@dataclass
class Mean:
    """What the ensemble holds to be true, as a what-if run needs it: without its members."""

    state: Any
    """Of the first member's FMU."""
    wander: Matrix
    """float64[n_d], disturbances."""
    read: Matrix
    """float64[m], what the sensors ought to read."""
    shown: Matrix
    """float64[m, m], covariance of the innovation but for the noise of readings."""
    swayed: Matrix
    """float64[n_d, m], that of the disturbances after a window with its innovation."""


def members_of(
    model: PartModel, names: Sequence[str], chance: int = CHANCE
) -> list[dict[str, float]]:
    """By how much parameters of each member differ: the mean, those by chance, those with a fault.

    `names` are those of the columns, inputs first.
    """
    inputs = len(model.input_noise)
    faulty = [
        {
            names[c.column]: c.gain * size
            for c in causes
            if c.column is not None and c.column >= inputs
        }
        for causes, size in _entering(model)
    ]
    return [{} for _ in range(1 + chance)] + faulty


def _entering(model: PartModel) -> list[tuple[tuple[Cause, ...], float]]:
    return [(c, s) for c, s in zip(model.causes, model.sizes, strict=True) if c]


class EnsembleObserver:
    """Follows one part window by window."""

    def __init__(
        self,
        copies: Copies,
        model: PartModel,
        names: Sequence[str],
        dt_s: float,
        samples: int,
        chance: int = CHANCE,
    ) -> None:
        """Windows of `samples` samples of `dt_s` [s]; nothing runs before the first window.

        `copies` differ as `members_of` says, with `chance` members by chance.
        """
        self._copies, self._model, self._names = copies, model, names
        self._dt_s, self._samples, self._chance = dt_s, samples, slice(1, 1 + chance)
        window_s = dt_s * samples
        self._n_in = len(model.input_noise)
        self._share = dt_s / (model.lag_s + dt_s)
        self._noise = model.noise**2 / samples + error_variance(model, window_s)
        self._error = error_variance(model, window_s)
        self._left = forget(model, window_s)
        self._sigma = np.array([d.sigma for d in model.disturbances])
        self._gained = self._sigma * np.sqrt(1.0 - self._left**2)
        self._column = np.array([d.column for d in model.disturbances], np.intp)
        self._fresh = min(1.0, window_s / MEMORY_S)
        self._size = np.array([size for _, size in _entering(model)])
        self._entering = np.flatnonzero([bool(causes) for causes in model.causes])
        self._differing = members_of(model, names, chance)
        self._offset, self._misread = self._faults(1 + chance)
        self._fixed: dict[str, float] = {}
        self._mean: Mean | None = None
        self._lead = np.zeros((0, len(self._sigma)))
        """Of each member, by how much its disturbances lead those of the mean."""
        self._read = np.zeros((0, len(self._noise)))
        """What the sensors of each ought to read."""
        self._rng = np.random.default_rng(0)
        self._windows = 0

    def window(self, inputs: Matrix, readings: Matrix, heard: Flags) -> Window:
        """One window on; arguments as of `Observer.window`."""
        mean = self._mean or self._start(inputs[0])
        predicted = self._carry(mean, inputs)
        told = _mean_difference(readings, predicted[:, 0])
        heard = heard & np.isfinite(told)
        over = predicted.mean(axis=0)
        shown = over - over[0]
        ahead = self._left * self._lead
        if len(self._lead) > 1:
            self._learn(mean, shown, ahead)
        S = mean.shown + np.diag(self._noise)
        K = np.zeros((len(mean.wander), len(heard)))
        some = np.flatnonzero(heard)
        if len(some) and len(K):
            K[:, some] = np.linalg.solve(S[np.ix_(some, some)], mean.swayed[:, some].T).T
        mean.wander = self._left * mean.wander + K @ np.where(heard, told, 0.0)
        mean.read = predicted[-1, 0]
        self._read = predicted[-1]
        self._lead = ahead - (shown + self._misreading()) @ K.T
        self._lead[0] = 0.0
        variance = np.diagonal(S) - self._error
        return Window(told, variance, self._signature(shown), predicted[:, 0])

    def beside(
        self, inputs: Matrix, readings: Matrix, heard: Flags, _trail: Trail | None
    ) -> Matrix:
        """Innovation of one window on; the mean alone has a gain that stays."""
        return self.window(inputs, readings, heard).innovation

    @property
    def belief(self) -> Mean | None:
        """Of the mean alone; None before the first window, or of an FMU that cannot save it."""
        if self._mean is None:
            return None
        state = self._copies.saved()
        return None if state is None else deepcopy(self._mean_with(state))

    def resume(self, belief: Mean, inputs: Matrix) -> None:
        """Go on from there with the mean alone: covariances stay, and no fault shows."""
        self._copies.alone(belief.state, inputs)
        self._mean = deepcopy(belief)
        self._lead = np.zeros((1, len(belief.wander)))
        self._read = belief.read[None].copy()

    def change(self, parameters: Mapping[str, float]) -> None:
        """Go on with other values of tunable parameters, of all members."""
        self._fixed |= parameters
        for member in range(len(self._lead)):
            self._copies.set(member, parameters)

    def _mean_with(self, state: object) -> Mean:
        mean = self._mean
        assert mean is not None
        return Mean(state, mean.wander, mean.read, mean.shown, mean.swayed)

    def _start(self, inputs: Matrix) -> Mean:
        many, n_d = len(self._offset), len(self._sigma)
        self._read = self._copies.start(inputs + self._offset)
        self._read[self._chance] = self._read[0]  # they lead by what is random, not by a start
        m = self._read.shape[1]
        self._lead = np.zeros((many, n_d))
        chance = self._rng.standard_normal((len(range(*self._chance.indices(many))), n_d))
        self._lead[self._chance] = self._sigma * chance
        zero = np.zeros(n_d)
        self._mean = Mean(None, zero, self._read[0], np.zeros((m, m)), np.zeros((n_d, m)))
        return self._mean

    def _carry(self, mean: Mean, inputs: Matrix) -> Matrix:
        """What the sensors of each member ought to read: float64[samples, members, m]."""
        many = len(self._lead)
        fed = inputs[:, None, :] + self._offset[:many]
        if many > 1:
            some = fed[:, self._chance]
            some += self._model.input_noise * self._rng.standard_normal(some.shape)
        wander = mean.wander + self._lead
        for d, column in enumerate(self._column):
            if column < self._n_in:
                fed[:, :, column] += wander[:, d]
        self._set(wander)
        outputs = self._copies.run(fed, self._dt_s)
        read, predicted = self._read, np.empty_like(outputs)
        for row, y in enumerate(outputs):
            read = read + self._share * (y - read)
            predicted[row] = read
        return predicted

    def _set(self, wander: Matrix) -> None:
        """Disturbances of parameters."""
        own = [d for d, column in enumerate(self._column) if column >= self._n_in]
        for member in range(len(wander) if own else 0):
            told = {}
            for d in own:
                name = self._names[self._column[d]]
                value = self._fixed.get(name, self._copies.value(name))
                value += self._differing[member].get(name, 0.0)
                told[name] = value + float(wander[member, d])
            self._copies.set(member, told)

    def _learn(self, mean: Mean, shown: Matrix, ahead: Matrix) -> None:
        """Covariances, averaged over members and time."""
        some = ahead[self._chance]
        some += self._gained * self._rng.standard_normal(some.shape)
        self._windows += 1
        fresh = max(self._fresh, 1.0 / self._windows)
        Y = shown[self._chance]
        mean.shown += fresh * (Y.T @ Y / len(Y) - mean.shown)
        mean.swayed += fresh * (some.T @ Y / len(Y) - mean.swayed)

    def _misreading(self) -> Matrix:
        """What each member's readings have that its outputs do not, float64[members, m]."""
        many = len(self._lead)
        added = self._misread[:many].copy()
        if many > 1:
            some = added[self._chance]
            some += np.sqrt(self._noise) * self._rng.standard_normal(some.shape)
        return added

    def _signature(self, shown: Matrix) -> Matrix:
        signature = np.zeros((shown.shape[1], len(self._model.causes)))
        if len(shown) > 1:
            first = self._chance.stop
            moved = (shown + self._misread)[first:] / self._size[:, None]
            signature[:, self._entering] = moved.T
        return signature

    def _faults(self, first: int) -> tuple[Matrix, Matrix]:
        """By how much each member's inputs and readings are off for good."""
        several = _entering(self._model)
        offset = np.zeros((first + len(several), self._n_in))
        misread = np.zeros((first + len(several), len(self._model.noise)))
        for member, (causes, size) in enumerate(several, first):
            for cause in causes:
                if cause.output is not None:
                    misread[member, cause.output] += size
                if cause.column is not None and cause.column < self._n_in:
                    offset[member, cause.column] += cause.gain * size
        return offset, misread


def _mean_difference(readings: Matrix, predicted: Matrix) -> Matrix:
    """float64[m], of readings less predictions; NaN where less than half of them are there."""
    there = np.isfinite(readings)
    count = there.sum(axis=0)
    total = np.where(there, readings - predicted, 0.0).sum(axis=0)
    told: Matrix = np.where(2 * count >= len(readings), total / np.maximum(count, 1), np.nan)
    return told
