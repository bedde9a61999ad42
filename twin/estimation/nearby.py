"""What an observer has made of a Jacobian, for as long as it serves.

A Jacobian is taken anew when one derivative shows that it is not right any more; the factors of its
long step when rates have changed by more. The linear model behind gains and steps of the mean is of
what the last quarter of an hour was like: a valve that hunts does not make it new at every turn.
"""

from math import expm1
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.estimation.linearised import Around, Linearised, linearise
from twin.estimation.physics import Physics
from twin.estimation.rosenbrock import step_of
from twin.estimation.slaved import reduced
from twin.estimation.tangent import Tangent
from twin.factors import Factors
from twin.sparse import Entries, entries

Matrix = NDArray[np.float64]

NEAR = 0.01
"""A Jacobian serves while no row of it times a direction is off by more than this share of what
its entries add up to in that direction [-]; signatures are then right to about 3 %."""
ROUNDING = 1e-12
"""What does not count as a difference [unit of a row times its column's]."""

STEEP, STIFF = 0.1, 0.5
"""The factors of a long step are renewed when the rate of a state has changed by the first share of
itself [-] and by the second [1 / step]: with those of rates 15 % too low a stiff state's step
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


class _Taken(NamedTuple):
    """What is derived from a Jacobian."""

    along: Matrix
    """float64[n_x + m], it times the direction of `Around`."""
    slack: Matrix
    """float64[n_x + m], by how much that may be off; without end in rows of meters."""
    reduced: Matrix
    """That of the states kept."""
    entries: Entries
    """The same."""
    rates: Matrix
    """float64[n_kept], the slope of each state kept by itself [1/s]."""


class _Serving(NamedTuple):
    """A Jacobian and what was made of it."""

    jacobian: Entries
    taken: _Taken
    tangent: Tangent

    def holds(self, along: Matrix) -> bool:
        """Whether it is good enough where the true one times the direction is `along`."""
        return bool(_within(along, self.taken.along, self.taken.slack))


class Nearby:
    """Of one part."""

    def __init__(self, physics: Physics) -> None:
        self._physics = physics
        self.forget()

    def forget(self) -> None:
        """Derive all of it anew: the next point is somewhere else."""
        self._serving: _Serving | None = None
        self._moving = False
        """Whether every window needs a Jacobian of its own."""
        self._step: tuple[Matrix, Factors] | None = None
        self._usual: tuple[float, Matrix, Matrix] | None = None
        """What the reduced Jacobian and its rates have been of late, and until when [s]."""
        self._linear: tuple[Matrix, float, Linearised] | None = None

    def at(self, told: Around, t_s: float, x: Matrix, inputs: Matrix) -> tuple[Tangent, Linearised]:
        """What serves at a point; the linear model is the same object while it is not renewed."""
        serving = self._serving = self._served(told, t_s, x, inputs)
        usual, rates = self._of_late(t_s, serving.taken)
        at = self._linear
        if at is None or t_s - at[1] >= STALE_S or _bent(rates, at[0], BENT, SLOW):
            linear = linearise(told, serving.jacobian, len(x), usual)
            at = self._linear = rates, t_s, linear
        return serving.tangent, at[2]

    def _served(self, told: Around, t_s: float, x: Matrix, inputs: Matrix) -> _Serving:
        """The last Jacobian or, where that does not hold any more, a new one.

        While every window needs a new one nobody asks first: the new one says itself whether the
        last would have served.
        """
        last = self._serving
        if (
            last is not None
            and not self._moving
            and last.holds(self._physics.along(t_s, x, inputs, told.direction))
        ):
            return last
        jacobian = self._physics.jacobian(t_s, x, inputs)
        taken = _take(told, jacobian, len(x))
        self._moving = last is not None and not last.holds(taken.along)
        if last is not None and not self._moving:
            return last
        return _Serving(jacobian, taken, Tangent(taken.entries, self._long_step(told, taken)))

    def _long_step(self, told: Around, taken: _Taken) -> Factors:
        """The factors of a step over the window, at these rates or at others that are near."""
        n, window_s = len(taken.rates), told.samples * told.dt_s
        if self._step is None or _bent(taken.rates, self._step[0], STEEP, STIFF / window_s):
            slopes = np.ascontiguousarray(taken.reduced[:n, :n])
            self._step = taken.rates, step_of(slopes, window_s, told.states.kept_order)
        return self._step[1]

    def _of_late(self, t_s: float, taken: _Taken) -> tuple[Matrix, Matrix]:
        """What the reduced Jacobian and its rates have been over `USUAL_S`."""
        reduced, rates = taken.reduced, taken.rates
        if self._usual is not None:
            since_s, before, its_rates = self._usual
            share = -expm1((since_s - t_s) / USUAL_S)
            reduced, rates = _mixed(before, its_rates, reduced, rates, share)
        self._usual = t_s, reduced, rates
        return reduced, rates


def _taking(told: Around, jacobian: Entries, n_x: int) -> _Taken:
    """From a new Jacobian of a part with `n_x` states."""
    begin, column, value, _ = jacobian
    rows = len(begin) - 1
    along, slack = np.zeros(rows), np.full(rows, np.inf)
    for row in (told.states.kept, told.states.slaved, np.arange(n_x, rows)):
        for i in row:
            size = 0.0
            for e in range(begin[i], begin[i + 1]):
                moved = value[e] * told.direction[column[e]]
                along[i] += moved
                size += abs(moved)
            slack[i] = NEAR * size + ROUNDING
    less = reduced(jacobian, n_x, told.states)
    rates = np.array([less[i, i] for i in range(len(told.states.kept))])
    return _Taken(along, slack, less, entries(less), rates)


_take = compiled(_taking)


def _hold(along: Matrix, before: Matrix, slack: Matrix) -> bool:
    """Whether a Jacobian is good enough where it gave `before` and the true one gives `along`."""
    for i in range(len(slack)):  # noqa: SIM110 - compiled as it stands
        if not abs(along[i] - before[i]) <= slack[i]:
            return False
    return True


_within = compiled(_hold)


def _mix(
    before: Matrix, its_rates: Matrix, now: Matrix, rates: Matrix, share: float
) -> tuple[Matrix, Matrix]:
    """`share` of the way to what is `now`; where that is something else, the past does not count.

    Jacobians and their rates, of before and of now.
    """
    for i in range(len(rates)):
        larger = max(abs(rates[i]), abs(its_rates[i]))
        if abs(rates[i] - its_rates[i]) > SUDDEN * larger + SLOW:
            return now, rates
    found = np.empty_like(before)
    for i in range(found.shape[0]):
        for j in range(found.shape[1]):
            found[i, j] = before[i, j] + share * (now[i, j] - before[i, j])
    return found, np.array([found[i, i] for i in range(len(rates))])


_mixed = compiled(_mix)


def _bend(rates: Matrix, before: Matrix, share: float, least: float) -> bool:
    """Whether any rate has changed by more than `share` [-] of what it was and `least` [1/s]."""
    for i in range(len(rates)):
        if abs(rates[i] - before[i]) > share * abs(before[i]) + least:
            return True
    return False


_bent = compiled(_bend)
