"""The ensemble on a linear model, against the covariances and the filter that it stands for."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.estimation.ensemble import EnsembleObserver, members_of
from twin.estimation.physics import Cause, Disturbance, PartModel

Matrix = NDArray[np.float64]
N, N_IN, M, DT_S, SAMPLES = 3, 2, 2, 10.0, 6
NAMES = ("fed", "load", "fault")


class Linear:
    """x' = F x + B [u, p] a sample, y = C x + D [u, p]; two inputs, a parameter that is 0."""

    def __init__(self, seed: int, differing: list[dict[str, float]]) -> None:
        rng = np.random.default_rng(seed)
        self.F = np.diag(rng.uniform(0.6, 0.97, N)) + np.triu(0.05 * rng.normal(size=(N, N)), 1)
        self.B = 0.2 * rng.normal(size=(N, N_IN + 1))
        self.C, self.D = rng.normal(size=(M, N)), 0.2 * rng.normal(size=(M, N_IN + 1))
        self.own = np.array([d.get("fault", 0.0) for d in differing])
        self.set_to = np.zeros(len(differing))

    def value(self, parameter: str) -> float:
        assert parameter == "fault"
        return 0.0

    def start(self, inputs: Matrix) -> Matrix:
        self.x = np.zeros((len(inputs), N))
        self.p = self.own[: len(inputs)].copy()
        return self._outputs(inputs)

    def run(self, inputs: Matrix, dt_s: float) -> Matrix:
        made = []
        for row in inputs:
            self.x = self.x @ self.F.T + self._known(row) @ self.B.T
            made.append(self._outputs(row))
        return np.array(made)

    def set(self, member: int, parameters: Mapping[str, float]) -> None:
        self.p[member] = parameters["fault"]

    def saved(self) -> Any:
        return self.x[0].copy()

    def alone(self, state: Any, inputs: Matrix) -> None:
        self.start(inputs[None])
        self.x = state[None].copy()

    def _known(self, inputs: Matrix) -> Matrix:
        return np.column_stack([inputs, self.p])

    def _outputs(self, inputs: Matrix) -> Matrix:
        return np.asarray(self.x @ self.C.T + self._known(inputs) @ self.D.T)


def model(disturbed: int) -> PartModel:
    return PartModel(
        lag_s=np.array([0.0, 25.0]),
        noise=np.array([0.05, 0.1]),
        error=np.zeros(M),
        input_noise=np.array([0.3, 0.0]),
        walk=np.zeros(0),
        spread=np.zeros(0),
        disturbances=(Disturbance(disturbed, 0.5, 3600.0),),
        causes=(
            (Cause(column=2),),
            (Cause(column=0, gain=-1.0),),
            (Cause(column=0, gain=-1.0), Cause(output=1)),
            (),
            (Cause(output=0),),
        ),
        sizes=(0.4, 0.2, -0.3, 1.0, 0.1),
    )


class Exact:
    """The same filter with its covariances by matrices: z is [states, readings, disturbance]."""

    def __init__(self, plant: Linear, told: PartModel) -> None:
        self.told = told
        size, noises = N + M + 1, SAMPLES * N_IN
        self.left = np.exp(-SAMPLES * DT_S / told.disturbances[0].tau_s)
        ends, means = [], []
        for unit in np.eye(size + noises):  # a window does to unit vectors what it does
            end, mean = self._through(plant, unit[:size], unit[size:].reshape(SAMPLES, N_IN))
            ends.append(end)
            means.append(mean)
        A, H = np.array(ends).T, np.array(means).T
        self.F, self.G, self.H, self.L = A[:, :size], A[:, size:], H[:, :size], H[:, size:]
        self.F[-1] *= self.left
        W = np.diag(np.tile(told.input_noise**2, SAMPLES))
        self.Q, self.N = self.G @ W @ self.G.T, self.G @ W @ self.L.T
        self.Q[-1, -1] += told.disturbances[0].sigma ** 2 * (1.0 - self.left**2)
        self.R = self.L @ W @ self.L.T + np.diag(told.noise**2 / SAMPLES)

    def _through(self, plant: Linear, z: Matrix, noise: Matrix) -> tuple[Matrix, Matrix]:
        x, read, seen = z[:N], z[N : N + M], []
        for row in noise:
            known = np.array([*row, 0.0])
            known[self.told.disturbances[0].column] += z[-1]
            x = plant.F @ x + plant.B @ known
            y = plant.C @ x + plant.D @ known
            read = read + DT_S / (self.told.lag_s + DT_S) * (y - read)
            seen.append(read)
        return np.array([*x, *read, z[-1]]), np.mean(seen, axis=0)

    def settled(self, all_states: bool = False) -> tuple[Matrix, Matrix]:
        """Gain and covariance of the innovation, with a gain for the disturbance or for all."""
        size = len(self.F)
        P = np.eye(size)
        for _ in range(600):
            S = self.H @ P @ self.H.T + self.R
            K = (self.F @ P @ self.H.T + self.N) @ np.linalg.inv(S)
            if not all_states:
                K[:-1] = 0.0
            left = self.F - K @ self.H
            P = left @ P @ left.T + self.Q + K @ self.R @ K.T - K @ self.N.T - self.N @ K.T
        return K, S


def ensemble(seed: int, told: PartModel, chance: int) -> tuple[EnsembleObserver, Linear]:
    plant = Linear(seed, members_of(told, NAMES, chance))
    return EnsembleObserver(plant, told, NAMES, DT_S, SAMPLES, chance), plant


