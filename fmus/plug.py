"""Sharp pipe as an element outside the equations: what it is given and what it gives.

The shell advances such pipes once an internal step (`fmus/shell/plug.h`); during the step the
equations see what came of it as constants. Fields stand in the order of the C structures.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import casadi as ca

SX = ca.SX

FILM_KNOTS_K = (283.15, 333.15, 383.15)
"""Water temperatures that film conductances are given for [K]; `HK_PLUG_KNOT_*` of plug.h."""
SHELLS = 3
"""Shells that the insulation is cut into [-]; `HK_PLUG_SHELLS` of plug.h."""


@dataclass(frozen=True, eq=False)
class PlugGiven:
    """Expressions that decide a step of the pipe, taken at its start and held.

    `flow` [kg/s] enters at end a when positive, at b when negative; `T_a`, `T_b` [K] is the water
    outside the ends. The start temperatures [K] and `rho` [kg/m3] fill the pipe and must not
    change; nor must capacities. `rho_a`, `rho_b` [kg/m3] belong to water that enters there.
    """

    flow: SX
    T_a: SX
    T_b: SX
    T_ambient: SX
    start_a: SX
    start_b: SX
    start_ambient: SX
    volume: SX
    """Water [m3]."""
    rho: SX
    rho_a: SX
    rho_b: SX
    cp: SX
    """Heat capacity of water [J/(kg.K)]."""
    wall: SX
    """Heat capacity of the wall [J/K]."""
    film: Sequence[SX]
    """Water to wall at `FILM_KNOTS_K` [W/K]."""
    shell: Sequence[SX]
    """Heat capacities of the insulation from inside out [J/K]."""
    path: Sequence[SX]
    """Wall to shell 1, 1 to 2, 2 to 3, 3 to ambient [W/K]."""
    dispersion: SX
    """Axial dispersion coefficient divided by the square of the length [1/s]."""

    def column(self) -> SX:
        """All expressions as the shell takes them."""
        scalars = [self.flow, self.T_a, self.T_b, self.T_ambient, self.start_a, self.start_b]
        scalars += [
            self.start_ambient,
            self.volume,
            self.rho,
            self.rho_a,
            self.rho_b,
            self.cp,
            self.wall,
        ]
        return ca.vertcat(*scalars, *self.film, *self.shell, *self.path, self.dispersion)


@dataclass(frozen=True, eq=False)
class PlugGives:
    """Held values. Temperatures [K], heat flows [W], heat [J].

    `T_a`, `T_b` are flow-weighted means of what crossed the ends in the step, so that
    cp * flow * (T_a - T_b) - loss - expelled is the rate of `stored`; the others are as the step
    ends. `expelled` leaves with water beyond `flow`, because what enters is less dense, counted
    from the mean start temperature.
    """

    T_a: SX
    T_b: SX
    face_a: SX
    face_b: SX
    wall_a: SX
    wall_b: SX
    loss: SX
    expelled: SX
    stored: SX


HELD = {
    f.name: {"loss": "W", "expelled": "W", "stored": "J"}.get(f.name, "K")
    for f in fields(PlugGives)
}
"""Names of the held values in their order, with their units."""


@dataclass(frozen=True, eq=False)
class Plug:
    """A declared pipe of `cells` parcels [-]."""

    name: str
    cells: int
    given: PlugGiven
    gives: PlugGives
