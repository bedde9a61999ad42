"""First-order processes are found from step tests, with errors that hold."""

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import signal

from twin.errors import BadInput
from twin.response.first_order import first_order

Floats = NDArray[np.float64]
T = np.arange(600.0)
U = np.where(T >= 100.0, 0.6, 0.5)


def process(u: Floats, gain: float, tau_s: float, theta: int, start: float = 20.0) -> Floats:
    """Step by step of 1 s, exact for an input that holds: shares no formula with the fit."""
    stays, y, found = np.exp(-1.0 / tau_s), 0.0, np.zeros(len(u))
    for k in range(len(u)):
        found[k] = start + y
        late = u[max(k - theta, 0)] - u[0]
        y = stays * y + (1.0 - stays) * gain * late
    return found


@pytest.mark.parametrize("gain", [20.0, -3.0])
@pytest.mark.parametrize(("tau_s", "theta"), [(40.0, 10), (5.0, 60), (80.0, 0), (15.0, 15)])
def test_a_clean_step_gives_the_process(gain: float, tau_s: float, theta: int) -> None:
    found = first_order(T, U, process(U, gain, tau_s, theta))
    assert found.gain == pytest.approx(gain, rel=1e-3)
    assert found.tau_s == pytest.approx(tau_s, rel=1e-3)
    assert found.theta_s == pytest.approx(theta, abs=0.02)
    assert found.level == pytest.approx(20.0, abs=1e-3)
    assert found.r2 == pytest.approx(1.0, abs=1e-4)
    assert found.theta_error_s is not None
    assert found.theta_error_s >= 1.0 / np.sqrt(12.0)  # a sampling interval
    assert found.why == ""


@pytest.mark.parametrize("memory", [0.0, 0.9])
def test_errors_are_those_that_occur(memory: float) -> None:
    clean, found = process(U, 20.0, 40.0, 10), []
    for seed in range(40):
        white = np.random.default_rng(seed).normal(size=1100)
        noise = signal.lfilter([np.sqrt(1.0 - memory**2)], [1.0, -memory], white)[500:]
        found.append(first_order(T, U, clean + 0.1 * noise))
    off = {
        "gain": [(f.gain - 20.0) / f.gain_error for f in found],
        "tau_s": [(f.tau_s - 40.0) / f.tau_error_s for f in found],
        "theta_s": [(f.theta_s - 10.0) / f.theta_error_s for f in found],
    }
    for name, values in off.items():
        assert 0.5 < np.sqrt(np.mean(np.square(values))) < 1.5, name
        assert abs(np.mean(values)) < 0.5, name
        assert np.max(np.abs(values)) < 4.5, name


def test_stairs_and_pulses_are_tests_as_well() -> None:
    u = np.select([T < 100, T < 250, T < 400], [0.5, 0.6, 0.45], 0.55)
    y = process(u, -7.0, 30.0, 12) + 0.02 * np.random.default_rng(0).normal(size=600)
    found = first_order(T, u, y)
    assert found.gain == pytest.approx(-7.0, rel=0.02)
    assert found.tau_s == pytest.approx(30.0, rel=0.05)
    assert found.theta_s == pytest.approx(12.0, abs=1.5)


def test_the_half_rule_is_about_what_two_lags_look_like() -> None:
    """1 / ((20 s + 1)(4 s + 1)): Skogestad's half rule says tau 22, theta 2."""
    after = T[T >= 100.0] - 100.0
    y = np.zeros(600)
    system = signal.TransferFunction([1.0], np.polymul([20.0, 1.0], [4.0, 1.0]))
    y[T >= 100.0] = signal.step(system, T=after)[1]
    found = first_order(T, 10.0 * (U - 0.5), y)
    assert found.gain == pytest.approx(1.0, abs=0.01)
    assert found.tau_s == pytest.approx(22.0, rel=0.1)
    assert found.theta_s == pytest.approx(2.0, abs=1.5)
    assert found.why == ""