def readings_of(seed: int, told: PartModel, windows: int, size: Matrix) -> list[Any]:
    """Inputs as read and readings, of a plant with its own disturbance, and faults of `size`."""
    rng = np.random.default_rng(seed + 1)
    plant = Linear(seed, [{}])
    plant.start(np.zeros((1, N_IN)))
    read, d, found = np.zeros(M), 0.0, []
    (of,) = told.disturbances
    left = np.exp(-SAMPLES * DT_S / of.tau_s)
    for _ in range(windows):
        u = np.tile(rng.normal(size=N_IN), (SAMPLES, 1))
        true = u[:, None, :].copy()
        true[:, 0, :] += told.input_noise * rng.normal(size=u.shape)
        true[:, 0, 0] -= size[1] + size[2]
        if of.column < N_IN:
            true[:, 0, of.column] += d
        plant.set(0, {"fault": size[0] + (d if of.column == 2 else 0.0)})
        seen = []
        for y in plant.run(true, DT_S)[:, 0]:
            read = read + DT_S / (told.lag_s + DT_S) * (y - read)
            seen.append(read + told.noise * rng.normal(size=M) + [size[4], size[2]])
        found.append((u, np.array(seen)))
        d = left * d + of.sigma * np.sqrt(1.0 - left**2) * rng.normal()
    return found


HEARD = np.ones(M, bool)


@pytest.mark.parametrize(
    ("chance", "variance_within", "innovation_within"), [(16, 0.05, 0.15), (400, 0.02, 0.03)]
)
@pytest.mark.parametrize("disturbed", [1, 2])
@pytest.mark.parametrize("seed", [3, 4])
def test_it_is_the_filter_by_matrices(
    seed: int, disturbed: int, chance: int, variance_within: float, innovation_within: float
) -> None:
    """An input that wanders, or a parameter: covariance of the innovation, and the mean itself."""
    told = model(disturbed)
    observer, plant = ensemble(seed, told, chance)
    exact = Exact(plant, told)
    K, S = exact.settled()
    z, off, variance = np.zeros(N + M + 1), [], []
    for (u, readings), forced in _driven(plant, readings_of(seed, told, 400, np.zeros(5))):
        window = observer.window(u, readings, HEARD)
        innovation = readings.mean(axis=0) - forced - exact.H @ z
        z = exact.F @ z + K @ innovation
        off.append(window.innovation - innovation)
        variance.append(window.variance)
    of = np.diag(S)
    assert np.mean(variance[200:], axis=0) == pytest.approx(of, rel=variance_within)
    rms = np.sqrt(np.mean(np.array(off[100:]) ** 2, axis=0) / of)
    assert rms.max() < innovation_within


def test_a_filter_that_may_move_states_too_expects_less() -> None:
    """What the oracle is worth: the two filters by matrices differ where states could be moved."""
    exact = Exact(Linear(3, [{}]), model(1))
    (_, ours), (_, best) = exact.settled(), exact.settled(all_states=True)
    assert (np.diag(ours) > 1.05 * np.diag(best)).all()


@pytest.mark.parametrize("disturbed", [1, 2])
@pytest.mark.parametrize("j", range(5))
def test_a_fault_shows_as_told(disturbed: int, j: int) -> None:
    """A parameter, a wrong reading at the boundary, one that is watched too, nothing, a sensor."""
    told, size = model(disturbed), np.zeros(5)
    size[j] = 1.7
    runs = []
    for some in (size, np.zeros(5)):
        observer, _ = ensemble(7, told, 16)
        windows = [observer.window(*w, HEARD) for w in readings_of(7, told, 120, some)]
        runs.append(windows)
    shows = np.array([a.innovation - b.innovation for a, b in zip(*runs, strict=True)])
    says = np.array([w.signature[:, j] * size[j] for w in runs[1]])
    if j == 3:
        assert (says == 0.0).all()
    # members with a fault begin with their own readings, the plant's sensors with what was
    scale = np.abs(shows).max() + 1e-12
    off = np.abs(says - shows).max(axis=1)
    assert off[20:].max() < 0.02 * scale
    assert off[-1] < 1e-6 * scale


def test_what_is_not_read_corrects_nothing() -> None:
    """A signal without readings is one that must not correct; with some of them, their mean."""
    told, runs = model(1), []
    windows = readings_of(5, told, 60, np.zeros(5))
    for blind in (False, True):
        observer, _ = ensemble(5, told, 16)
        found = []
        for k, (u, readings) in enumerate(windows):
            seen, heard = readings.copy(), HEARD.copy()
            if k >= 30 and blind:
                seen[:, 1] = np.nan
            elif k >= 30:
                heard[1] = False
            found.append(observer.window(u, seen, heard))
        runs.append(found)
    deaf, blinded = runs
    for a, b in zip(deaf, blinded, strict=True):
        np.testing.assert_array_equal(a.predicted, b.predicted)
        np.testing.assert_array_equal(a.signature, b.signature)
        assert a.innovation[0] == b.innovation[0]
    assert np.isnan([w.innovation[1] for w in blinded[30:]]).all()
    observer, _ = ensemble(5, told, 16)
    (u, readings), *_ = windows
    readings[:3, 0] = np.nan
    window = observer.window(u, readings, HEARD)
    assert window.innovation[0] == pytest.approx((readings - window.predicted)[3:, 0].mean())


def _driven(plant: Linear, windows: list[Any]) -> Any:
    """Each window, with the mean reading that its inputs alone would give."""
    other = Linear.__new__(Linear)
    other.__dict__ = {**plant.__dict__, "own": np.zeros(1)}
    other.start(windows[0][0][:1])
    read = other._outputs(windows[0][0][:1])[0]
    for u, readings in windows:
        seen = []
        for y in other.run(u[:, None, :], DT_S)[:, 0]:
            read = read + DT_S / (model(1).lag_s + DT_S) * (y - read)
            seen.append(read)
        yield (u, readings), np.mean(seen, axis=0)
