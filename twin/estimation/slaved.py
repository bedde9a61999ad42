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
from scipy.sparse import csc_matrix
from scipy.sparse.linalg import splu

from twin.compiled import compiled
from twin.sparse import Entries

Matrix = NDArray[np.float64]
Columns = NDArray[np.intp]

FAST = 1.5
"""A state whose time constant is less than so many samples may be slaved to one that is not [-]."""
LED = 0.5
"""At least so much of its rate is its host's [-]."""
LOOSE = 0.01
"""It moves nothing but its host, and no other slaved state it, by more than so much of its rate."""


class Division(NamedTuple):
    """The states of a part as its filter sees them.

    Meters and clocks are in none of the first three.
    """

    kept: Columns
    """Those that the linear model has."""
    slaved: Columns
    """Those that follow one of them."""
    host: Columns
    """Of each of these, which of `kept` it follows."""
    order: Columns
    """All states in the order in which their equations are best solved (`twin.factors`)."""
    kept_order: Columns
    """Places in `kept`, in that order."""


def divided(jacobians: Sequence[Matrix], n_x: int, sample_s: float) -> Division:
    """From Jacobians `float64[n_x + m, n_x + k]` of a few points; samples of `sample_s` [s].

    What is read itself is never slaved: a fault would show in it a few seconds too early.
    """
    if n_x == 0:  # a model of tables or of algebra alone
        none = np.zeros(0, np.intp)
        return Division(none, none, none, none, none)
    felt = np.any([j[:, :n_x].any(axis=0) for j in jacobians], axis=0)
    rate = np.min([-np.diagonal(j[:n_x, :n_x]) for j in jacobians], axis=0)
    moves = np.max([np.abs(j[:n_x, :n_x]) for j in jacobians], axis=0)
    order = few_left(moves)
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
    place = np.full(n_x, -1)
    place[kept] = np.arange(len(kept))
    ordered = place[order]
    return Division(kept, those, place[host[those]], order, ordered[ordered >= 0])


def few_left(matrix: Matrix) -> Columns:
    """Int[n], rows of `matrix[n, n]` in an order that leaves few entries in its factors.

    That of minimum degree (George and Liu, SIAM Review 31 (1989), 1), as SuperLU finds it.
    """
    n = len(matrix)
    pattern = csc_matrix((matrix != 0.0) + n * np.eye(n))  # which no row can spoil
    place = splu(
        pattern,
        permc_spec="MMD_AT_PLUS_A",
        diag_pivot_thresh=0.0,
        options={"SymmetricMode": True},
    ).perm_c
    return np.argsort(place)


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
