"""SIMC against its paper's examples and margins, and against loops that it tunes."""

from math import inf, nan

import numpy as np
import pytest
from numpy.typing import NDArray
from sticky_loops import loop

from twin.errors import BadInput
from twin.response.first_order import first_order
from twin.response.oscillation import oscillation
from twin.response.simc import PiTuning, simc, simc_integrating, smoothest
from twin.response.step import step_response

# Examples of Skogestad 2003: (k, tau, theta) of the reduced model, PI settings as printed there.
PUBLISHED = [
    ((1.0, 1.1, 0.1), (5.5, 0.8)),  # E1: 1 / ((s + 1)(0.2 s + 1))
    ((1.5, 1.05, 0.15), (2.33, 1.05)),  # E3: 2 (15 s + 1) / ((20 s + 1)(s + 1)(0.1 s + 1)²)
    ((1.0, 1.5, 2.5), (0.3, 1.5)),  # E4: 1 / (s + 1)⁴
    ((1.0, 1.1, 0.148), (3.72, 1.1)),  # E5
    ((1.0, 1.5, 1.5), (0.5, 1.5)),  # E9: exp(-s) / (s + 1)²
    ((1.0, 21.0, 2.0), (5.25, 16.0)),  # E10: exp(-s) / ((20 s + 1)(2 s + 1))
]
PUBLISHED_INTEGRATING = [
    ((1.0, 1.69), (0.296, 13.5)),  # E6
    ((1.0, 1.5), (0.33, 12.0)),  # E8: 1 / (s (s + 1)²)
    ((1.0, 1.0), (0.5, 8.0)),  # E14: (1 - s) / s
]


@pytest.mark.parametrize(("model", "settings"), PUBLISHED)
def test_published_settings(
    model: tuple[float, float, float], settings: tuple[float, float]
) -> None:
    found = simc(*model)
    assert (found.gain, found.integral_s) == (
        pytest.approx(settings[0], rel=0.01),
        pytest.approx(settings[1], rel=0.01),
    )
    assert found.tau_c_s == model[2]


@pytest.mark.parametrize(("model", "settings"), PUBLISHED_INTEGRATING)
def test_published_settings_of_integrating_processes(
    model: tuple[float, float], settings: tuple[float, float]
) -> None:
    found = simc_integrating(*model)
    assert found.gain == pytest.approx(settings[0], rel=0.015)
    assert found.integral_s == pytest.approx(settings[1], rel=0.01)


def margins(process: NDArray[np.complex128], w: NDArray[np.float64], pi: PiTuning) -> list[float]:
    """Gain margin, phase margin in degrees, peak of the sensitivity, by brute force."""
    curve = process * pi.gain * (1.0 + 1.0 / (1j * w * pi.integral_s))
    phase = np.unwrap(np.angle(curve))
    at_180 = np.flatnonzero(phase < -np.pi)[0]
    at_1 = np.flatnonzero(np.abs(curve) < 1.0)[0]
    peak = np.max(1.0 / np.abs(1.0 + curve))
    return [1.0 / abs(curve[at_180]), 180.0 + float(np.degrees(phase[at_1])), float(peak)]


def test_margins_are_those_of_the_paper() -> None:
    """Skogestad 2003: for tau <= 8 theta, and for integrating processes."""
    w = np.geomspace(1e-3, 1e1, 400_000)
    lag = 2.0 * np.exp(-3.0j * w) / (10.0j * w + 1.0)
    assert margins(lag, w, simc(2.0, 10.0, 3.0)) == pytest.approx([3.14, 61.4, 1.59], rel=5e-3)
    tank = 0.2 * np.exp(-3.0j * w) / (1j * w)
    found = margins(tank, w, simc_integrating(0.2, 3.0))
    assert found == pytest.approx([2.96, 46.9, 1.70], rel=5e-3)


@pytest.mark.parametrize("share", [1.5, 3.0, 6.0])
def test_smoother_is_softer_and_more_robust(share: float) -> None:
    w = np.geomspace(1e-3, 1e1, 100_000)
    lag = 2.0 * np.exp(-3.0j * w) / (10.0j * w + 1.0)
    tight, smooth = simc(2.0, 10.0, 3.0), simc(2.0, 10.0, 3.0, tau_c_s=3.0 * share)
    assert smooth.gain == pytest.approx(tight.gain * 2.0 / (1.0 + share))
    assert margins(lag, w, smooth)[2] < margins(lag, w, tight)[2]
    assert "tight" in tight.why
    assert "tight" not in smooth.why


