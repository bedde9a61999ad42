"""Exchanger conductances against the differential equations they are the solution of."""

from collections.abc import Callable

import casadi as ca
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from fmus.physics.exchanger import cell, counterflow, series, stream

UA = ca.SX.sym("UA")
C1, C2 = ca.SX.sym("C1"), ca.SX.sym("C2")
COUNTERFLOW = ca.Function("g", [UA, C1, C2], [counterflow(UA, C1, C2)])
SLOPE = ca.Function(
    "s", [UA, C1, C2], [ca.jacobian(counterflow(UA, C1, C2), ca.vertcat(UA, C1, C2))]
)
CELL = ca.Function("c", [UA, C1], [cell(UA, C1), ca.jacobian(cell(UA, C1), ca.vertcat(UA, C1))])
STREAM = ca.Function("s", [UA, C1], [stream(UA, C1)])

capacity_flow = st.floats(1e3, 1e6)
conductance = st.floats(1e3, 4e6)


def _counterflow_oracle(ua: float, c_hot: float, c_cold: float) -> float:
    """Heat per kelvin between the inlets, from dTh/dx and dTc/dx along the plates.

    x runs with the hot side; both temperatures are carried from x = 0 to 1 by a matrix
    exponential, and the cold outlet at x = 0 is chosen so that the cold inlet fits at x = 1.
    """
    a, b = ua / c_hot, ua / c_cold
    carry = expm(np.array([[-a, a], [-b, b]]))
    cold_out = -carry[1, 0] / carry[1, 1]  # hot inlet 1, cold inlet 0
    return c_cold * cold_out


@settings(max_examples=60, deadline=None)
@given(conductance, capacity_flow, capacity_flow)
def test_counterflow_solves_its_differential_equations(
    ua: float, c_hot: float, c_cold: float
) -> None:
    # the oracle itself loses digits past 30 transfer units: compare below
    ua = min(ua, 15.0 * min(c_hot, c_cold))
    expected = _counterflow_oracle(ua, c_hot, c_cold)
    assert float(COUNTERFLOW(ua, c_hot, c_cold)) == pytest.approx(expected, rel=1e-6)


def test_equal_capacity_flows_are_an_ordinary_point() -> None:
    ntu = 3.0
    assert float(COUNTERFLOW(ntu * 5e5, 5e5, 5e5)) == pytest.approx(5e5 * ntu / (1 + ntu), rel=1e-8)


@pytest.mark.parametrize(
    ("ua", "c_hot", "c_cold"),
    [(1e6, 0.0, 5e5), (1e6, 5e5, 0.0), (1e6, 0.0, 0.0), (0.0, 5e5, 5e5), (0.0, 0.0, 0.0)],
)
def test_counterflow_without_flow_or_area_is_zero_with_finite_slopes(
    ua: float, c_hot: float, c_cold: float
) -> None:
    assert float(COUNTERFLOW(ua, c_hot, c_cold)) == 0.0
    slopes = np.asarray(SLOPE(ua, c_hot, c_cold))
    assert np.isfinite(slopes).all()
    assert np.abs(slopes).max() <= 2.0 + 1e-9


@settings(max_examples=40, deadline=None)
@given(conductance, st.floats(0.0, 1e6), st.floats(0.0, 1e6))
def test_no_exchanger_beats_the_smaller_capacity_flow(
    ua: float, c_hot: float, c_cold: float
) -> None:
    value = float(COUNTERFLOW(ua, c_hot, c_cold))
    assert 0.0 <= value <= min(c_hot, c_cold) * (1 + 1e-6) + 1e-6
    assert value <= ua * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(st.floats(1e3, 1e6), st.floats(0.01, 8.5))
def test_three_cells_leave_what_plug_flow_leaves(c: float, ntu: float) -> None:
    g = float(CELL(ntu * c / 3.0, c)[0])
    left = (1.0 / (1.0 + g / c)) ** 3
    assert left == pytest.approx(np.exp(-ntu), rel=1e-5)


def test_a_cell_of_standing_water_sees_the_plain_conductance() -> None:
    value, slopes = CELL(5e4, 0.0)
    assert float(value) == pytest.approx(5e4, rel=1e-3)
    assert np.isfinite(np.asarray(slopes)).all()
    value, slopes = CELL(0.0, 0.0)
    assert float(value) == 0.0
    assert np.isfinite(np.asarray(slopes)).all()


def test_series_splits_the_resistance() -> None:
    f: Callable[[float, float], float] = lambda a, b: float(series(ca.SX(1e6), a, b, 0.8))  # noqa: E731
    assert f(1.0, 1.0) == pytest.approx(1e6)
    assert 1.0 / f(0.5, 1.0) == pytest.approx(0.8 / 0.5 / 1e6 + 0.2 / 1e6)


def test_a_single_stream_meets_a_wall() -> None:
    assert float(STREAM(2e5, 1e5)) == pytest.approx(1e5 * (1 - np.exp(-2.0)))
