"""Heat transfer and mixing of water that flows in a round pipe, by flow and temperature.

Correlations of the VDI Heat Atlas (chapter G1): laminar at constant wall temperature, Gnielinski
turbulent, and his linear passage between them. Corners are rounded, so slopes stay continuous.
"""

import casadi as ca

from fmus.equations import SX
from fmus.physics.smooth import at_least
from fmus.plug import FILM_KNOTS_K

PI = 3.141592653589793
NUSSELT_LAMINAR = 3.66
RE_LAMINAR, RE_TURBULENT = 2300.0, 10000.0

WATER = ((1.3055e-3, 0.57904, 9.455), (4.6613e-4, 0.65121, 2.995), (2.5471e-4, 0.68056, 1.582))
"""Viscosity [Pa.s], conductivity [W/(m.K)] and Prandtl number [-] of water at 5 bar at the
temperatures of `FILM_KNOTS_K` (IAPWS R12-08, R15-11 and R6-95)."""


def reynolds(flow: SX, diameter: SX, viscosity: SX | float) -> SX:
    """Reynolds number [-] of `flow` [kg/s], either sign, in `diameter` [m]; exactly 0 at rest."""
    found: SX = 4.0 * ca.fabs(flow) / (PI * diameter * viscosity)
    return found


def nusselt(Re: SX, Pr: float) -> SX:
    """Nusselt number [-] of the fully developed flow in a smooth round pipe.

    Re > 10^4: Nu = xi/8 Re Pr / (1 + 12.7 sqrt(xi/8) (Pr^(2/3) - 1)), xi = (1.8 lg Re - 1.5)^-2
    Re < 2300: 3.66. Between them linear in Re, as Gnielinski gives it.
    """
    turbulent = at_least(Re, RE_TURBULENT, 500.0)
    xi = (1.8 / 2.302585092994046 * ca.log(turbulent) - 1.5) ** -2
    root = ca.sqrt(xi / 8.0)
    Nu = root * root * turbulent * Pr / (1.0 + 12.7 * root * (Pr ** (2.0 / 3.0) - 1.0))
    gamma = turbulent_share(Re)
    found: SX = (1.0 - gamma) * NUSSELT_LAMINAR + gamma * Nu
    return found


def turbulent_share(Re: SX) -> SX:
    """Weight of the turbulent formula [-]: 0 below Re 2300, 1 above 10^4, linear between."""
    width = RE_TURBULENT - RE_LAMINAR
    up = at_least(Re, RE_LAMINAR, 200.0) - at_least(Re, RE_TURBULENT, 200.0)
    floor = at_least(SX(0.0), RE_LAMINAR, 200.0) - at_least(SX(0.0), RE_TURBULENT, 200.0)
    return (up - floor) / width


def film_at_knots(flow: SX, diameter: SX, length: SX) -> list[SX]:
    """Conductances [W/K] from the water to the wall of a pipe at `FILM_KNOTS_K`."""
    return [nusselt(reynolds(flow, diameter, mu), Pr) * k * PI * length for mu, k, Pr in WATER]


def between_knots(values: list[SX], T: SX) -> SX:
    """`values` at `FILM_KNOTS_K`, linear between them, at `T` [K]; flat outside."""
    span = FILM_KNOTS_K[1] - FILM_KNOTS_K[0]
    at = (T - FILM_KNOTS_K[1]) / span
    low, high = ca.fmax(ca.fmin(at, 0.0), -1.0), ca.fmin(ca.fmax(at, 0.0), 1.0)
    return values[1] + low * (values[1] - values[0]) + high * (values[2] - values[1])


def dispersion(flow: SX, diameter: SX, length: SX, rho: SX) -> SX:
    """Axial dispersion coefficient over length squared [1/s] of turbulent flow.

    D / (u d) = 3.0e7 Re^-2.1 + 1.35 Re^-0.125 (Wen and Fan, Models for flow systems and chemical
    reactors, 1975; Re > 2000), which tends to Taylor's 10.1 sqrt(xi/8)/2 (1954). Viscosity is that
    of 60 degC. Below Re 2300 the value of Re 2300 stands in; zero flow does not mix.
    """
    Re = at_least(reynolds(flow, diameter, WATER[1][0]), RE_LAMINAR, 100.0)
    number = 3.0e7 * ca.power(Re, -2.1) + 1.35 * ca.power(Re, -0.125)
    speed = 4.0 * ca.fabs(flow) / (PI * rho * diameter * diameter)
    return number * speed * diameter / (length * length)
