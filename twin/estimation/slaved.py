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


def _nonzero(jacobian: Matrix, row: Columns, column: Columns) -> tuple[Columns, Columns, Matrix]:
    """Entries of some rows that are not 0: where those of each row begin, column, value.

    The first is int[rows + 1], the second which of `column`, counted from 0.
    """
    begin = np.zeros(len(row) + 1, np.intp)
    where, value = np.empty(len(row) * len(column), np.intp), np.empty(len(row) * len(column))
    e = 0
    for k in range(len(row)):
        own = jacobian[row[k]]
        for j in range(len(column)):
            if own[column[j]] != 0.0:
                where[e], value[e] = j, own[column[j]]
                e += 1
        begin[k + 1] = e
    return begin, where[:e], value[:e]


nonzero = compiled(_nonzero)


def _reduced(jacobian: Matrix, n_x: int, among: Division) -> Matrix:
    """The Jacobian of a part with `n_x` states for those kept: float64[n_kept + m, n_kept + k]."""
    n = len(among.kept)
    row = np.concatenate((among.kept, np.arange(n_x, jacobian.shape[0])))
    column = np.concatenate((among.kept, np.arange(n_x, jacobian.shape[1])))
    less, mass = np.empty((len(row), len(column))), np.ones(n)
    for i in range(len(row)):
        own, here = jacobian[row[i]], less[i]
        for j in range(n):
            here[j] = own[column[j]]
        here[n:] = own[n_x:]
    begin, where, moves = nonzero(jacobian, among.slaved, column)
    rates = np.array([jacobian[f, f] for f in among.slaved])
    for i in range(len(row)):  # row by row: a matrix is read as it lies in memory
        own, here = jacobian[row[i]], less[i]
        for k in range(len(rates)):
            weight = own[among.slaved[k]]
            if weight != 0.0 and rates[k] != 0.0:  # what stands still says nothing
                weight /= rates[k]
                for e in range(begin[k], begin[k + 1]):
                    here[where[e]] -= weight * moves[e]
    for k in range(len(among.slaved)):
        f, p = among.slaved[k], among.host[k]
        host = among.kept[p]
        if rates[k] != 0.0:
            mass[p] += jacobian[host, f] * jacobian[f, host] / rates[k] ** 2
    for i in range(n):
        for j in range(len(column)):
            if less[i, j] != 0.0:  # most are 0, and a division takes long
                less[i, j] /= mass[i]
    return less


reduced = compiled(_reduced)


def _stage(jacobian: Matrix, n_x: int, among: Division, dt_s: float) -> Matrix:
    """The inverse that a step of all `n_x` states needs, float64[n_x, n_x]: blockwise.

    What slaved states do to others than their hosts is left out, and so is what moves a meter: the
    step is of second order with any Jacobian (`rosenbrock`). Products cost an eighth.
    """
    h, kept, slaved = GAMMA * dt_s, among.kept, among.slaved
    wide = jacobian[:, :n_x]
    slopes = np.ascontiguousarray(wide[kept][:, kept])
    led = h * np.ascontiguousarray(wide[slaved][:, kept])
    back, own = np.empty(len(slaved)), np.empty(len(slaved))
    for k in range(len(slaved)):
        f, p = slaved[k], among.host[k]
        own[k] = 1.0 - h * jacobian[f, f]
        led[k] /= own[k]
        back[k] = h * jacobian[kept[p], f]
        slopes[p] += jacobian[kept[p], f] * led[k]
    by_kept = inverse_of(slopes, dt_s)
    by_kept = np.vstack((by_kept, led @ by_kept))
    by_slaved = by_kept[:, among.host] * (back / own)

    inverse, felt = np.eye(n_x), np.concatenate((kept, slaved))
    for i in range(len(felt)):
        for j in range(len(kept)):
            inverse[felt[i], kept[j]] = by_kept[i, j]
        for k in range(len(slaved)):
            inverse[felt[i], slaved[k]] = by_slaved[i, k]
    for k in range(len(slaved)):
        inverse[slaved[k], slaved[k]] += 1.0 / own[k]
    return inverse


stage = compiled(_stage)
