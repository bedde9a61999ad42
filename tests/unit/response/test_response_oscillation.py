"""Oscillations are found with their period, amplitude and decay, and noise is none."""

from math import nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal
from sticky_loops import loop

from twin.response.oscillation import oscillation

T = np.arange(1000.0)


def _rng(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize("period_s", [5.0, 23.0, 77.0, 180.0])
@pytest.mark.parametrize("sigma", [0.0, 0.3, 0.7])
def test_a_sine_is_found_with_what_it_is(period_s: float, sigma: float) -> None:
    y = 21.0 + np.sin(2.0 * np.pi * T / period_s + 0.4) + sigma * _rng(0).normal(size=1000)
    found = oscillation(T, y)
    assert found.oscillates
    assert found.period_s == pytest.approx(period_s, rel=0.02)
    assert found.amplitude == pytest.approx(1.0, rel=0.15)
    assert found.decay_ratio == pytest.approx(1.0, abs=0.05)
    assert found.cycles == pytest.approx(999.0 / period_s, rel=0.02)


def test_squares_and_triangles_oscillate() -> None:
    square = oscillation(T, signal.square(2.0 * np.pi * T / 60.0))
    triangle = oscillation(T, signal.sawtooth(2.0 * np.pi * T / 60.0, 0.5))
    assert square.period_s == pytest.approx(60.0, rel=0.01)
    assert triangle.period_s == pytest.approx(60.0, rel=0.01)
    assert square.amplitude == pytest.approx(4.0 / np.pi, rel=0.03)  # of the sine in it
    assert triangle.amplitude == pytest.approx(8.0 / np.pi**2, rel=0.03)


@pytest.mark.parametrize("decay", [0.5, 0.7, 0.9, 1.15])
def test_decay_is_that_from_cycle_to_cycle(decay: float) -> None:
    y = decay ** (T / 60.0) * np.sin(2.0 * np.pi * T / 60.0) + 0.005 * _rng(1).normal(size=1000)
    found = oscillation(T, y)
    assert found.oscillates
    assert found.decay_ratio == pytest.approx(decay, rel=0.03)


def test_decay_is_that_of_a_cycle_where_several_are_fitted_at_once() -> None:
    y = 0.97 ** (T / 5.3) * np.sin(2.0 * np.pi * T / 5.3) + 0.002 * _rng(0).normal(size=1000)
    assert oscillation(T, y).decay_ratio == pytest.approx(0.97, abs=0.003)


def test_two_waves_that_do_not_go_together_are_irregular() -> None:
    y = np.sin(2.0 * np.pi * T / 60.0) + np.sin(2.0 * np.pi * T / 26.7)
    found = oscillation(T, y)
    assert found.oscillates is False
    assert found.strength is not None
    assert found.strength > 1.0
    assert found.why == "irregular"


def test_a_loop_that_damps_well_rings_in_noise_and_does_not_oscillate() -> None:
    """A fifth of the amplitude is left after a period: in a long record it shows, and is quiet."""
    keeps, angle = 0.2 ** (1.0 / 40.0), 2.0 * np.pi / 40.0
    ringing = [1.0, -2.0 * keeps * np.cos(angle), keeps * keeps]
    for seed in range(6):
        y = signal.lfilter([1.0], ringing, _rng(seed).normal(size=20_000))
        assert not oscillation(np.arange(20_000.0), y).oscillates


@pytest.mark.parametrize("decay", [0.05, 0.1, 0.2])
def test_what_dies_within_a_cycle_or_two_is_no_oscillation(decay: float) -> None:
    y = decay ** (T / 60.0) * np.sin(2.0 * np.pi * T / 60.0)
    assert not oscillation(T, y).oscillates
    assert not oscillation(T, y + 0.02 * _rng(2).normal(size=1000)).oscillates


@pytest.mark.parametrize("memory", [0.0, 0.5, 0.9, 0.98, 1.0])
@pytest.mark.parametrize("samples", [60, 200, 800])
def test_noise_is_no_oscillation(memory: float, samples: int) -> None:
    alarms = 0
    for seed in range(60):
        white = _rng(seed).normal(size=samples + 500)
        y = signal.lfilter([1.0], [1.0, -memory], white)[500:]
        alarms += bool(oscillation(T[:samples], y).oscillates)
    assert alarms <= 1


def test_steps_ramps_and_rest_are_no_oscillation() -> None:
    step = np.where(T > 500.0, 1.0, 0.0) + 0.05 * _rng(0).normal(size=1000)
    rise = -np.expm1(-np.maximum(T - 200.0, 0.0) / 50.0)
    assert not oscillation(T, step).oscillates
    assert not oscillation(T, rise).oscillates
    for rest in (np.full(1000, 21.3), 0.01 * T + 300.0):
        found = oscillation(T, rest)
        assert (found.oscillates, found.index, found.period_s) == (False, 0.0, None)
        assert found.why == "does not move"


def test_a_well_tuned_loop_is_quiet_and_one_at_its_limit_is_not() -> None:
    quiet = 0
    for seed in range(20):
        run = loop(kc=2.5, slow=0.004, noise=0.003, duration_s=500.0, seed=seed)
        quiet += not oscillation(run.t, run.value).oscillates
    tight = loop(kc=9.0, ti_s=20.0, limits=(-0.1, 0.2), duration_s=300.0)
    found = oscillation(tight.t[400:], tight.value[400:])
    assert quiet >= 19
    assert found.oscillates
    assert found.decay_ratio == pytest.approx(1.0, abs=0.03)


def test_drift_and_a_shift_of_level_do_not_hide_it() -> None:
    wave = np.sin(2.0 * np.pi * T / 40.0)
    for other in (0.02 * T, np.cumsum(0.05 * _rng(5).normal(size=1000)), np.where(T > 500, 1.5, 0)):
        found = oscillation(T, wave + other)
        assert found.oscillates
        assert found.period_s == pytest.approx(40.0, rel=0.05)


def test_gaps_and_irregular_times_do_not_hide_it() -> None:
    y = np.sin(T / 10.0) + 0.2 * _rng(3).normal(size=1000)
    holes = y.copy()
    holes[_rng(4).uniform(size=1000) < 0.3] = nan
    holes[300:480] = nan
    found = oscillation(T, holes)
    assert found.missing == np.isnan(holes).sum()
    assert found.period_s == pytest.approx(20.0 * np.pi, rel=0.02)
    assert found.amplitude == pytest.approx(1.0, rel=0.1)
    t = np.sort(_rng(6).uniform(0.0, 1000.0, 600))
    assert oscillation(t, np.sin(t / 10.0)).period_s == pytest.approx(20.0 * np.pi, rel=0.01)


def test_what_cannot_be_told_is_none() -> None:
    assert oscillation(T[:40], np.sin(T[:40])).oscillates is None
    assert oscillation(T, np.full(1000, nan)).index is None
    slow = oscillation(T, np.sin(2.0 * np.pi * T / 400.0))
    assert (slow.index, slow.period_s) == (None, None)
    assert "five periods" in slow.why
    far = np.append(T, 1e7)
    assert oscillation(far, np.sin(far)).why == "more gaps than samples"


powers = st.integers(-8, 8).map(lambda k: 2.0**k)


@given(st.integers(0, 10_000), powers, powers, st.booleans(), st.integers(-50, 50))
def test_units_level_and_sign_do_not_matter(
    seed: int, size: float, slowness: float, mirrored: bool, offset: int
) -> None:
    rng = _rng(seed)
    t = T[:300]
    y = np.sin(2.0 * np.pi * t / rng.uniform(5.0, 55.0)) + rng.uniform(0, 1) * rng.normal(size=300)
    factor = -size if mirrored else size
    found, other = oscillation(t, y), oscillation(t * slowness + offset, factor * (y + offset))
    assert found.oscillates == other.oscillates
    if found.index is not None and other.index is not None:
        assert other.index == pytest.approx(found.index, rel=1e-6)
    if found.period_s is not None and other.period_s is not None:
        assert other.period_s == pytest.approx(slowness * found.period_s, rel=1e-6)
    if found.amplitude is not None:
        assert other.amplitude == pytest.approx(size * found.amplitude, rel=1e-6)
        assert other.decay_ratio == pytest.approx(found.decay_ratio, rel=1e-6)
