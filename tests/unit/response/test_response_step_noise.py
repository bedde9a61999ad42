"""Figures of steps in noise: quick, slow, wild, and hidden by the resolution."""

import numpy as np
import pytest
from scipy import signal
from step_answers import T, first_order, second_order

from twin.response.step import step_response


@pytest.mark.parametrize("zeta", [0.3, 0.7, 1.5])
def test_noise_moves_the_figures_little(zeta: float) -> None:
    y = second_order(zeta)
    clean = step_response(T, y, 0.0)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        noisy = step_response(T, y + 0.01 * rng.normal(size=len(T)), 0.0)
        assert noisy.settled
        assert noisy.noise == pytest.approx(0.01, rel=0.15)
        assert noisy.rise_s == pytest.approx(clean.rise_s, rel=0.06)
        assert noisy.reach_s == pytest.approx(clean.reach_s, rel=0.06)
        assert noisy.final == pytest.approx(1.0, abs=0.005)
        assert noisy.overshoot is not None
        assert noisy.resolution is not None
        expected = clean.overshoot if clean.overshoot > 0.02 else 0.0
        assert noisy.overshoot == pytest.approx(expected, abs=0.5 * noisy.resolution)


def test_noise_makes_no_overshoot_and_widens_the_band() -> None:
    y, over = first_order(4.0), 0
    for seed in range(60):
        noisy = y + 0.06 * np.random.default_rng(seed).normal(size=len(T))
        found = step_response(T, noisy, 0.0)
        assert found.settled
        assert found.band is not None
        assert 0.15 < found.band < 0.25  # 3 sigma, more than 5 %
        over += found.overshoot != 0.0
    assert over == 0


def test_slow_noise_is_noise_too() -> None:
    over, settled = 0, 0
    for seed in range(60):
        white = np.random.default_rng(seed).normal(size=len(T))
        slow = signal.lfilter([0.1], [1.0, -0.95], white) * 0.1  # sigma 0.03
        found = step_response(T, first_order(4.0) + slow, 0.0)
        over += bool(found.overshoot)
        settled += bool(found.settled)
    assert over <= 1
    assert settled >= 57


def test_wild_samples_do_no_harm() -> None:
    y = second_order(0.5) + 0.005 * np.random.default_rng(3).normal(size=len(T))
    y[::97] += 10.0
    found, clean = step_response(T, y, 0.0), step_response(T, second_order(0.5), 0.0)
    assert found.settled
    assert found.final == pytest.approx(1.0, abs=0.005)
    assert found.overshoot == pytest.approx(clean.overshoot, abs=0.02)
    assert found.settling_s == pytest.approx(clean.settling_s, rel=0.03)


def test_a_step_within_noise_has_levels_only() -> None:
    y = 0.02 * first_order(1.0) + 0.01 * np.random.default_rng(0).normal(size=len(T))
    found = step_response(T, y, 0.0)
    assert "does not stand out of noise" in found.why
    assert found.final == pytest.approx(0.02, abs=0.005)
    assert found.settled is found.rise_s is found.overshoot is None
    still = step_response(T, np.full(len(T), 7.0), 0.0)
    assert (still.initial, still.final, still.overshoot) == (7.0, 7.0, None)


def test_known_noise_counts_where_the_resolution_hides_it() -> None:
    y = np.round(second_order(0.5), 1)
    assert step_response(T, y, 0.0).noise == 0.0
    found = step_response(T, y, 0.0, noise_least=0.03)
    assert found.noise == 0.03
    assert found.band is not None
    assert found.band >= 0.09
