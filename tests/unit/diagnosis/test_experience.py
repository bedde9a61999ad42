"""What was lived through since commissioning, against sums over whole days from scratch."""

import numpy as np
import pytest

from twin.diagnosis.experience import (
    DELAY,
    FAMILIAR,
    FOLLOWED,
    LEAST,
    PRIOR,
    REMEMBERED,
    WIDTH,
    Experience,
)
from twin.diagnosis.settings import BLOCK_NS, DAY_BLOCKS

USUAL = np.array([4.0, 1.0])
"""Variance that commissioning gives to strange points [-]."""
OF_6H, OF_DAY = np.array([0.3, 0.2]), np.array([0.1, 0.05])
"""Variance of what was off over 6 h and over a day at points that it saw [-]."""
OWNERS = np.array([0, 1])
"""Two parts with a signal each, whose operating points are one value."""
HERE = np.array([[1.0, 4.0], [1.0, 4.0]])
ALL, NONE = np.ones(2, bool), np.zeros(2, bool)


def fresh() -> Experience:
    return Experience(USUAL, OF_6H, OF_DAY, OWNERS, 2)


def live(off: np.ndarray, strange: np.ndarray, faulty=None, usable=None) -> list:
    """Shift and doubts after each day; off, strange, faulty and usable are [days, blocks, 2]."""
    experience, found = fresh(), []
    for day in range(len(off)):
        for block in range(DAY_BLOCKS):
            experience.take(
                (day * DAY_BLOCKS + block) * BLOCK_NS,
                off[day, block],
                strange[day, block],
                HERE,
                ALL if usable is None else usable[day, block],
                NONE if faulty is None else faulty[day, block],
            )
        found.append((experience.shift, experience.doubt_6h, experience.doubt_day))
    return found


def from_scratch(off: np.ndarray, strange: np.ndarray, shifts: list, day: int):
    """Shift and doubts on `day` from whole days before the last `DELAY`."""
    followed, pulled, remembered = (np.zeros(2) for _ in range(3))
    wrong = np.zeros((2, 2))
    for d in range(day - DELAY):
        age = day - DELAY - 1 - d
        s, y = strange[d], strange[d] * off[d]
        followed += np.exp(-age / FOLLOWED) * np.sum(s**2, axis=0) / DAY_BLOCKS
        pulled += np.exp(-age / FOLLOWED) * np.sum(y, axis=0) / DAY_BLOCKS
        remembered += np.exp(-age / REMEMBERED) * np.sum(s**2, axis=0) / DAY_BLOCKS
        for n, (panes, healthy) in enumerate(((4, OF_6H), (1, OF_DAY))):
            w = (s**2).reshape(panes, -1, 2).sum(axis=1)
            mean = y.reshape(panes, -1, 2).sum(axis=1) / w
            more = np.sum(w * ((mean - shifts[d][0]) ** 2 - healthy), axis=0)
            wrong[n] += np.exp(-age / REMEMBERED) * more / DAY_BLOCKS
    doubts = np.sqrt(np.maximum((PRIOR + wrong / USUAL) / (PRIOR + remembered), LEAST**2))
    return pulled / (followed + PRIOR), *doubts


