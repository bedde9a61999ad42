"""What an observer has made of a Jacobian, for as long as it serves.

A Jacobian is taken anew when one derivative shows that it is not right any more; the inverse of its
long step when rates have changed by more. The linear model behind gains and steps of the mean is of
what the last quarter of an hour was like: a valve that hunts does not make it new at every turn.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.estimation.linearised import Around, Linearised, linearise
from twin.estimation.physics import Physics
from twin.estimation.rosenbrock import inverse_of
from twin.estimation.slaved import reduced
from twin.estimation.tangent import Tangent

Matrix = NDArray[np.float64]

NEAR = 0.01
"""A Jacobian serves while no row of it times a direction is off by more than this share of what
its entries add up to in that direction [-]; signatures are then right to about 3 %."""
ROUNDING = 1e-12
"""What does not count as a difference [unit of a row times its column's]."""

STEEP, STIFF = 0.1, 0.5
"""The inverse of a long step is renewed when the rate of a state has changed by the first share of
itself [-] and by the second [1 / step]: with an inverse of rates 15 % too low a stiff state's step
is not stable (assumed). Where it is not stiff, signatures are the same to 1.5 %."""
BENT, SLOW = 0.3, 5e-4
"""A linear model is renewed when such a rate has changed by the first share of itself [-] and by
more than once in half an hour [1/s]: an exchanger or a pipe then sees another flow (assumed)."""
STALE_S = 3600.0
"""A linear model is renewed at least this often [s] (assumed)."""

USUAL_S = 900.0
"""Time over which what hunts is averaged [s] (assumed)."""
SUDDEN = 0.7
"""A rate that has changed by more than this share of the larger one is no hunting [-] (assumed)."""


@dataclass(frozen=True)
class _Taken:
    """A Jacobian."""

    jacobian: Matrix
    reduced: Matrix
    """That of the states kept."""
    along: Matrix
    """float64[n_x + m], it times the direction of `Around`."""
    slack: Matrix
    """float64[n_x + m], by how much that may be off; without end in rows of meters."""
    rates: Matrix
    """float64[n_kept], the slope of each state kept by itself [1/s]."""
    tangent: Tangent

    def holds(self, along: Matrix) -> bool:
        """Whether it is good enough where the true one times the direction is `along`."""
        return bool((np.abs(along - self.along) <= self.slack).all())


@dataclass(frozen=True)
class _Usual:
    """What the reduced Jacobian has been of late."""

    t_s: float
    reduced: Matrix
    rates: Matrix

    def then(self, t_s: float, taken: _Taken) -> "_Usual":
        """With what is `taken` now; where that is something else, the past does not count."""
        larger = np.maximum(np.abs(taken.rates), np.abs(self.rates))
        if (np.abs(taken.rates - self.rates) > SUDDEN * larger + SLOW).any():
            return _Usual(t_s, taken.reduced, taken.rates)
        share = -np.expm1((self.t_s - t_s) / USUAL_S)
        of_late = _between(self.reduced, taken.reduced, share)
        return _Usual(t_s, of_late, np.diagonal(of_late)[: len(self.rates)].copy())


class Nearby:
    """Of one part."""

    def __init__(self, physics: Physics) -> None:
        self._physics = physics
        self.forget()

    def forget(self) -> None:
        """Derive all of it anew: the next point is somewhere else."""
        self._taken: _Taken | None = None
        self._inverse: tuple[Matrix, Matrix] | None = None
        self._usual: _Usual | None = None
        self._linear: tuple[Matrix, float, Linearised] | None = None

    def at(self, told: Around, t_s: float, x: Matrix, inputs: Matrix) -> tuple[Tangent, Linearised]:
        """What serves at a point; the linear model is the same object while it is not renewed."""
        taken = self._taken
        if taken is None or not taken.holds(self._physics.along(t_s, x, inputs, told.direction)):
            taken = self._taken = self._take(told, t_s, x, inputs)
        usual = self._usual
        usual = _Usual(t_s, taken.reduced, taken.rates) if usual is None else usual.then(t_s, taken)
        self._usual, at = usual, self._linear
        if at is None or t_s - at[1] >= STALE_S or _bent(usual.rates, at[0], BENT, SLOW):
            linear = linearise(told, taken.jacobian, len(x), usual.reduced)
            at = self._linear = usual.rates, t_s, linear
        return taken.tangent, at[2]

    def _take(self, told: Around, t_s: float, x: Matrix, inputs: Matrix) -> _Taken:
        jacobian, n_x, n = self._physics.jacobian(t_s, x, inputs), len(x), len(told.states.kept)
        along, slack = _margin(told, jacobian, n_x)
        less = reduced(jacobian, n_x, told.states)
        rates, stage = np.diagonal(less)[:n].copy(), self._inverse
        window_s = told.samples * told.dt_s
        if stage is None or _bent(rates, stage[0], STEEP, STIFF / window_s):
            stage = self._inverse = rates, inverse_of(np.ascontiguousarray(less[:n, :n]), window_s)
        return _Taken(jacobian, less, along, slack, rates, Tangent(less, stage[1]))


def _along(told: Around, jacobian: Matrix, n_x: int) -> tuple[Matrix, Matrix]:
    """A Jacobian times the direction, and by how much each row may differ."""
    along, slack = jacobian @ told.direction, np.full(len(jacobian), np.inf)
    size = np.abs(told.direction)
    for row in (told.states.kept, told.states.slaved, np.arange(n_x, len(jacobian))):
        for i in row:
            slack[i] = NEAR * (np.abs(jacobian[i]) @ size) + ROUNDING
    return along, slack


_margin = compiled(_along)


def _blend(before: Matrix, now: Matrix, share: float) -> Matrix:
    """`share` of the way from `before` to `now`."""
    found = np.empty_like(before)
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            found[i, j] = before[i, j] + share * (now[i, j] - before[i, j])
    return found


_between = compiled(_blend)


def _bent(rates: Matrix, before: Matrix, share: float, least: float) -> bool:
    """Whether any rate has changed by more than `share` [-] of what it was and `least` [1/s]."""
    return bool((np.abs(rates - before) > share * np.abs(before) + least).any())
