"""The most likely parameters against closed forms, scipy's minimisers and repeated trials."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize
from scipy.stats import norm

from twin.estimation.prior_fit import (
    Prior,
    Seen,
    day_variance,
    most_likely,
    profile,
    quadratic,
    settled,
    told,
)

DAYS, BLOCKS, M = 6, 20, 3
LONG = {"maxiter": 40_000, "maxfev": 40_000, "xatol": 1e-9, "fatol": 1e-9}


def seen_of(random, p: int, truth: np.ndarray, noise_sd: float) -> Seen:
    """A linear plant whose error is the same all day: a day is one piece of evidence a signal."""
    n = DAYS * BLOCKS
    day = np.repeat(np.arange(DAYS), BLOCKS)
    S = np.repeat(random.normal(size=(DAYS, M, p)), BLOCKS, axis=0)
    error = np.repeat(noise_sd * random.normal(size=(DAYS, M)), BLOCKS, axis=0)
    return Seen(S @ truth + error, np.ones((n, M), bool), S, day)


def prior_of(p: int, sigma: float, bound: float = np.inf) -> Prior:
    return Prior(np.zeros(p), np.full(p, sigma), np.full(p, -bound), np.full(p, bound))


def cost(seen: Seen, prior: Prior, variance: np.ndarray, value: np.ndarray) -> float:
    """Twice the negative log-posterior, said once more from the days' means."""
    left = seen.residual - seen.sensitivity @ value
    means = np.array([left[seen.day == d].mean(axis=0) for d in range(DAYS)])
    spread = sum(((left[seen.day == d] - means[d]) ** 2).mean(axis=0) for d in range(DAYS))
    told_ = np.sum((np.sum(means**2, axis=0) + spread) / variance)
    return float(told_ + np.sum(((value - prior.mean) / prior.sigma) ** 2))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 6))
def test_it_is_the_closed_form_of_a_linear_model(seed: int, p: int) -> None:
    random = np.random.default_rng(seed)
    variance = random.uniform(0.05, 0.5, M)
    seen = seen_of(random, p, random.normal(size=p), 0.3)
    prior = prior_of(p, 0.7)
    at = random.normal(size=p)
    moved = Seen(seen.residual - seen.sensitivity @ at, seen.usable, seen.sensitivity, seen.day)
    found = most_likely(quadratic(moved, at, variance), prior)
    # one dense least-squares problem: a row a day and signal, a row a prior
    rows = [seen.sensitivity[d * BLOCKS] / np.sqrt(variance)[:, None] for d in range(DAYS)]
    right = [seen.residual[d * BLOCKS] / np.sqrt(variance) for d in range(DAYS)]
    A = np.vstack([*rows, np.eye(p) / 0.7])
    b = np.concatenate([*right, np.zeros(p)])
    x, *_ = np.linalg.lstsq(A, b, rcond=None)
    np.testing.assert_allclose(found.value, x, atol=1e-6)
    R = np.linalg.qr(A, mode="r")
    deviation = np.sqrt(np.sum(np.linalg.inv(R) ** 2, axis=1))
    np.testing.assert_allclose(found.deviation, deviation, rtol=1e-6)
    assert found.cost == pytest.approx(np.sum((A @ x - b) ** 2), rel=1e-6)


def test_bounds_hold_as_a_general_minimiser_finds_them() -> None:
    random = np.random.default_rng(4)
    p, variance = 4, np.full(M, 0.2)
    seen = seen_of(random, p, np.array([1.0, -0.8, 0.1, 0.5]), 0.2)
    prior = prior_of(p, 1.0, bound=0.4)
    found = most_likely(quadratic(seen, np.zeros(p), variance), prior)
    other = minimize(
        lambda v: cost(seen, prior, variance, v),
        np.zeros(p),
        method="L-BFGS-B",
        bounds=[(-0.4, 0.4)] * p,
        options={"ftol": 1e-14, "gtol": 1e-10},
    )
    np.testing.assert_allclose(found.value, other.x, atol=1e-5)
    assert found.cost == pytest.approx(other.fun, abs=1e-6)
    assert (np.abs(found.value) <= 0.4 + 1e-12).all()
    assert np.abs(found.value[0]) == pytest.approx(0.4)


