"""A linear part with two inputs and a parameter, as an observer sees it."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin.estimation.physics import Cause, Disturbance, PartModel
from twin.factors import Factors, solved
from twin.sparse import Entries, dense, entries

Matrix = NDArray[np.float64]
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
        step: Factors,
        drive: Matrix,
        limit: Matrix,
        p: float = 0.0,
    ) -> tuple[Matrix, Matrix]:
        made = []
        for u in inputs:
            known = np.array([*u, p])

            def slope(x: Matrix, known: Matrix = known) -> Matrix:
                return np.asarray(self.A @ x + self.B @ known + drive)

            k1 = solved(step, slope(x))
            k2 = solved(step, slope(x + dt_s * k1) - 2.0 * k1)
            x = x + dt_s * (1.5 * k1 + 0.5 * k2)
            made.append(self.C @ x + self.D @ known)
        return x, np.array(made)

    def jacobian(self, t_s: float, x: Matrix, inputs: Matrix) -> Entries:
        found: Entries = entries(np.block([[self.A, self.B], [self.C, self.D]]))
        return found

    def kept(self) -> None:
        """A linear part has nothing beside its states."""

    def take_up(self, kept: None) -> None:
        raise AssertionError

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
