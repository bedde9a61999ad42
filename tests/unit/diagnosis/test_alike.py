"""How far a point is from the second nearest day, against distances one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from twin.diagnosis.alike import SAME, kept, second_day


@st.composite
def weeks(draw):
    """z[n, q] of some days, ascending, and points to ask for."""
    q, days = draw(st.integers(1, 8)), draw(st.integers(2, 9))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    each = random.integers(1, 30, days)
    day = np.repeat(np.cumsum(random.integers(1, 3, days)), each)
    return random.normal(size=(len(day), q)), day, 2.0 * random.normal(size=(5, q))


@settings(max_examples=100, deadline=None)
@given(weeks())
def test_it_is_the_second_smallest_of_the_nearest_of_each_day(given_weeks) -> None:
    z, day, asked = given_weeks
    points = z.astype(np.float32)
    apart = cdist(asked, points.astype(float), "sqeuclidean") / z.shape[1]
    of_days = np.array([apart[:, day == d].min(axis=1) for d in np.unique(day)])
    true = np.sort(of_days, axis=0)[1]
    assert second_day(asked, points, day, 0.0) == pytest.approx(true, rel=1e-9)
    enough = float(np.median(true))
    soon = second_day(asked, points, day, enough)
    assert np.where(soon <= enough, 0.0, soon) == pytest.approx(
        np.where(true <= enough, 0.0, true), rel=1e-9
    )


@settings(max_examples=100, deadline=None)
@given(weeks(), st.floats(0.05, 1.0))
def test_what_is_dropped_was_there_already_that_day_and_what_is_kept_was_not(
    given_weeks, wide
) -> None:
    z, day, _ = given_weeks
    z = wide * z
    stays = kept(z, day)
    for d in np.unique(day):
        own, of_day = z[day == d], stays[day == d]
        apart = np.sqrt(cdist(own, own, "sqeuclidean") / z.shape[1])
        for i in range(len(own)):
            before = apart[i, :i][of_day[:i]]
            assert of_day[i] == (len(before) == 0 or before.min() >= SAME)


def test_one_day_is_a_coincidence_and_ten_days_are_no_more_than_two() -> None:
    z = np.zeros((1, 3))
    near = np.full((1, 3), 0.1, np.float32)
    far = np.full((1, 3), 2.0, np.float32)

    def apart(*points):
        return second_day(z, np.vstack(points), np.arange(len(points)), 0.0)[0]

    assert second_day(z, near, np.array([0]), 0.0)[0] == np.inf
    assert second_day(z, np.vstack([near, near]), np.array([4, 4]), 0.0)[0] == np.inf
    assert apart(near, far) == pytest.approx(4.0)
    assert apart(near, far, near) == pytest.approx(0.01)
    assert apart(*[far] * 10) == pytest.approx(4.0)