def test_missing_samples_and_irregular_times_are_skipped_and_used() -> None:
    rng = np.random.default_rng(5)
    y = process(U, 20.0, 40.0, 10) + 0.02 * rng.normal(size=600)
    y[rng.uniform(size=600) < 0.5] = nan
    found = first_order(T, U, y)
    assert found.missing == np.isnan(y).sum()
    assert found.gain == pytest.approx(20.0, rel=0.01)
    assert found.tau_s == pytest.approx(40.0, rel=0.05)
    assert found.theta_s == pytest.approx(10.0, abs=2.0)


@pytest.mark.parametrize(
    ("y", "why"),
    [
        (20.0 + 0.1 * np.random.default_rng(0).normal(size=600), "does not stand out"),
        (np.full(600, 20.0), "does not stand out"),
        (process(U, 20.0, 400.0, 10), "time constants after the last change"),
        (20.0 + 0.01 * np.maximum(T - 150.0, 0.0), "time constants after the last change"),
        (process(U, 20.0, 40.0, 10)[:200], "time constants after the last change"),
    ],
)
def test_what_is_no_answer_gives_no_parameters(y: Floats, why: str) -> None:
    found = first_order(T[: len(y)], U[: len(y)], y)
    assert why in found.why
    assert found.gain is found.tau_s is found.theta_s is None


def test_small_against_noise_is_refused_and_large_is_not() -> None:
    noise = np.random.default_rng(1).normal(size=600)
    y = process(U, 20.0, 40.0, 10)  # moves by 2
    assert first_order(T, U, y + 0.4 * noise).gain == pytest.approx(20.0, rel=0.1)
    assert first_order(T, U, y + 1.0 * noise).gain is None


def test_what_is_no_test_is_said() -> None:
    y = process(U, 20.0, 40.0, 10)
    assert first_order(T, np.full(600, 0.5), y).why == "the input does not change"
    at_work = 0.5 + 0.01 * np.random.default_rng(0).normal(size=600)
    assert "no step test" in first_order(T, at_work, y).why
    late = np.where(T >= 599.0, 0.6, 0.5)
    assert first_order(T, late, y).why == "ends as soon as the input has changed"
    assert first_order(T[:15], U[:15], y[:15]).why == "only 15 samples"
    with pytest.raises(BadInput, match="must increase"):
        first_order(T[::-1], U, y)


def test_what_is_faster_than_the_samples_has_a_gain_only() -> None:
    y = np.where(T > 110.0, 22.0, 20.0) + 0.01 * np.random.default_rng(0).normal(size=600)
    found = first_order(T, U, y)
    assert found.gain == pytest.approx(20.0, rel=0.01)
    assert found.tau_s is found.theta_s is None
    assert "cannot be told apart" in found.why


def test_another_kind_of_process_is_pointed_out() -> None:
    ringing = signal.TransferFunction([1.0], [100.0, 3.0, 1.0])
    y = np.zeros(600)
    y[T >= 100.0] = signal.step(ringing, T=T[T >= 100.0] - 100.0)[1]
    found = first_order(T, U, y + 0.002 * np.random.default_rng(0).normal(size=600))
    assert "fits badly" in found.why or found.gain is None


powers = st.integers(-5, 5).map(lambda k: 2.0**k)


@given(powers, powers, powers, st.booleans(), st.integers(-50, 50))
def test_units_and_zeros_do_not_matter(
    of_time: float, of_input: float, of_value: float, mirrored: bool, offset: int
) -> None:
    t, u = T[::3], U[::3]
    y = process(U, 20.0, 40.0, 10)[::3] + 0.05 * np.random.default_rng(3).normal(size=200)
    sign = -1.0 if mirrored else 1.0
    found = first_order(t, u, y)
    other = first_order(t * of_time + offset, u * of_input + offset, sign * of_value * y)
    assert found.gain is not None
    assert found.tau_s is not None
    assert found.theta_s is not None
    assert found.tau_error_s is not None
    assert other.gain == pytest.approx(sign * found.gain * of_value / of_input, rel=1e-4)
    assert other.tau_s == pytest.approx(found.tau_s * of_time, rel=1e-3)
    assert other.theta_s == pytest.approx(found.theta_s * of_time, abs=0.02 * of_time)
    assert other.tau_error_s == pytest.approx(found.tau_error_s * of_time, rel=1e-2)
    assert other.r2 == pytest.approx(found.r2, rel=1e-6)