def test_the_profile_is_what_minimising_over_the_others_gives() -> None:
    random = np.random.default_rng(5)
    p, variance, rise = 3, np.full(M, 0.2), 2.706
    seen = seen_of(random, p, np.array([0.5, -0.6, 0.2]), 0.2)
    prior = prior_of(p, 1.0, bound=0.45)
    of = quadratic(seen, np.zeros(p), variance)
    best = most_likely(of, prior)

    def at(value: float) -> float:
        free = minimize(
            lambda v: cost(seen, prior, variance, np.array([v[0], v[1], value])),
            np.zeros(2),
            method="L-BFGS-B",
            bounds=[(-0.45, 0.45)] * 2,
            options={"ftol": 1e-14, "gtol": 1e-10},
        )
        return free.fun - best.cost

    low, high = profile(of, prior, 2, rise)
    assert at(low) == pytest.approx(rise, abs=1e-4)
    assert at(high) == pytest.approx(rise, abs=1e-4) or high == pytest.approx(0.45)


def test_without_bounds_the_profile_is_the_normal_interval() -> None:
    random = np.random.default_rng(6)
    seen = seen_of(random, 3, np.zeros(3), 0.2)
    prior = prior_of(3, 0.5)
    of = quadratic(seen, np.zeros(3), np.full(M, 0.04))
    best = most_likely(of, prior)
    half = norm.ppf(0.95) * best.deviation[1]
    low, high = profile(of, prior, 1, norm.ppf(0.95) ** 2)
    assert low == pytest.approx(best.value[1] - half, abs=1e-5)
    assert high == pytest.approx(best.value[1] + half, abs=1e-5)


