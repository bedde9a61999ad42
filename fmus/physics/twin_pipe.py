"""Heat that two pipes side by side in the ground lose, to the surface and to each other."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX

PI = 3.141592653589793
_SURFACE = 0.0685
"""Resistance between ground and air [m2.K/W] (EN 13941-1, annex on heat loss)."""


@dataclass(frozen=True, eq=False)
class Laying:
    """Two equal pipes in one trench; lengths [m], conductivities [W/(m.K)].

    `d_steel` is the steel pipe's outer diameter, `cover` the soil above the casings, `gap` the
    soil between them.
    """

    d_steel: SX
    insulation: SX
    k_insulation: SX
    cover: SX
    gap: SX
    k_soil: SX


@dataclass(frozen=True, eq=False)
class PairLoss:
    """Loss of one pipe a metre: own * ((T - T_soil) - taken * (T_other - T_soil)) [W/m].

    `own` [W/(m.K)]; `taken` [-] is how much of the other pipe's excess temperature it feels.
    """

    own: SX
    taken: SX


def pair_loss(g: Laying) -> PairLoss:
    """Conductances of the symmetric and the antisymmetric problem, added up.

    Wallenten (1991), zeroth order of the multipoles; the same resistances as in EN 13941-1:
    2 pi k_soil / u = ln(2 H/r) + (k_soil/k_insulation) ln(r/r_steel) +- ln(sqrt(1 + (2 H/C)^2))
    with the casings' radius r, depth H of the axes and distance C between them; + when both pipes
    are equally warm, - when one is as much too warm as the other is too cold.
    """
    r_steel = 0.5 * g.d_steel
    r = r_steel + g.insulation
    H = g.cover + r + _SURFACE * g.k_soil
    C = 2.0 * r + g.gap
    single = ca.log(2.0 * H / r) + g.k_soil / g.k_insulation * ca.log(r / r_steel)
    mutual = 0.5 * ca.log(1.0 + (2.0 * H / C) * (2.0 * H / C))
    symmetric = 2.0 * PI * g.k_soil / (single + mutual)
    antisymmetric = 2.0 * PI * g.k_soil / (single - mutual)
    own = 0.5 * (symmetric + antisymmetric)
    return PairLoss(own, (antisymmetric - symmetric) / (antisymmetric + symmetric))