def test_a_long_lag_is_tuned_as_an_integrator() -> None:
    lag, tank = simc(1000.0, 5000.0, 2.0), simc_integrating(0.2, 2.0)
    assert (lag.gain, lag.integral_s) == (pytest.approx(tank.gain), tank.integral_s)


def test_the_sign_of_the_process_is_that_of_the_controller() -> None:
    assert simc(-2.0, 10.0, 3.0).gain == -simc(2.0, 10.0, 3.0).gain
    assert simc_integrating(-0.2, 3.0).gain == -simc_integrating(0.2, 3.0).gain


def test_half_of_the_controllers_interval_is_dead_time() -> None:
    assert simc(2.0, 10.0, 3.0, sample_s=2.0) == simc(2.0, 10.0, 4.0)
    assert simc(2.0, 10.0, 0.0, sample_s=2.0).tau_c_s == 1.0


def test_the_smoothest_loop_has_the_least_gain_that_holds_the_value() -> None:
    tau_c_s = smoothest(2.0, 10.0, 1.0, move=0.1, deviation=0.2)
    assert simc(2.0, 10.0, 1.0, tau_c_s=tau_c_s).gain == pytest.approx(0.1 / 0.2)
    assert smoothest(-2.0, 10.0, 1.0, move=0.1, deviation=0.2) == tau_c_s
    with pytest.raises(BadInput, match="deviation"):
        smoothest(2.0, 10.0, 1.0, move=0.1, deviation=0.03)


@pytest.mark.parametrize(
    "call",
    [
        lambda: simc(0.0, 10.0, 1.0),
        lambda: simc(nan, 10.0, 1.0),
        lambda: simc(1.0, 0.0, 1.0),
        lambda: simc(1.0, inf, 1.0),
        lambda: simc(1.0, 10.0, -1.0),
        lambda: simc(1.0, 10.0, 0.0),
        lambda: simc(1.0, 10.0, 2.0, tau_c_s=1.0),
        lambda: simc(1.0, 10.0, 0.0, tau_c_s=0.0),
        lambda: simc(1.0, 10.0, 1.0, sample_s=nan),
        lambda: simc_integrating(0.0, 1.0),
        lambda: simc_integrating(0.1, 0.0),
        lambda: smoothest(1.0, 10.0, 1.0, move=0.0, deviation=1.0),
    ],
)
def test_what_cannot_be_tuned_is_refused(call: object) -> None:
    assert callable(call)
    with pytest.raises(BadInput, match="must be"):
        call()


@pytest.mark.parametrize(("gain", "tau_s", "theta_s"), [(2.0, 20.0, 4.0), (-5.0, 60.0, 3.0)])
def test_a_loop_is_commissioned_from_its_own_test(
    gain: float, tau_s: float, theta_s: float
) -> None:
    """Step the output, find the process, tune, step the set point, look for trouble."""
    t = np.arange(0.0, 600.0, 0.5)
    u = np.where(t >= 100.0, 0.6, 0.5)
    way = -np.expm1(-np.maximum(t - 100.0 - theta_s, 0.0) / tau_s)
    noise = 0.002 * abs(gain) * np.random.default_rng(0).normal(size=len(t))
    model = first_order(t, u, 0.1 * gain * way + noise)
    assert model.gain is not None
    assert model.tau_s is not None
    assert model.theta_s is not None
    pi = simc(model.gain, model.tau_s, model.theta_s, sample_s=0.5)
    run = loop(
        gain=gain,
        tau_s=tau_s,
        theta_s=theta_s,
        kc=pi.gain,
        ti_s=pi.integral_s,
        setpoint=0.1,
        dt_s=0.5,
        duration_s=30.0 * theta_s + 4.0 * pi.integral_s,
        limits=(-10.0, 10.0),
    )
    answer = step_response(run.t, run.value, 0.0, target=0.1, initial=0.0)
    assert answer.settled
    assert answer.steady_error == pytest.approx(0.0, abs=0.001)
    assert answer.overshoot is not None
    assert answer.overshoot < 0.35  # with 4 (tau_c + theta) as integral time; 4 % without
    assert answer.rise_s is not None
    assert answer.rise_s < 3.0 * 2.0 * pi.tau_c_s
    assert not oscillation(run.t, run.value).oscillates
