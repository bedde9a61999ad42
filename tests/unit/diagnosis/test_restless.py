"""What changes all the time weighs less; what has changed once does not."""

import numpy as np
import pytest

from twin.diagnosis.restless import UNSEEN, Restless, most, widened

DAY = 288


def quiet(blocks: int, seed: int) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal((blocks, 1))


def after(residuals: np.ndarray) -> Restless:
    restless = Restless(1)
    for row in residuals:
        restless.take(row, np.ones(1, bool))
    return restless


@pytest.fixture(scope="module")
def both() -> np.ndarray:
    """float64[3, 1], the most that quarters of an hour and hours changed by in four weeks.

    And by how much an hour swung.
    """
    return most(((row, np.ones(1, bool)) for row in quiet(28 * DAY, 1)), 1)


@pytest.fixture(scope="module")
def usual(both: np.ndarray) -> float:
    return float(both[0, 0])


def test_a_step_is_none(both: np.ndarray) -> None:
    stepped = quiet(2 * DAY, 2) + 3.0 * (np.arange(2 * DAY)[:, None] >= DAY)
    assert (after(stepped).held <= 1.1 * both[:2]).all()


def test_a_swing_is_and_is_forgotten_in_weeks(usual: float) -> None:
    """Fronts of 3 K every 80 min for an afternoon."""
    swing = 3.0 * np.sin(2.0 * np.pi * np.arange(72) / 16.0)[:, None]
    afternoon = np.vstack([quiet(DAY, 3), swing])
    now = after(afternoon).held[0, 0]
    assert now > 10.0 * usual
    week = after(np.vstack([afternoon, quiet(7 * DAY, 4)])).held[0, 0]
    assert week == pytest.approx(now * np.exp(-1.0), rel=0.02)
    assert after(np.vstack([afternoon, quiet(35 * DAY, 5)])).held[0, 0] <= 1.1 * usual


def test_blocks_that_are_not_usable_are_no_change(usual: float) -> None:
    restless = Restless(1)
    for i, row in enumerate(quiet(2 * DAY, 6)):
        there = i % 3 > 0
        restless.take(row if there else row + 50.0, np.array([there]))
    assert restless.held[0, 0] <= 1.2 * usual


def test_the_first_day_of_a_season_that_was_never_seen_is_one_to_look_at(
    both: np.ndarray,
) -> None:
    there = np.ones(1, bool)
    known, half, strange = np.zeros(1), np.full(1, 0.5), np.ones(1)
    restless = Restless(1)
    restless.take(np.full(1, 50.0), ~there)  # the day begins with the first block to look at
    for i, row in enumerate(quiet(DAY - 1, 7)):
        restless.take(row, np.array([i % 4 < 3]))
    assert (restless.beside(both, known) == 1.0).all()
    assert (restless.beside(both, half)[:2] == 1.0 + (UNSEEN - 1.0) / 2.0).all()
    assert (restless.beside(both, strange)[:2] == UNSEEN).all()
    restless.take(np.zeros(1), there)
    assert (restless.beside(both, strange) < 1.1).all()


def test_what_was_restless_is_believed_less_by_as_much(both: np.ndarray) -> None:
    swing = 3.0 * np.sin(2.0 * np.pi * np.arange(72) / 16.0)[:, None]
    restless = after(np.vstack([quiet(DAY, 3), swing]))
    found = restless.beside(both, np.zeros(1))
    assert found[0, 0] == restless.held[0, 0] / both[0, 0]


def test_fronts_that_stand_for_hours_are_restless_by_the_hour(both: np.ndarray) -> None:
    """Levels that are new every two hours, as water that stands in the pipes brings them."""
    rng = np.random.default_rng(9)
    fronts = 0.5 * np.repeat(rng.standard_normal(2 * 12), 24)[:, None] + quiet(2 * DAY, 10)
    short, hour = after(fronts).beside(both, np.zeros(1))[:2, 0]
    assert hour > 4.0  # 0.5 of a front beside 0.1 / sqrt(12) of a quiet hour, mostly no change
    assert short < 0.6 * hour


def test_a_fault_that_comes_and_goes_with_its_part_is_not_restless(both: np.ndarray) -> None:
    """Two starts a day of a part that shows it while it runs: 4 changes in 24 hours."""
    hours = np.arange(3 * DAY) // 12 % 24
    runs = ((hours >= 6) & (hours < 10)) | (hours >= 17)
    shown = 0.5 * runs[:, None] + quiet(3 * DAY, 11)
    assert (after(shown).held <= 1.3 * both[:2]).all()


def test_a_swing_averages_out_over_longer_windows() -> None:
    """Against the spread of means of white noise beside a level that stands for days."""
    rng = np.random.default_rng(8)
    standing, swing = rng.standard_normal(4000), rng.standard_normal((4000, 24))
    beside = np.array([[3.0], [5.0], [1.0]])
    for hours in (2, 6, 24):
        means = standing + np.sqrt(3.0**2 - 1.0) * swing[:, :hours].mean(axis=1)
        assert widened(beside, 12 * hours)[0] == pytest.approx(means.std(), rel=0.05)
    for both in (beside, beside[[1, 0, 2]]):
        assert widened(both, 12)[0] == 5.0
        assert widened(both, 1)[0] == widened(both, 3)[0] == 25.0


def test_what_was_as_far_off_the_other_way_within_the_hour_swings(both: np.ndarray) -> None:
    """Fronts that begin: nothing of them is known yet but that they came from the other side."""
    fronts = np.array([0.0, 0.0, 1.6, 1.6, -4.3, -3.9, 1.5, 5.5])[:, None]
    begun = after(np.vstack([quiet(2 * DAY, 12), fronts]))
    swings = begun.beside(both, np.zeros(1))
    assert (swings[:2] < 1.5).all()
    assert swings[2, 0] == pytest.approx(4.3 / both[2, 0])
    assert widened(swings, 3)[0] == swings[2, 0]
    assert widened(swings, 12)[0] < 1.5
    for row in quiet(12, 13):
        begun.take(row, np.ones(1, bool))
    assert (begun.beside(both, np.zeros(1))[2] < 1.2).all()  # an hour later it does not


def test_a_step_does_not_swing_though_it_began_and_ends(both: np.ndarray) -> None:
    there = (np.arange(2 * DAY) >= DAY) & (np.arange(2 * DAY) < DAY + 30)
    stepped = quiet(2 * DAY, 14) + 5.0 * there[:, None]
    restless = Restless(1)
    for row in stepped:
        restless.take(row, np.ones(1, bool))
        assert restless.beside(both, np.zeros(1))[2, 0] <= 1.2
