"""Intervals against the definitions: tail probabilities, computed the other way round by scipy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom, binomtest, poisson

from hil.campaign.intervals import (
    Share,
    median,
    median_interval,
    poisson_interval,
    poisson_upper,
)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_has_the_exact_interval_of_scipy(counts):
    hits, n = counts
    exact = binomtest(hits, n).proportion_ci(0.95, method="exact")
    assert Share(hits, n).interval == pytest.approx((exact.low, exact.high), abs=1e-9)


@given(st.integers(0, 200), st.floats(0.01, 100.0))
def test_the_upper_bound_leaves_5_percent_for_so_few_events(events, years):
    assert poisson.cdf(events, poisson_upper(events, years) * years) == pytest.approx(0.05)


@given(st.integers(1, 200), st.floats(0.01, 100.0))
def test_both_ends_of_a_rate_leave_2_5_percent(events, years):
    low, high = poisson_interval(events, years)
    assert poisson.sf(events - 1, low * years) == pytest.approx(0.025)
    assert poisson.cdf(events, high * years) == pytest.approx(0.025)


def test_the_rule_of_three():
    assert poisson_upper(0, 6.0) == pytest.approx(2.9957 / 6.0, rel=1e-4)


@given(st.integers(6, 200))
def test_the_median_is_between_its_ends_in_95_percent_of_draws(n):
    low, high = median_interval(list(range(n)))
    below = int(low) + 1  # values up to the lower end
    above = n - int(high)
    # the median is outside if fewer than `below` values are under it, or over it
    assert binom.cdf(below - 1, n, 0.5) + binom.cdf(above - 1, n, 0.5) <= 0.05
    assert binom.cdf(below, n, 0.5) > 0.025  # the next narrower one would not do


def test_nothing_has_no_figure():
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None
    assert poisson_upper(0, 0.0) is None
    assert poisson_interval(0, 0.0) is None
    assert median([]) is None
    assert median_interval([1.0] * 5) is None
