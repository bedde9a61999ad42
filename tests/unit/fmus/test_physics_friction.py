"""Pressure drop against Churchill's formula, which is explicit for every Reynolds number."""

import casadi as ca
import numpy as np
import pytest

from fmus.equations import SX
from fmus.physics.friction import pressure_drop

D, LENGTH, NU, RHO = 0.1, 100.0, 0.45e-6, 975.0


def _function(roughness: float) -> ca.Function:
    V = SX.sym("V")
    drop = pressure_drop(V, SX(LENGTH), SX(D), SX(roughness), SX(NU))
    return ca.Function("drop", [V], [drop, ca.jacobian(drop, V)])


def _churchill(Re: float, relative: float) -> float:
    """Darcy factor [-] (Chem. Eng. 84, 1977), written down from the paper."""
    A = (-2.457 * np.log((7.0 / Re) ** 0.9 + 0.27 * relative)) ** 16
    B = (37530.0 / Re) ** 16
    return 8.0 * ((8.0 / Re) ** 12 + (A + B) ** -1.5) ** (1.0 / 12.0)


@pytest.mark.parametrize("roughness", [0.0, 1e-5, 1e-4, 1e-3])
@pytest.mark.parametrize(
    ("Re", "close"),
    [(50.0, 0.001), (1000.0, 0.005), (5000.0, 0.12), (2e4, 0.05), (1e5, 0.04), (3e6, 0.04)],
)
def test_it_is_laminar_then_turbulent_as_churchill_says(
    roughness: float, Re: float, close: float
) -> None:
    V = Re * NU / D
    drop = float(_function(roughness)(V)[0])
    f = drop / (LENGTH / D * 0.5 * RHO * V * V)
    assert f == pytest.approx(_churchill(Re, roughness / D), rel=close)


@pytest.mark.parametrize("roughness", [0.0, 1e-4])
def test_more_flow_always_costs_more_pressure_and_the_sign_is_that_of_the_flow(
    roughness: float,
) -> None:
    drop = _function(roughness)
    for V in [0.0, *np.geomspace(1e-9, 10.0, 400)]:
        there, slope = (float(v) for v in drop(V))
        back, same_slope = (float(v) for v in drop(-V))
        assert back == -there
        assert same_slope == slope
        assert np.isfinite(slope)
        assert slope > 0.0


def test_the_slope_at_standstill_is_that_of_hagen_and_poiseuille() -> None:
    assert float(_function(1e-4)(0.0)[1]) == pytest.approx(32.0 * NU * RHO * LENGTH / D**2)
