"""Stirred water between sharp pipes: what leaves it in a step, known before the step is made."""

from collections.abc import Sequence

import casadi as ca

from fmus.equations import SX

_SMALL = 1e-3
"""Water that passes in a step over the water there is, below which it counts as this [-]."""


def leaving(
    T: SX, mass: SX, step: SX, comes: Sequence[tuple[SX, SX]], heating: SX | float = 0.0
) -> SX:
    """Mean temperature [K] of what leaves `mass` [kg] of water in a `step` [s], `T` [K] at first.

    `comes` are flows [kg/s], counted where they run in, with their temperatures [K]; as much
    leaves. `heating` is in kelvins a second of a kilogram (power over heat capacity) [K.kg/s].

    With z = flow step / mass, exactly (1 - e^-z)/z of `T` and the rest of what comes. Written
    so that nothing comes of zero flow but `T`, warmed by half of the step's heating.
    """
    flow, change = SX(0.0), SX(heating)
    for m, T_in in comes:
        into = ca.fmax(m, 0.0)
        flow += into
        change += into * (T_in - T)
    z = ca.fmax(flow * step / mass, _SMALL)
    found: SX = T + step / mass * change * (z - 1.0 + ca.exp(-z)) / (z * z)
    return found