def test_it_is_what_the_days_before_the_last_three_say() -> None:
    random = np.random.default_rng(1)
    off = random.normal(1.5, 0.5, (20, DAY_BLOCKS, 2)) + random.normal(0, 1.0, (20, 1, 2))
    off += np.repeat(random.normal(0, 1.0, (20, 4, 2)), DAY_BLOCKS // 4, axis=1)
    strange = random.uniform(0.1, 1.0, (20, DAY_BLOCKS, 2))
    found = live(off, strange)
    for day in (DELAY + 1, DELAY + 2, 9, 19):
        for got, expected in zip(found[day], from_scratch(off, strange, found, day), strict=True):
            np.testing.assert_allclose(got, expected, rtol=1e-9)
    assert (found[18][1] > found[18][2]).all()  # a day has its own shape


def test_a_season_is_learned_and_the_doubt_of_it_goes() -> None:
    """Models are off by two standard deviations of what commissioning feared, and stay so."""
    random = np.random.default_rng(2)
    off = 2.0 * np.sqrt(USUAL) + random.normal(0.0, 0.2, (25, DAY_BLOCKS, 2))
    strange = np.ones((25, DAY_BLOCKS, 2))
    days = live(off, strange)
    np.testing.assert_array_equal(days[DELAY][0], 0.0)  # three days are not believed
    np.testing.assert_array_equal(days[DELAY][2], 1.0)
    assert (days[DELAY + 2][2] > 1.0).all()  # it was worse than feared
    np.testing.assert_allclose(days[24][0], 2.0 * np.sqrt(USUAL), rtol=0.1)
    as_known = live(random.normal(0.0, 0.2, off.shape), strange)
    np.testing.assert_array_equal(as_known[24][1:], LEAST)


def test_nothing_is_learned_of_points_that_commissioning_knew() -> None:
    off = np.full((12, DAY_BLOCKS, 2), 3.0)
    shift, *doubts = live(off, np.zeros_like(off))[-1]
    np.testing.assert_array_equal(shift, 0.0)
    np.testing.assert_array_equal(doubts, 1.0)


def test_a_fault_is_not_learned_once_it_has_an_event() -> None:
    """It stands for two days and a half before it is found, and is learned by the other signal."""
    off = np.zeros((25, DAY_BLOCKS, 2))
    off[10:] = 1.0
    strange = np.ones_like(off)
    faulty = np.zeros(off.shape, bool)
    faulty[12, DAY_BLOCKS // 2 :, 0] = faulty[13:, :, 0] = True
    shift, _, doubt = live(off, strange, faulty)[-1]
    assert shift[0] == 0.0
    assert shift[1] > 0.7
    assert doubt[0] < 1.0


def test_signals_that_are_not_usable_teach_nothing() -> None:
    off = np.full((12, DAY_BLOCKS, 2), 3.0)
    usable = np.ones(off.shape, bool)
    usable[:, :, 1] = False
    shift, *_ = live(off, np.ones_like(off), usable=usable)[-1]
    assert shift[0] > 2.0
    assert shift[1] == 0.0


def test_a_season_that_is_long_over_says_nothing_of_the_next_strange_day() -> None:
    off = np.full((100, DAY_BLOCKS, 2), 2.0)
    strange = np.zeros_like(off)
    strange[:15] = 1.0
    shift, *doubts = live(off, strange)[-1]
    assert (np.abs(shift) < 0.01).all()
    np.testing.assert_allclose(doubts, 1.0, atol=0.1)


@pytest.mark.parametrize("cut", [1, 8])
def test_another_takes_it_up_and_goes_on_the_same(cut: int) -> None:
    """It is taken up at midnight, by a watch whose time begins anew."""
    random = np.random.default_rng(3)
    n = cut * DAY_BLOCKS
    off = random.normal(1.0, 1.0, (15 * DAY_BLOCKS, 2))
    strange = random.uniform(0.0, 1.0, off.shape)
    points = np.stack([np.ones(off.shape), random.normal(4.0, 1.0, off.shape)], axis=2)
    whole, then = fresh(), fresh()
    for i in range(n + 1):
        whole.take(i * BLOCK_NS, off[i], strange[i], points[i], ALL, NONE)
    then.take_up(whole.table())
    for i in range(n + 1, len(off)):
        whole.take(i * BLOCK_NS, off[i], strange[i], points[i], ALL, NONE)
        then.take((i - n) * BLOCK_NS, off[i], strange[i], points[i], ALL, NONE)
    np.testing.assert_array_equal(then.shift, whole.shift)
    np.testing.assert_allclose(then.doubt_day, whole.doubt_day, rtol=1e-12)
    np.testing.assert_allclose(then.known(2.0 * HERE), whole.known(2.0 * HERE), rtol=1e-12)


def test_a_point_is_known_as_far_as_the_weeks_reached() -> None:
    """Ten days about 4 standard deviations of commissioning, a half of one wide."""
    random = np.random.default_rng(4)
    experience = fresh()
    at = 4.0 + 0.5 * random.standard_normal((10 * DAY_BLOCKS, 2))
    for i, z in enumerate(at):
        assert i or not experience.known(HERE).any()  # nothing is known at first
        point = np.stack([np.ones(2), z], axis=1)
        experience.take(i * BLOCK_NS, np.zeros(2), np.ones(2), point, ALL, NONE)

    def known(z: float) -> float:
        return float(experience.known(np.array([[1.0, z], [1.0, z]]))[0])

    among = at[: (9 - DELAY) * DAY_BLOCKS, 0]  # the tenth day is not over
    weights = np.exp((np.arange(len(among)) // DAY_BLOCKS) / REMEMBERED)
    mean = np.average(among, weights=weights)
    variance = np.average((among - mean) ** 2, weights=weights)
    # leverage of a straight line, its spread widened a little; half of it is the mean's own
    for z in (4.0, 5.0, 6.5, 9.0, -4.0):
        d = np.array([1.0, z])
        M = np.array([[1.0, mean], [mean, variance + mean**2 + WIDTH**2]])
        leverage = float(d @ np.linalg.solve(M, d)) / 2.0
        assert known(z) == pytest.approx(min(FAMILIAR / leverage, 1.0), rel=0.02)
    assert known(5.0) == 1.0
    assert known(9.0) < 0.1
    assert known(0.0) < 0.15  # what commissioning knew is not asked of the weeks


def test_of_a_part_with_an_event_no_point_becomes_known() -> None:
    experience = fresh()
    for i in range(10 * DAY_BLOCKS):
        experience.take(i * BLOCK_NS, np.zeros(2), np.ones(2), HERE, ALL, np.array([True, False]))
    np.testing.assert_array_equal(experience.known(HERE), [0.0, 1.0])
