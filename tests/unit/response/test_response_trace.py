"""Traces as they are read, their noise, and correlations against sums written out."""

from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.errors import BadInput
from twin.response.correlation import correlate, is_sparse, regular
from twin.response.trace import about_line, noise, spread, trace

REFUSED = [
    ([0.0, 1.0], [1.0], "must be as many"),
    ([0.0, 1.0, 1.0], [1.0, 2.0, 3.0], "must increase"),
    ([0.0, nan], [1.0, 2.0], "must be finite"),
    ([0.0, 1.0], [1.0, inf], "must be finite or missing"),
]


@pytest.mark.parametrize(("t", "y", "rule"), REFUSED)
def test_what_is_no_trace_is_refused(t: list[float], y: list[float], rule: str) -> None:
    with pytest.raises(BadInput, match=rule):
        trace(t, y=y)


def test_a_sample_counts_where_every_column_has_a_value() -> None:
    found = trace([0, 1, 2, 3], a=[1, nan, 3, 4], b=[5, 6, nan, 8])
    assert found.t.tolist() == [0.0, 3.0]
    assert [c.tolist() for c in found.columns] == [[1.0, 4.0], [5.0, 8.0]]
    assert found.missing == 2


@pytest.mark.parametrize("even", [True, False])
def test_noise_is_seen_through_what_moves(even: bool) -> None:
    rng = np.random.default_rng(4)
    t = np.arange(4000.0) if even else np.cumsum(rng.uniform(0.1, 3.0, 4000))
    y = 5.0 * np.sin(t / 300.0) + 0.01 * t + 0.2 * rng.normal(size=4000)
    y[::50] += 30.0  # wild ones are no noise
    assert noise(t, y) == pytest.approx(0.2, rel=0.15)


def test_where_nothing_changes_there_is_no_noise() -> None:
    t = np.arange(50.0)
    assert noise(t, 3.0 + 0.0 * t) == 0.0
    assert noise(t, 2.0 * t) == 0.0
    assert noise(t[:2], t[:2]) == 0.0
    assert spread(np.ones(9)) == 0.0


def test_a_line_leaves_nothing() -> None:
    t = np.linspace(0.0, 7.0, 40)
    assert not about_line(t, 300.0 + 0.1 * t).any()
    assert np.abs(about_line(t, np.sin(t))).max() > 0.5


@given(st.lists(st.one_of(st.integers(-9, 9).map(float), st.just(nan)), min_size=4, max_size=20))
def test_correlation_is_the_mean_of_the_pairs_there_are(values: list[float]) -> None:
    a, b = np.array(values), np.roll(values, 2) ** 2
    if np.isnan(a).all() or np.isnan(b).all():
        return
    x, y, longest = a - np.nanmean(a), b - np.nanmean(b), len(a) - 1
    scale = np.sqrt(np.nanmean(x**2) * np.nanmean(y**2))
    if scale < 1e-6:
        return
    found = correlate(a, b, longest)
    for lag in range(-longest, longest + 1):
        pairs = [x[i] * y[i + lag] for i in range(len(a)) if 0 <= i + lag < len(a)]
        pairs = [p for p in pairs if not np.isnan(p)]
        expected = float(np.mean(pairs)) / scale if pairs else 0.0
        assert found[longest + lag] == pytest.approx(expected, abs=1e-9)


def test_a_later_trace_correlates_at_a_positive_lag() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=400)
    assert np.argmax(correlate(a, np.roll(a, 7), 20)) == 27


def test_the_grid_joins_neighbours_and_leaves_gaps() -> None:
    t = np.array([0.0, 1.0, 2.0, 2.5, 4.0, 9.0, 10.0])
    grid = regular(t, 10.0 * t)
    assert grid.step_s == 1.0
    expected = [0.0, 10.0, 20.0, 30.0, 40.0, nan, nan, nan, nan, 90.0, 100.0]
    np.testing.assert_allclose(grid.columns[0], expected)


def test_few_samples_over_a_long_time_are_sparse() -> None:
    t = np.append(np.arange(100.0), 1e6)
    assert is_sparse(t)
    assert not is_sparse(t[:-1])
