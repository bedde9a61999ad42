"""One step of ROS2 for `dx/dt = f(t, x, a)` with `0 = g(t, x, a)`.

ROS2 of Verwer, Spee, Blom and Hundsdorfer (SIAM J. Sci. Comput. 20, 1999): order 2, L-stable. With
algebraic unknowns it is the same method applied to the equations with `a` solved for,
`dx/dt = f(t, x, A(t, x))`; the elimination of `a` is left to the sparse factorisation of

    | I - gamma h f_x   -gamma h f_a |
    |       g_x              g_a     |

and time dependence is the method for the system extended by dt/dt = 1. In the second stage `A` is
replaced by one Newton step from where the first stage points; its error is of third order. What
is left over of `0 = g` after a step the caller removes by iterating (fmus/shell/algebra.c).

ROS2 is a W-method: any matrix in the place of f_x leaves it its order, and one of another point has
the same linear invariants. So the matrix, and with it its factors, may be a little older than the
rest of a step (fmus/shell/factors.c). Rows of `0 = g` that are older by a share d leave an error of
d h^2 in the course of `a`.

`h (k1 + k2) / 2` is what the second stage has added to the first-order result: the caller shortens
a step in which that is large (fmus/shell/step.c). States that follow the inputs alone are put where
they are known to be (fmus/export/lags.py).
"""

import math
from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX
from fmus.export.lags import lags
from fmus.export.sparse_lu import SparseLU

GAMMA = 1 - math.sqrt(0.5)
"""Diagonal coefficient of ROS2 that makes it L-stable [-]."""


@dataclass(frozen=True)
class Stages:
    """What both stages need at the beginning of a step: matrix, slope and drift with time.

    Stage 1 solves `matrix k1 = [f; 0] + drift`, stage 2
    `matrix k2 = [f2 - 2 k1; -g2/(gamma h)] - drift` with f2, g2 at
    `(t + h, x + h k1, a + h l1)`; then x += h (1.5 k1 + 0.5 k2), and a likewise.
    """

    matrix: SX
    slope: SX
    drift: SX
    known: dict[int, SX]
    """States after the step that need no method, by index."""


def stages(t: SX, x: SX, a: SX, f: SX, g: SX, h: SX) -> Stages:
    """Matrix, slope and drift of a step of `h` [s] at `(t, x, a)`."""
    gh = GAMMA * h
    upper = ca.horzcat(SX.eye(x.numel()) - gh * ca.jacobian(f, x), -gh * ca.jacobian(f, a))
    lower = ca.horzcat(ca.jacobian(g, x), ca.jacobian(g, a))
    return Stages(
        matrix=ca.sparsify(ca.vertcat(upper, lower)),
        slope=f,
        drift=ca.vertcat(gh * ca.jacobian(f, t), -ca.jacobian(g, t)),
        known=lags(t, x, a, f, h),
    )


def unrolled_step(t: SX, x: SX, a: SX, g: SX, h: SX, at: Stages, lu: SparseLU) -> tuple[SX, SX, SX]:
    """States after a step of `h` [s], where the search for `a` begins there, and the correction.

    The correction is what the second stage added to each state. `lu` are the factors of a matrix
    close to that of `at`.
    """
    if x.numel() == 0:
        return x, a, x
    n = x.numel()
    ends = [0, n, n + a.numel()]
    again = ca.Function("again", [t, x, a], [at.slope, g], {"allow_free": True})
    k1 = lu.solve(ca.vertcat(at.slope, SX.zeros(a.numel())) + at.drift)
    kx, ka = ca.vertsplit(k1, ends)
    f2, g2 = again(t + h, x + h * kx, a + h * ka)
    k2 = lu.solve(ca.vertcat(f2 - 2 * kx, -g2 / (GAMMA * h)) - at.drift)
    after, guess = ca.vertsplit(ca.vertcat(x, a) + 1.5 * h * k1 + 0.5 * h * k2, ends)
    correction, _ = ca.vertsplit(0.5 * h * (k1 + k2), ends)
    for i, known in at.known.items():
        after[i], correction[i] = known, 0
    return after, guess, correction
