"""What leaves a stirred volume during a step, against an integrator and closed solutions."""

import casadi as ca
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

from fmus.equations import SX
from fmus.physics.stirred import leaving

_ARGUMENTS = [SX.sym(name) for name in ("T", "mass", "step", "m1", "T1", "m2", "T2", "heating")]
_T, _MASS, _STEP, _M1, _T1, _M2, _T2, _HEATING = _ARGUMENTS
_LEAVING = ca.Function(
    "leaving",
    _ARGUMENTS,
    [leaving(_T, _MASS, _STEP, [(_M1, _T1), (_M2, _T2)], _HEATING)],
)


@pytest.mark.parametrize("mass", [5.0, 200.0, 1e6])
@pytest.mark.parametrize("m2", [-3.0, 0.0, 8.0])
def test_the_mean_of_what_leaves_is_that_of_the_differential_equation(
    mass: float, m2: float
) -> None:
    T, step, m1, T1, T2, heating = 330.0, 60.0, 4.0, 350.0, 310.0, 25.0

    def rates(_: float, y: np.ndarray) -> list[float]:
        comes = m1 * (T1 - y[0]) + max(m2, 0.0) * (T2 - y[0]) + heating
        return [comes / mass, y[0]]

    end = solve_ivp(rates, (0.0, step), [T, 0.0], method="LSODA", rtol=1e-11, atol=1e-9).y[:, -1]
    found = float(_LEAVING(T, mass, step, m1, T1, m2, T2, heating))
    assert found == pytest.approx(end[1] / step, abs=1e-6)
    # what the equation makes of the held mean is where the volume ends
    flow = m1 + max(m2, 0.0)
    came = m1 * (T1 - T) + max(m2, 0.0) * (T2 - T) + heating
    assert T + step / mass * (came - flow * (found - T)) == pytest.approx(end[0], abs=1e-6)


@given(
    st.floats(1e-3, 1e6), st.floats(0.0, 3600.0), st.floats(-50.0, 50.0), st.floats(280.0, 380.0)
)
def test_water_is_never_warmer_or_colder_than_what_is_mixed(
    mass: float, step: float, flow: float, T_in: float
) -> None:
    found = float(_LEAVING(330.0, mass, step, flow, T_in, 0.0, 300.0, 0.0))
    assert min(330.0, T_in) - 1e-9 <= found <= max(330.0, T_in) + 1e-9
    if flow <= 0.0:
        assert found == 330.0


def test_standing_water_is_warmed_by_half_of_what_the_step_brings() -> None:
    found = float(_LEAVING(330.0, 100.0, 10.0, 0.0, 300.0, 0.0, 300.0, 20.0))
    assert found == pytest.approx(331.0, abs=1e-3)
