"""The algebra of hypotheses against brute force: integration, least squares, scipy's tails."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats
from scipy.optimize import lsq_linear

from twin.diagnosis import kernels
from twin.diagnosis.compete import compete, field, pairs, posterior
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.settings import Settings

SETTINGS = Settings()


def hypothesis(name: str, kind: str = "process", threshold=1.0, low=-50.0, high=50.0):
    return Hypothesis(name, "part", kind, "-", threshold, low, high, "look")


def case(seed: int, m: int = 6, k: int = 9):
    random = np.random.default_rng(seed)
    A = random.normal(size=(m, m))
    S = random.normal(size=(m, k))
    bank = [
        hypothesis(f"h{j}", threshold=random.uniform(0.5, 2.0), low=0.0 if j % 3 == 0 else -50.0)
        for j in range(k)
    ]
    return random.normal(size=m) * 3.0, S, A @ A.T + 0.5 * np.eye(m), bank


def scored(r, S, C, bank):
    inverse = np.linalg.inv(C)
    a = np.einsum("ij,ik,kj->j", S, inverse, S)
    return compete(r @ inverse @ S, a, field(bank, SETTINGS, ramps=False))


@pytest.mark.parametrize("seed", range(5))
def test_llr_is_the_gain_of_a_bounded_least_squares_fit(seed: int) -> None:
    r, S, C, bank = case(seed)
    score = scored(r, S, C, bank)
    L = np.linalg.cholesky(C)
    z, G = np.linalg.solve(L, r), np.linalg.solve(L, S)
    for j, h in enumerate(bank):
        best = lsq_linear(G[:, [j]], z, bounds=(h.low - 1e-12, h.high), tol=1e-14)
        assert score.size[j] == pytest.approx(best.x[0], abs=1e-8)
        assert score.llr[j] == pytest.approx(z @ z - 2.0 * best.cost, abs=1e-8)


@pytest.mark.parametrize("seed", range(5))
def test_odds_are_an_integral_over_sizes(seed: int) -> None:
    r, S, C, bank = case(seed)
    score = scored(r, S, C, bank)
    healthy = stats.multivariate_normal(cov=C)
    for j, h in enumerate(bank):
        one_sided = h.low == 0.0
        prior = stats.norm(scale=h.threshold)

        def weight(x, j=j, prior=prior):
            return np.exp(healthy.logpdf(r - x * S[:, j]) - healthy.logpdf(r)) * prior.pdf(x)

        begin = 0.0 if one_sided else -12.0 * h.threshold
        value, _ = integrate.quad(weight, begin, 12.0 * h.threshold, limit=400)
        # one half of the distribution, or both, each with the odds of a fault that way
        wanted = np.log(2.0 * value * SETTINGS.prior_odds)
        assert score.odds[j] == pytest.approx(wanted, abs=1e-5)


def test_two_that_look_the_same_are_as_likely_whichever_way_they_can_go() -> None:
    """A bias can go both ways, a fouling one: of what goes that way neither is preferred."""
    random = np.random.default_rng(7)
    s = random.normal(size=(4, 1))
    fouling, bias = hypothesis("fouling", low=0.0), hypothesis("bias", kind="sensor")
    score = scored(6.0 * s[:, 0], np.hstack([s, s]), np.eye(4), [fouling, bias])
    assert score.odds[0] == pytest.approx(score.odds[1], abs=1e-3)


@given(st.floats(-37.0, 8.0))
def test_log_phi_is_scipys(x: float) -> None:
    assert kernels.log_phi(x) == pytest.approx(stats.norm.logcdf(x), rel=1e-4, abs=1e-14)


def test_no_fault_gives_chi2_of_one_degree() -> None:
    """Of one two-sided hypothesis the LLR of healthy noise is chi2 with 1 degree of freedom."""
    random = np.random.default_rng(3)
    S = np.array([[1.0], [2.0]])
    r = random.normal(size=(20000, 2))
    of = field([hypothesis("h")], SETTINGS, ramps=False)
    llr = compete(r @ S, np.array([5.0]), of).llr[:, 0]
    assert stats.kstest(llr, stats.chi2(1).cdf).pvalue > 0.01


def test_nothing_seen_never_wins() -> None:
    r, S, C, bank = case(1)
    S[:, 4] = 0.0
    score = scored(100.0 * r, S, C, bank)
    assert score.llr[4] == 0.0
    assert score.odds[4] == -np.inf
    assert posterior(score.odds)[4] == 0.0


@given(st.integers(0, 50), st.permutations(range(9)))
def test_order_of_hypotheses_changes_nothing(seed: int, order: list[int]) -> None:
    r, S, C, bank = case(seed)
    one = scored(r, S, C, bank)
    other = scored(r, S[:, order], C, [bank[j] for j in order])
    np.testing.assert_allclose(other.llr, one.llr[order], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(other.odds, one.odds[order], rtol=1e-9, atol=1e-12)


@given(st.integers(0, 50), st.lists(st.floats(-5.0, 5.0), min_size=6, max_size=6))
def test_units_of_signals_change_nothing(seed: int, powers: list[float]) -> None:
    r, S, C, bank = case(seed)
    unit = 10.0 ** np.array(powers)
    one = scored(r, S, C, bank)
    other = scored(unit * r, unit[:, None] * S, C * np.outer(unit, unit), bank)
    np.testing.assert_allclose(other.llr, one.llr, rtol=1e-6, atol=1e-9)


def test_units_of_sizes_change_nothing() -> None:
    r, S, C, bank = case(2)
    in_milli = [
        replace(h, threshold=1e3 * h.threshold, low=1e3 * h.low, high=1e3 * h.high) for h in bank
    ]
    one, other = scored(r, S, C, bank), scored(r, S / 1e3, C, in_milli)
    np.testing.assert_allclose(other.odds, one.odds, rtol=1e-9)
    np.testing.assert_allclose(other.size, 1e3 * one.size, rtol=1e-9)


@pytest.mark.parametrize("seed", range(4))
def test_pairs_are_least_squares_of_two(seed: int) -> None:
    r, S, C, bank = case(seed)
    of = field(bank, SETTINGS, ramps=False)
    L = np.linalg.cholesky(C)
    z, G = np.linalg.solve(L, r), np.linalg.solve(L, S)
    llr, size = pairs(z @ G, G.T @ G, of, np.arange(len(bank)))
    for i in range(len(bank)):
        for j in range(i):
            if not np.isfinite(llr[i, j]):
                continue
            x, rest, *_ = np.linalg.lstsq(G[:, [i, j]], z, rcond=None)
            assert size[i, j] == pytest.approx(x[0], abs=1e-8)
            assert size[j, i] == pytest.approx(x[1], abs=1e-8)
            assert llr[i, j] == pytest.approx(z @ z - rest[0], abs=1e-7)


@pytest.mark.parametrize("n", [1, 3, 12])
def test_whitening_is_a_triangular_solve(n: int) -> None:
    random = np.random.default_rng(n)
    A = random.normal(size=(n, n))
    C, columns = A @ A.T + np.eye(n), random.normal(size=(n, 5))
    white = columns.copy()
    kernels.whiten(C.copy(), white)
    np.testing.assert_allclose(white.T @ white, columns.T @ np.linalg.solve(C, columns), rtol=1e-9)
