"""States that follow the inputs alone, `dx/dt = r x + q` with `r` and `q` constant in a step.

Speeds, valves and burners behind their commands are such. Their course in a step is known in
closed form, `x(t + h) = x + h phi(r h) dx/dt` with `phi(z) = (exp(z) - 1) / z`, so that a jump of
a command costs no accuracy, however long the step is.
"""

from collections.abc import Sequence

import casadi as ca

from fmus.equations import SX

SMALL = 1e-2
"""Below it the series of phi is exact to 2e-16, and the closed form would lose digits [-]."""


def lags(t: SX, x: SX, a: SX, f: SX, h: SX) -> dict[int, SX]:
    """State after `h` [s], by the index of each state whose course is known.

    `f` are the slopes of the states `x`, `t` and `a` what else moves in a step.
    """
    slopes = ca.jacobian(f, x)
    moving = set(ca.jacobian(f, ca.vertcat(t, a)).sparsity().get_triplet()[0])
    columns: dict[int, list[int]] = {}
    for i, j in zip(*slopes.sparsity().get_triplet(), strict=True):
        columns.setdefault(i, []).append(j)
    everything = ca.vertcat(t, x, a)
    return {
        i: x[i] + h * phi(slopes[i, i] * h) * f[i]
        for i, js in columns.items()
        if js == [i] and i not in moving and not ca.depends_on(slopes[i, i], everything)
    }


def phi(z: SX) -> SX:
    """`(exp(z) - 1) / z`, and 1 at zero."""
    is_small = ca.fabs(z) < SMALL
    return ca.if_else(is_small, _series(z), (ca.exp(z) - 1) / ca.if_else(is_small, 1, z))


def _series(z: SX, terms: Sequence[int] = (6, 5, 4, 3, 2)) -> SX:
    total: SX = SX(1)
    for n in terms:
        total = 1 + z / n * total
    return total
