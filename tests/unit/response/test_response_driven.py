"""A process that is driven by a loop at work is found, or said not to be; the oracle is scipy's."""

import numpy as np
import pytest
from scipy.signal import cont2discrete, lfilter

from twin.response.driven import driven
from twin.response.lagged import lagged
from twin.response.simc import simc


def plant(gain, tau_s, theta_s, dt_s):
    """Discrete state space of gain / (tau s + 1), by scipy, and whole samples of dead time."""
    a, b, *_ = cont2discrete(
        tuple(np.array([[x]]) for x in (-1 / tau_s, gain / tau_s, 1.0, 0.0)), dt_s
    )
    return float(a[0, 0]), float(b[0, 0]), round(theta_s / dt_s)


def closed_loop(gain, tau_s, theta_s, kp, ti_s, *, n=1500, step_at=300, sigma=0.0, drift=0.0):
    """Time, command and reading of a PI loop whose set point steps by 1."""
    rng = np.random.default_rng(7)
    a, b, late = plant(gain, tau_s, theta_s, 1.0)
    u, y = np.zeros(n), np.zeros(n)
    x = integral = 0.0
    for k in range(n):
        y[k] = x + drift * k + sigma * rng.standard_normal()
        error = (1.0 if k >= step_at else 0.0) - y[k]
        integral += kp * error / ti_s
        u[k] = kp * error + integral
        x = a * x + b * (u[k - late] if k >= late else 0.0)
    return np.arange(n, dtype=float), u, y


CASES = [
    (2.0, 60.0, 10.0, 0.5, 60.0),
    (-20.0, 150.0, 40.0, -0.03, 120.0),
    (8.0, 20.0, 2.0, 0.05, 20.0),
]


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize(("sigma", "drift"), [(0.0, 0.0), (0.02, 0.0), (0.02, 2e-4)], ids=str)
def test_a_closed_loop_shows_its_process(case, sigma, drift):
    gain, tau_s, theta_s, *_ = case
    found = driven(*closed_loop(*case, sigma=sigma, drift=drift))
    assert found.why == ""
    assert found.gain == pytest.approx(gain, rel=0.1)
    assert found.tau_s == pytest.approx(tau_s, rel=0.15)
    assert found.theta_s == pytest.approx(theta_s, abs=max(0.1 * tau_s, 1.5))


@pytest.mark.parametrize("case", CASES, ids=str)
@pytest.mark.parametrize("factor", [5.0, 0.2])
def test_a_badly_tuned_loop_is_well_damped_with_what_follows(case, factor):
    gain, tau_s, theta_s, kp, ti_s = case
    kp *= factor if abs(kp * factor * gain) * theta_s < tau_s else 0.2
    found = driven(*closed_loop(gain, tau_s, theta_s, kp, ti_s, sigma=0.005))
    assert found.why == ""
    new = simc(found.gain, found.tau_s, found.theta_s, tau_c_s=max(found.theta_s, tau_s / 3) + 2)
    _, _, y = closed_loop(gain, tau_s, theta_s, new.gain, new.integral_s)
    assert y.max() < 1.2
    assert y[-100:] == pytest.approx(1.0, abs=0.02)


def test_what_another_hand_moves_is_not_believed():
    t, u, _ = closed_loop(*CASES[0], sigma=0.02)
    found = driven(t, u, np.sin(t / 40.0) + 0.02 * np.random.default_rng(1).standard_normal(len(t)))
    assert found.why


def test_a_command_that_stands_shows_nothing():
    t = np.arange(200.0)
    assert driven(t, np.full(200, 0.4), np.sin(t)).why == "the input does not move"
    assert driven(t[:20], t[:20], t[:20]).why.startswith("only 20 samples")


def test_samples_that_a_line_lost_change_little():
    case = CASES[1]
    t, u, y = closed_loop(*case, sigma=0.02)
    lost = np.zeros(len(t), bool)
    for k in (305, 340, 700, 1200):
        lost[k : k + 8] = True
    found = driven(t, np.where(lost, np.nan, u), np.where(lost, np.nan, y))
    assert found.why == ""
    assert found.gain == pytest.approx(case[0], rel=0.1)
    assert found.tau_s == pytest.approx(case[1], rel=0.2)


@pytest.mark.parametrize("keep", [0.0, 0.9, 0.999])
def test_a_lag_is_the_filter_of_scipy(keep):
    u = np.random.default_rng(3).standard_normal(500)
    assert np.allclose(lagged(u, keep), lfilter([0.0, 1.0 - keep], [1.0, -keep], u), atol=1e-12)
