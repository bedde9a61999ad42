"""States that follow another within seconds: the filter's linear model does without them.

The steel of a pipe is as warm as its water was some seconds ago. To first order in its time
constant its heat capacity is the water's (Kokotović, Khalil and O'Reilly, Singular Perturbation
Methods in Control, SIAM, 1999, 2.2): with f the state, p its host and a = J_ff < 0,

    f = -(J_fp p + J_fu u) / a        (1 + J_pf J_fp / a^2) dp/dt = J_pp p + J_pf f + J_pu u

Half of a network's states are such walls; products of matrices cost an eighth without them. The
mean is carried through the whole model all the same.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from twin.compiled import compiled
from twin.estimation.rosenbrock import GAMMA, inverse_of
from twin.sparse import Entries, Inverse, entries

Matrix = NDArray[np.float64]
Columns = NDArray[np.intp]

FAST = 1.5
"""A state whose time constant is less than so many samples may be slaved to one that is not [-]."""
LED = 0.5
"""At least so much of its rate is its host's [-]."""
LOOSE = 0.01
"""It moves nothing but its host, and no other slaved state it, by more than so much of its rate."""


class Division(NamedTuple):
    """The states of a part as its filter sees them; meters and clocks are in none of these."""

    kept: Columns
    """Those that the linear model has."""
    slaved: Columns
    """Those that follow one of them."""
    host: Columns
    """Of each of these, which of `kept` it follows."""


def divided(jacobians: Sequence[Matrix], n_x: int, sample_s: float) -> Division:
    """From Jacobians `float64[n_x + m, n_x + k]` of a few points; samples of `sample_s` [s].

    What is read itself is never slaved: a fault would show in it a few seconds too early.
    """
    felt = np.any([j[:, :n_x].any(axis=0) for j in jacobians], axis=0)
    rate = np.min([-np.diagonal(j[:n_x, :n_x]) for j in jacobians], axis=0)
    moves = np.max([np.abs(j[:n_x, :n_x]) for j in jacobians], axis=0)
    np.fill_diagonal(moves, 0.0)
    inside = moves.any(axis=0) & ~np.any([j[n_x:, :n_x].any(axis=0) for j in jacobians], axis=0)
    host, back = moves.argmax(axis=0), moves.max(axis=0)
    lead = moves[np.arange(n_x), host]
    fast = rate > 1.0 / (FAST * sample_s)
    together = rate[host] - back * lead / np.where(fast, rate, np.inf)  # the host's rate with it
    slaved = inside & fast & (together * FAST * sample_s <= 1.0) & (lead >= LED * rate)
    slaved &= moves.sum(axis=0) - back <= LOOSE * rate
    slaved &= moves @ slaved <= LOOSE * rate
    kept, those = np.flatnonzero(felt & ~slaved), np.flatnonzero(slaved)
    return Division(kept, those, np.searchsorted(kept, host[those]))


def _following(jacobian: Matrix, among: Division) -> Matrix:
    """Float64[n_slaved], by how much each moves with its host [unit / unit of its host]."""
    moved = np.zeros(len(among.slaved))
    for k in range(len(moved)):
        f = among.slaved[k]
        if jacobian[f, f] != 0.0:
            moved[k] = -jacobian[f, among.kept[among.host[k]]] / jacobian[f, f]
    return moved


following = compiled(_following)


def _reduced(jacobian: Entries, n_x: int, among: Division) -> Matrix:
    """The Jacobian of a part with `n_x` states for those kept: float64[n_kept + m, n_kept + k]."""
    begin, column, value, columns = jacobian
    n, m = len(among.kept), len(begin) - 1 - n_x
    place, wall = np.full(columns, -1), np.full(columns, -1)
    place[among.kept], place[n_x:] = np.arange(n), np.arange(n, n + columns - n_x)
    wall[among.slaved] = np.arange(len(among.slaved))
    rates = np.zeros(len(among.slaved))
    for k in range(len(rates)):
        f = among.slaved[k]
        for e in range(begin[f], begin[f + 1]):
            if column[e] == f:
                rates[k] = value[e]
    less = np.zeros((n + m, n + columns - n_x))
    for i in range(n + m):
        row = among.kept[i] if i < n else n_x + i - n
        here, mass = less[i], 1.0
        for e in range(begin[row], begin[row + 1]):
            if place[column[e]] >= 0:
                here[place[column[e]]] = value[e]
        for e in range(begin[row], begin[row + 1]):
            k = wall[column[e]]
            if k < 0 or rates[k] == 0.0:  # what stands still says nothing
                continue
            f, weight = among.slaved[k], value[e] / rates[k]
            for its in range(begin[f], begin[f + 1]):
                if place[column[its]] >= 0:
                    here[place[column[its]]] -= weight * value[its]
                if column[its] == row and among.host[k] == i:
                    mass += value[e] * value[its] / rates[k] ** 2
        if mass != 1.0:
            here /= mass
    return less


reduced = compiled(_reduced)


def _stage(jacobian: Matrix, n_x: int, among: Division, dt_s: float) -> Inverse:
    """The inverse that a step of all `n_x` states needs.

    What slaved states do to others than their hosts is left out, and so is what moves a meter: the
    step is of second order with any Jacobian (`rosenbrock`). Products cost a quarter.
    """
    h, kept, slaved = GAMMA * dt_s, among.kept, among.slaved
    wide = jacobian[:, :n_x]
    slopes = np.ascontiguousarray(wide[kept][:, kept])
    led = h * np.ascontiguousarray(wide[slaved][:, kept])
    gives, own = np.empty(len(slaved)), np.empty(len(slaved))
    for k in range(len(slaved)):
        f, p = slaved[k], among.host[k]
        own[k] = 1.0 / (1.0 - h * jacobian[f, f])
        led[k] *= own[k]
        gives[k] = h * jacobian[kept[p], f] * own[k]
        slopes[p] += jacobian[kept[p], f] * led[k]
    among_kept = inverse_of(slopes, dt_s)
    return Inverse(among_kept, kept, slaved, among.host, gives, entries(led), own)


stage = compiled(_stage)
