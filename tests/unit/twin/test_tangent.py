"""What a fault does to the innovations of a filter, told by its tangent, against two runs of it."""

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from twin.estimation.observer import PartObserver
from twin.estimation.physics import Cause, Disturbance, PartModel
from twin.estimation.rosenbrock import inverse_of
from twin.estimation.tangent import lagging
from twin.sparse import Entries, Inverse, dense, entries, solved, whole

Matrix = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)
N, M, DT_S, SAMPLES = 4, 2, 10.0, 6


class Linear:
    """dx/dt = A x + B [u, p], y = C x + D [u, p]; two inputs, one parameter that is 0."""

    states = tuple(f"x{i}" for i in range(N))

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        A = 0.002 * rng.normal(size=(N, N))
        self.A = A - np.diag(np.abs(A).sum(axis=1) + rng.uniform(1.0 / 3600.0, 1.0 / 60.0, N))
        self.B = 0.01 * rng.normal(size=(N, 3))
        self.C, self.D = rng.normal(size=(M, N)), rng.normal(size=(M, 3))

    def start(self, inputs: Matrix) -> tuple[Matrix, Matrix]:
        return np.zeros(N), self.D[:, :2] @ inputs

    def go_to(self, t_s: float, x: Matrix, changed: Mapping[str, float]) -> Matrix:
        assert not changed
        return x

    def follow(
        self,
        t_s: float,
        dt_s: float,
        x: Matrix,
        inputs: Matrix,
        inverse: Inverse,
        drive: Matrix,
        limit: Matrix,
        p: float = 0.0,
    ) -> tuple[Matrix, Matrix]:
        made = []
        for u in inputs:
            known = np.array([*u, p])

            def slope(x: Matrix, known: Matrix = known) -> Matrix:
                return np.asarray(self.A @ x + self.B @ known + drive)

            k1 = solved(inverse, slope(x))
            k2 = solved(inverse, slope(x + dt_s * k1) - 2.0 * k1)
            x = x + dt_s * (1.5 * k1 + 0.5 * k2)
            made.append(self.C @ x + self.D @ known)
        return x, np.array(made)

    def jacobian(self, t_s: float, x: Matrix, inputs: Matrix) -> Entries:
        found: Entries = entries(np.block([[self.A, self.B], [self.C, self.D]]))
        return found

    def along(self, t_s: float, x: Matrix, inputs: Matrix, direction: Matrix) -> Matrix:
        return np.asarray(dense(self.jacobian(t_s, x, inputs)) @ direction)


MODEL = PartModel(
    lag_s=np.array([0.0, 25.0]),
    noise=np.array([0.1, 0.2]),
    error=np.array([0.05, 0.0]),
    input_noise=np.array([0.1, 0.0]),
    walk=np.full(N, 1e-3),
    spread=np.ones(N),
    disturbances=(Disturbance(1, 0.5, 3600.0),),
    # a parameter; a wrong reading at the boundary; one that is fed and watched; nothing of ours
    causes=(
        (Cause(column=2),),
        (Cause(column=0, gain=-1.0),),
        (Cause(column=0, gain=-1.0), Cause(output=1)),
        (),
    ),
)


def innovations(physics: Linear, size: Matrix, windows: int) -> tuple[Matrix, Matrix]:
    """Of a filter on a plant with faults of these sizes, and the signatures it told."""
    observer = PartObserver(physics, MODEL, DT_S, SAMPLES)
    inverse, still = whole(inverse_of(physics.A, DT_S)), np.zeros(N)
    x, read, rng = np.zeros(N), None, np.random.default_rng(1)
    found, told = [], []
    for _ in range(windows):
        u = np.tile(rng.normal(size=2), (SAMPLES, 1))
        x, y = physics.follow(0.0, DT_S, x, u, inverse, still, still, p=size[0])
        read = physics.D[:, :2] @ u[0] if read is None else read
        readings = []
        for row in y:
            read = read + DT_S / (MODEL.lag_s + DT_S) * (row - read)
            readings.append(read + np.array([0.0, size[2]]))
        fed = u + np.array([size[1] + size[2], 0.0])  # what is read there is too high by so much
        window = observer.window(fed, np.array(readings), np.ones(M, bool))
        found.append(window.innovation)
        told.append(window.signature)
    return np.array(found), np.array(told)


@settings(max_examples=12)
@given(SEEDS)
def test_a_fault_shows_as_told(seed: int) -> None:
    physics, size = Linear(seed), np.random.default_rng(seed).normal(size=3)
    with_it, told = innovations(physics, size, 200)
    without, _ = innovations(physics, np.zeros(3), 200)
    shows, says = with_it - without, told[:, :, :3] @ size
    assert (told[:, :, 3] == 0.0).all()
    scale = np.abs(shows).max()
    # sensors begin where the model does, which knows of no fault; later, on its way, the tangent
    # takes one step a minute where the model takes six
    assert np.sqrt(np.mean((shows - says)[5:] ** 2)) < 0.05 * scale
    assert shows[-1] == pytest.approx(says[-1], abs=1e-2 * scale)


@given(SEEDS, st.integers(1, 8))
def test_lag_of_what_goes_straight(seed: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    share, (before, y0, y1) = rng.uniform(0.05, 1.0, (3, 1)), rng.normal(size=(3, 3))
    lags, read, seen = lagging(share, samples), before, []
    for j in range(1, samples + 1):
        read = read + share[:, 0] * (y0 + (y1 - y0) * j / samples - read)
        seen.append(read)
    given_ = np.stack([before, y0, y1], axis=1)
    assert (lags.last * given_).sum(axis=1) == pytest.approx(read)
    assert (lags.mean * given_).sum(axis=1) == pytest.approx(np.mean(seen, axis=0))
