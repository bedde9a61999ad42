"""Integrating processes are found from open-loop tests, drifting or not."""

from math import nan

import numpy as np
import pytest
from numpy.typing import NDArray

from twin.response.first_order import first_order
from twin.response.integrating import integrating

Floats = NDArray[np.float64]
T = np.arange(600.0)
U = np.where(T >= 100.0, 0.6, 0.5)
PULSE = np.where((T >= 100.0) & (T < 300.0), 0.6, 0.5)


def tank(u: Floats, slope: float, theta: int, drift: float = 0.0) -> Floats:
    """Level by a running sum; shares no formula with the fit."""
    late = np.concatenate([np.full(theta, u[0]), u])[: len(u)]
    flows = drift + slope * (late - u[0])
    return 3.0 + np.concatenate([[0.0], np.cumsum(flows)[:-1]])


@pytest.mark.parametrize("u", [U, PULSE])
@pytest.mark.parametrize("drift", [0.0, -0.003])
@pytest.mark.parametrize(("slope", "theta"), [(0.05, 25), (-0.2, 0), (0.01, 80)])
def test_a_clean_test_gives_the_process(u: Floats, drift: float, slope: float, theta: int) -> None:
    found = integrating(T, u, tank(u, slope, theta, drift))
    assert found.slope == pytest.approx(slope, rel=1e-4)
    assert found.theta_s == pytest.approx(theta, abs=0.01)
    assert found.drift == pytest.approx(drift, abs=1e-6)
    assert found.why == ""


def test_errors_are_those_that_occur() -> None:
    clean, found = tank(U, 0.05, 25, -0.002), []
    for seed in range(40):
        noise = 0.05 * np.random.default_rng(seed).normal(size=600)
        found.append(integrating(T, U, clean + noise))
    off = {
        "slope": [(f.slope - 0.05) / f.slope_error for f in found],
        "theta_s": [(f.theta_s - 25.0) / f.theta_error_s for f in found],
        "drift": [(f.drift + 0.002) / f.drift_error for f in found],
    }
    for name, values in off.items():
        assert 0.6 < np.sqrt(np.mean(np.square(values))) < 1.4, name
        assert np.max(np.abs(values)) < 4.5, name


def test_missing_samples_are_skipped() -> None:
    level = tank(U, 0.05, 25)
    level[np.random.default_rng(0).uniform(size=600) < 0.5] = nan
    found = integrating(T, U, level)
    assert found.missing == np.isnan(level).sum()
    assert found.slope == pytest.approx(0.05, rel=1e-3)


def test_what_is_no_answer_gives_no_parameters() -> None:
    noise = np.random.default_rng(0).normal(size=600)
    for level in (3.0 + noise, 3.0 + 0.01 * T + noise, np.full(600, 3.0), 3.0 + 0.01 * T):
        found = integrating(T, U, level)
        assert "does not stand out" in found.why
        assert found.slope is found.theta_s is None
    assert integrating(T, np.full(600, 0.5), noise).why == "the input does not change"


def test_a_process_that_regulates_itself_is_pointed_out() -> None:
    lag = -np.expm1(-np.maximum(T - 110.0, 0.0) / 30.0)
    found = integrating(T, U, lag + 0.005 * np.random.default_rng(0).normal(size=600))
    assert "fits badly" in found.why or found.slope is None
    assert first_order(T, U, lag).why == ""


def test_a_long_lag_is_an_integrator_in_the_beginning() -> None:
    """gain / tau, as the rule says: seen over a twentieth of the time constant."""
    lag = -20.0 * 0.1 * np.expm1(-np.maximum(T - 110.0, 0.0) / 10_000.0)
    found = integrating(T, U, lag)
    assert found.slope == pytest.approx(20.0 / 10_000.0, rel=0.05)
    assert first_order(T, U, lag).gain is None


@pytest.mark.parametrize("factor", [0.25, 64.0])
def test_units_do_not_matter(factor: float) -> None:
    level = tank(U, 0.05, 25) + 0.02 * np.random.default_rng(4).normal(size=600)
    found = integrating(T, U, level)
    other = integrating(T * factor, U / factor, -level)
    assert found.slope is not None
    assert found.theta_s is not None
    assert other.slope == pytest.approx(-found.slope, rel=1e-5)
    assert other.theta_s == pytest.approx(found.theta_s * factor, rel=1e-4)
