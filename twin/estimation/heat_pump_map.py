"""The heat pump's performance map at steady state, and its parameters from measured points.

The equations are those of the model HeatPump (`fmus/heat_pump/README.md`, performance `map`) at
full speed and nominal flows, healthy and warm, in closed form; a test holds them against the
built FMU. Parameters have the names and units that they have there.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

CP_WATER = 4186.0
_SOFT_LIFT, _SPREAD, _LOWEST_SHAPE, _LOWEST_COP = 10.0, 60.0, 0.2, 1.3
_FILM_NOMINAL = (1.0 + 0.02**2) ** 0.4
_STEPS, _LARGEST_STEP_K, _DIFFERENCE_K = 40, 15.0, 1e-4


@dataclass(frozen=True, eq=False)
class Steady:
    """What the machine does: heat [W], power [W] and saturation temperatures [K] a point."""

    Q_evaporator: Array
    Q_condenser: Array
    P_electric: Array
    T_evaporating: Array
    T_condensing: Array

    @property
    def cop(self) -> Array:
        """Heat of the condenser over electric power [-]."""
        return self.Q_condenser / self.P_electric


def machine(p: Mapping[str, float], T_e: Array, T_c: Array) -> tuple[Array, Array]:
    """Heat drawn from the evaporator and electric power [W] at two saturation temperatures [K]."""
    warmer, hotter = T_e - p["T_evaporating_nominal"], T_c - p["T_condensing_nominal"]
    x, y = _SPREAD * np.tanh(warmer / _SPREAD), _SPREAD * np.tanh(hotter / _SPREAD)
    exponent = p["capacity_evaporating"] * warmer - p["capacity_condensing"] * hotter
    exponent += p["capacity_evaporating_2"] * x * x + p["capacity_condensing_2"] * y * y
    exponent += p["capacity_mixed"] * x * y
    Q = np.minimum(
        p["Q_evaporator_nominal"] * np.exp(np.minimum(exponent, 20.0)), p["Q_evaporator_most"]
    )
    off = (T_c - T_e) / (p["T_condensing_nominal"] - p["T_evaporating_nominal"]) - 1.0
    bent = np.tanh(off)
    shape = 1.0 - p["eta_lift"] * off * off + p["eta_condensing"] * y
    shape += bent * (p["eta_lift_linear"] + p["eta_lift_cubic"] * bent * bent)
    eta = np.minimum(p["eta_carnot"] * np.maximum(shape, _LOWEST_SHAPE), 1.0)
    cop = eta * T_c / _at_least(T_c - T_e, _SOFT_LIFT, _SOFT_LIFT)
    cop = _at_least(cop, _LOWEST_COP, 0.05)
    Q = np.minimum(Q, p["P_motor"] * (cop - 1.0))
    return Q, Q / (cop - 1.0)


def steady_state(p: Mapping[str, float], T_source_in: Array, T_sink_out: Array) -> Steady:
    """Where the machine comes to rest, both water flows nominal.

    Source water enters with `T_source_in`, sink water leaves with `T_sink_out` [K]. Exchangers
    are those of a single stream, 1 - exp(-UA/C). Newton's method on the two saturation
    temperatures, all points at once; a point that finds no rest is NaN.
    """
    C_e, C_c = CP_WATER * p["m_source_nominal"], CP_WATER * p["m_sink_nominal"]
    G_e = C_e * -np.expm1(-p["UA_evaporator"] * _FILM_NOMINAL / C_e)  # to the inlet
    G_c = C_c * np.expm1(p["UA_condenser"] * _FILM_NOMINAL / C_c)  # to the outlet

    def missing(T_e: Array, T_c: Array) -> tuple[Array, Array]:
        Q, P = machine(p, T_e, T_c)
        return T_source_in - T_e - Q / G_e, T_sink_out - T_c + (Q + P) / G_c

    T_e, T_c = T_source_in - 4.0, T_sink_out + 4.0
    for _ in range(_STEPS):
        step_e, step_c = _newton(missing, T_e, T_c)
        T_e, T_c = T_e + step_e, T_c + step_c
        if max(np.max(np.abs(step_e)), np.max(np.abs(step_c))) < 1e-9:
            break
    lost = np.maximum(*map(np.abs, missing(T_e, T_c))) > 1e-6
    Q, P = (np.where(lost, np.nan, value) for value in machine(p, T_e, T_c))
    return Steady(Q, Q + P, P, T_e, T_c)


def _newton(
    missing: Callable[[Array, Array], tuple[Array, Array]], T_e: Array, T_c: Array
) -> tuple[Array, Array]:
    """One step of the two temperatures [K], by differences, limited in length."""
    at = missing(T_e, T_c)
    by_e = [
        (b - a) / _DIFFERENCE_K for a, b in zip(at, missing(T_e + _DIFFERENCE_K, T_c), strict=True)
    ]
    by_c = [
        (b - a) / _DIFFERENCE_K for a, b in zip(at, missing(T_e, T_c + _DIFFERENCE_K), strict=True)
    ]
    determinant = by_e[0] * by_c[1] - by_c[0] * by_e[1]
    determinant = np.where(np.abs(determinant) < 1e-12, 1e-12, determinant)
    step_e = (by_c[0] * at[1] - by_c[1] * at[0]) / determinant
    step_c = (by_e[1] * at[0] - by_e[0] * at[1]) / determinant
    longest = np.maximum(np.maximum(np.abs(step_e), np.abs(step_c)) / _LARGEST_STEP_K, 1.0)
    return step_e / longest, step_c / longest


def _at_least(value: Array, floor: float, softness: float) -> Array:
    above = value - floor
    raised: Array = floor + 0.5 * (above + np.sqrt(above * above + softness * softness))
    return raised
