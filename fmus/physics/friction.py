"""Pressure drop of water in a pipe, from creeping to rough turbulent flow and of either sign."""

import casadi as ca

from fmus.equations import SX
from fmus.physics.water import RHO_HEATING

_RE_TURN = 2700.0
_RE_LEAST = 1000.0
_PER_LN = 1.8 / 2.302585092994046  # 1.8 log10(x) = _PER_LN * ln(x)


def turbulent_factor(Re: SX, relative_roughness: SX) -> SX:
    """Darcy friction factor [-] of turbulent flow at Reynolds number `Re` [-] (Haaland 1983).

    1/sqrt(f) = -1.8 log10((roughness/(3.7 d))^1.11 + 6.9/Re): within 2 % of Colebrook. Below
    `Re` of about 1000 it flattens out, where `pressure_drop` no longer uses it.
    """
    smooth = 6.9 / ca.sqrt(Re * Re + _RE_LEAST * _RE_LEAST)
    root = _PER_LN * ca.log(ca.power(relative_roughness / 3.7, 1.11) + smooth)
    return 1.0 / (root * root)


def pressure_drop(V: SX, length: SX, d: SX, roughness: SX, viscosity: SX) -> SX:
    """Pressure lost [Pa] over `length` [m] at mean velocity `V` [m/s], with the sign of `V`.

    Darcy and Weisbach. Laminar flow (Hagen and Poiseuille) turns into turbulent flow around
    Re = 2700 by a smooth weight Re^8/(Re^8 + 2700^8), so the slope at standstill is the laminar one
    and is not zero. Inner diameter `d` and `roughness` [m], kinematic `viscosity` [m2/s].
    """
    Re = ca.fabs(V) * d / viscosity
    x = Re / _RE_TURN
    x4 = x * x * x * x
    turbulent = x4 * x4 / (1.0 + x4 * x4)
    laminar_drop = 32.0 * viscosity * RHO_HEATING * length / (d * d) * V
    turbulent_drop = 0.5 * RHO_HEATING * length / d * V * ca.fabs(V)
    f = turbulent_factor(Re, roughness / d)
    return laminar_drop * (1.0 - turbulent) + f * turbulent_drop * turbulent
