"""Levels of channels: the filter's constants against dense algebra and a Riccati solver."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import solve_discrete_are

from twin.diagnosis.table.level import (
    Levels,
    coarse_step,
    first_noise,
    fit,
    follow,
    jumping,
    misses,
)

GAINS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
WINDOWS = (5, 10, 20, 40, 80)


@given(gain=st.floats(0.01, 0.95))
def test_gain_and_variances_are_the_steady_state_of_the_kalman_filter(gain: float) -> None:
    levels = Levels(np.array([gain]), np.array([1.0]))
    R, Q = levels.reading_variance[0], levels.drift_variance[0]
    predicted = solve_discrete_are([[1.0]], [[1.0]], [[Q]], [[R]])[0, 0]
    assert predicted / (predicted + R) == pytest.approx(gain, rel=1e-8)
    assert predicted + R == pytest.approx(1.0, rel=1e-8)  # innovations are the unit of noise


@given(gain=st.floats(0.01, 0.95), rows=st.integers(1, 60), ahead=st.integers(0, 60))
@settings(max_examples=50)
def test_variance_of_a_mean_is_that_of_the_dense_covariance(
    gain: float, rows: int, ahead: int
) -> None:
    levels = Levels(np.array([gain]), np.array([1.0]))
    R, Q = levels.reading_variance[0], levels.drift_variance[0]
    n = ahead + rows
    walk = np.tri(n)  # level after k steps
    mean = np.concatenate([np.zeros(ahead), np.full(rows, 1.0 / rows)])
    cov = walk @ walk.T * Q + np.eye(n) * R + gain * R  # and the error of the filter's level
    expected = mean @ cov @ mean
    assert levels.mean_variance(float(rows), float(ahead))[0] == pytest.approx(expected, rel=1e-9)


def test_the_level_is_the_mean_until_the_gain_is_larger_than_that() -> None:
    y = np.random.default_rng(1).standard_normal((30, 1))
    level, _ = follow(y, np.array([0.01]), np.array([1.0]), 1e9)
    assert level[:, 0] == pytest.approx(np.cumsum(y) / np.arange(1, 31), rel=1e-12)


def test_missing_readings_change_nothing() -> None:
    y = np.random.default_rng(2).standard_normal((60, 1))
    holes = y.copy()
    holes[20:30] = np.nan
    level, innovation = follow(holes, np.array([0.2]), np.array([1.0]), 5.0)
    assert np.all(level[20:30] == level[19])
    assert np.isnan(innovation[20:30]).all()
    without, _ = follow(np.delete(y, range(20, 30), axis=0), np.array([0.2]), np.array([1.0]), 5.0)
    assert np.delete(level, range(20, 30), axis=0) == pytest.approx(without)


def test_one_that_is_far_off_is_believed_once_another_follows() -> None:
    y = np.zeros((12, 1))
    y[3], y[6:] = 50.0, 9.0
    y[8] = np.nan
    level, innovation = follow(y, np.array([0.5]), np.array([1.0]), 5.0)
    assert np.isnan(innovation[[3, 6, 8], 0]).all()
    assert level[6, 0] == 0.0
    assert innovation[7, 0] == 5.0
    assert np.isfinite(innovation[9:]).all()


def test_misses_are_means_less_the_level_before() -> None:
    rng = np.random.default_rng(3)
    y, level = rng.standard_normal((50, 2)), rng.standard_normal((50, 2))
    found = misses(y, level, 7)
    t = 10 + 4
    assert found[4] == pytest.approx(y[t + 1 : t + 8].mean(axis=0) - level[t])
    assert len(found) == 50 - 7 - 10


@pytest.mark.parametrize("seed", range(5))
def test_steady_channels_keep_their_mean_and_drifting_ones_do_not(seed: int) -> None:
    rng = np.random.default_rng(seed)
    white = rng.standard_normal(400)
    drifting = np.cumsum(rng.standard_normal(400))
    brief = np.convolve(rng.standard_normal(403), np.ones(4), "valid")  # noise that lasts 4 rows
    gain = fit(np.stack([white, drifting, brief], axis=1), GAINS, WINDOWS, 5.0).gain
    assert gain[0] <= 0.05
    assert gain[1] >= 0.4
    assert gain[2] <= 0.1


def test_noise_of_a_coarse_channel_is_not_less_than_its_rounding() -> None:
    y = np.zeros((400, 1))
    y[150, 0] = y[300, 0] = 1.0
    assert first_noise(y)[0] == pytest.approx(0.3)
    assert coarse_step(y, 0.9)[0] == 1.0
    assert coarse_step(np.random.default_rng(0).standard_normal((400, 1)), 0.9)[0] == 0.0


def test_counts_and_coarse_readings_jump_and_noise_does_not() -> None:
    rng = np.random.default_rng(4)
    n = 400
    head = np.stack(
        [
            rng.standard_normal(n),
            rng.standard_t(3, n),
            np.cumsum(rng.standard_normal(n)),
            rng.uniform(-1.0, 1.0, n),
            np.round(rng.standard_normal(n)),
            np.floor(32.4 + rng.random(n)),
            32.0 + np.arange(n) % 2 + 0.02 * rng.standard_normal(n),
            np.where(rng.random(n) < 0.1, np.nan, np.floor(0.3 + rng.random(n))),
        ],
        axis=1,
    )
    assert jumping(head).tolist() == [False] * 4 + [True] * 4
