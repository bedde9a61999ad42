"""What changes all the time weighs less; what has changed once does not."""

import numpy as np
import pytest

from twin.diagnosis.restless import UNSEEN, Restless, averaged, most

DAY = 288


def quiet(blocks: int, seed: int) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal((blocks, 1))


def after(residuals: np.ndarray) -> Restless:
    restless = Restless(1)
    for row in residuals:
        restless.take(row, np.ones(1, bool))
    return restless


@pytest.fixture(scope="module")
def usual() -> float:
    return float(most(((row, np.ones(1, bool)) for row in quiet(28 * DAY, 1)), 1)[0])


def test_a_step_is_none(usual: float) -> None:
    stepped = quiet(2 * DAY, 2) + 3.0 * (np.arange(2 * DAY)[:, None] >= DAY)
    assert after(stepped).held[0] <= 1.1 * usual


def test_a_swing_is_and_is_forgotten_in_weeks(usual: float) -> None:
    """Fronts of 3 K every 80 min for an afternoon."""
    swing = 3.0 * np.sin(2.0 * np.pi * np.arange(72) / 16.0)[:, None]
    afternoon = np.vstack([quiet(DAY, 3), swing])
    now = after(afternoon).held[0]
    assert now > 10.0 * usual
    week = after(np.vstack([afternoon, quiet(7 * DAY, 4)])).held[0]
    assert week == pytest.approx(now * np.exp(-1.0), rel=0.02)
    assert after(np.vstack([afternoon, quiet(35 * DAY, 5)])).held[0] <= 1.1 * usual


def test_blocks_that_are_not_usable_are_no_change(usual: float) -> None:
    restless = Restless(1)
    for i, row in enumerate(quiet(2 * DAY, 6)):
        there = i % 3 > 0
        restless.take(row if there else row + 50.0, np.array([there]))
    assert restless.held[0] <= 1.2 * usual


def test_the_first_day_of_a_season_that_was_never_seen_is_one_to_look_at(usual: float) -> None:
    usually, there = np.array([usual]), np.ones(1, bool)
    known, half, strange = np.zeros(1), np.full(1, 0.5), np.ones(1)
    restless = Restless(1)
    restless.take(np.full(1, 50.0), ~there)  # the day begins with the first block to look at
    for i, row in enumerate(quiet(DAY - 1, 7)):
        restless.take(row, np.array([i % 4 < 3]))
    assert restless.beside(usually, known)[0] == 1.0
    assert restless.beside(usually, half)[0] == 1.0 + (UNSEEN - 1.0) / 2.0
    assert restless.beside(usually, strange)[0] == UNSEEN
    restless.take(np.zeros(1), there)
    assert restless.beside(usually, strange)[0] < 1.1


def test_what_was_restless_is_believed_less_by_as_much(usual: float) -> None:
    swing = 3.0 * np.sin(2.0 * np.pi * np.arange(72) / 16.0)[:, None]
    restless = after(np.vstack([quiet(DAY, 3), swing]))
    found = restless.beside(np.array([usual]), np.zeros(1))[0]
    assert found == restless.held[0] / usual


def test_a_swing_averages_out_over_longer_windows() -> None:
    """Against the spread of means of white noise beside a level that stands for days."""
    rng = np.random.default_rng(8)
    standing, swing = rng.standard_normal(4000), rng.standard_normal((4000, 24))
    wider = np.full(1, 3.0)
    for hours in (1, 6, 24):
        means = standing + np.sqrt(3.0**2 - 1.0) * swing[:, :hours].mean(axis=1)
        assert averaged(wider, 12 * hours)[0] == pytest.approx(means.std(), rel=0.05)
    assert averaged(wider, 1)[0] == 3.0