def test_what_the_data_do_not_say_keeps_its_prior() -> None:
    """Two parameters that show alike: their sum is known, neither of them is."""
    random = np.random.default_rng(7)
    seen = seen_of(random, 1, np.array([0.4]), 0.02)
    twice = Seen(
        seen.residual,
        seen.usable,
        np.concatenate([seen.sensitivity, seen.sensitivity, 0 * seen.sensitivity], axis=2),
        seen.day,
    )
    prior = prior_of(3, 0.3)
    of = quadratic(twice, np.zeros(3), np.full(M, 0.02**2))
    ratio = told(of, prior)
    assert ratio[:2] == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert ratio[2] == pytest.approx(1.0)
    assert most_likely(of, prior).value == pytest.approx([0.2, 0.2, 0.0], abs=0.02)
    pinned = most_likely(of, prior.pinned(np.array([True, False, False])))
    assert pinned.value == pytest.approx([0.0, 0.4, 0.0], abs=0.02)
    assert pinned.deviation[0] == 0.0
    assert told(of, prior.pinned(np.array([True, False, False])))[1] < 0.2


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Errors that stay all day, of an unknown size: 90 % intervals cover 90 %."""
    random, inside, total = np.random.default_rng(8), 0, 0
    assumed, sigma = np.full(M, 0.3**2), 0.5
    for _ in range(150):
        truth = sigma * random.normal(size=4)
        seen = seen_of(random, 4, truth, 0.3)
        prior = prior_of(4, sigma)
        move, variance = np.zeros(4), assumed
        for _ in range(3):
            of = quadratic(seen, np.zeros(4), variance)
            move = most_likely(of, prior).value
            variance = day_variance(seen, move, assumed, 4.0)
        for j in range(4):
            low, high = profile(of, prior, j, 2.706)
            inside += low <= truth[j] <= high
            total += 1
    assert 0.85 < inside / total < 0.95


@pytest.mark.parametrize("fault", [0.2, 2.0, 20.0])
def test_it_settles_where_parameters_and_variances_are_likely_together(fault: float) -> None:
    """Against a general minimiser of the posterior whose variances are unknowns too."""
    random, p, weight = np.random.default_rng(10), 2, 4.0
    seen = seen_of(random, p, np.array([fault, -0.3]), 0.2)
    assumed = np.full(M, 0.3**2)
    means = np.array([seen.residual[seen.day == d].mean(axis=0) for d in range(DAYS)])
    S = seen.sensitivity[::BLOCKS]

    def unlikely(x: np.ndarray, prior: Prior) -> float:
        value, variance = x[:p], np.exp(x[p:])
        data = -2.0 * norm.logpdf(means - S @ value, scale=np.sqrt(variance)).sum()
        before = weight * np.sum(np.log(variance) + assumed / variance)
        return float(data + before + np.sum(((value - prior.mean) / prior.sigma) ** 2))

    def least(prior: Prior, begin: np.ndarray) -> tuple[np.ndarray, float]:
        at = np.concatenate([begin, np.zeros(M)])
        found = minimize(lambda x: unlikely(x, prior), at, method="Nelder-Mead", options=LONG)
        return found.x[:p], found.fun

    shut, free = prior_of(p, 0.1), prior_of(p, 100.0)
    told_shut, told_free = (
        settled(seen, np.zeros(p), prior, assumed, weight) for prior in (shut, free)
    )
    value_shut, least_shut = least(shut, told_shut.estimate.value)
    value_free, least_free = least(free, np.array([fault, -0.3]))
    np.testing.assert_allclose(told_shut.estimate.value, value_shut, rtol=0.02, atol=0.002)
    np.testing.assert_allclose(told_free.estimate.value, value_free, rtol=0.02, atol=0.002)
    gained = told_shut.unlikely - told_free.unlikely
    assert gained == pytest.approx(least_shut - least_free, abs=0.05)


def test_what_is_not_usable_is_in_no_day() -> None:
    random = np.random.default_rng(11)
    whole = seen_of(random, 2, np.array([0.5, -0.3]), 0.2)
    usable = whole.usable.copy()
    usable[whole.day == 2, 0] = False
    usable[5:9] = False
    gaps = Seen(
        np.where(usable, whole.residual, 0.0),
        usable,
        np.where(usable[:, :, None], whole.sensitivity, 0.0),
        whole.day,
    )
    move = np.array([0.4, -0.2])
    left = np.where(usable, whole.residual - whole.sensitivity @ move, np.nan)
    means = [[left[(whole.day == d) & u, i] for d in range(DAYS)] for i, u in enumerate(usable.T)]
    for i, own in enumerate(day_variance(gaps, move, np.zeros(M), 0.0)):
        there = [day.mean() for day in means[i] if len(day)]
        assert own == pytest.approx(np.mean(np.square(there)))
    assert len([day for day in means[0] if len(day)]) == DAYS - 1


def test_a_days_variance_is_of_its_mean_and_of_what_was_assumed() -> None:
    random = np.random.default_rng(9)
    day = np.repeat(np.arange(4), 50)
    white = random.normal(size=(200, 1))
    standing = np.array([0.5, -0.5, 0.5, -0.5])[day][:, None]
    seen = Seen(standing + 0.0 * white, np.ones((200, 1), bool), np.zeros((200, 1, 1)), day)
    assert day_variance(seen, np.zeros(1), np.array([0.0]), 0.0) == pytest.approx([0.25])
    assert day_variance(seen, np.zeros(1), np.array([1.0]), 4.0) == pytest.approx([0.625])
    noisy = Seen(white, seen.usable, seen.sensitivity, day)
    assert day_variance(noisy, np.zeros(1), np.array([0.0]), 0.0)[0] < 0.1
