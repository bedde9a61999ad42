"""The filter of window means against dense least squares, and what faults do to it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.linalg import solve_discrete_are

from twin.estimation.kalman import gain, settled
from twin.estimation.lifted import Sampled, lift, then

Matrix = NDArray[np.float64]
SEEDS = st.integers(0, 2**32 - 1)


def plant(rng: np.random.Generator, n: int = 4, m: int = 2) -> Sampled:
    """A stable system with noise in every direction."""
    F = rng.normal(size=(n, n))
    F *= 0.9 / np.abs(np.linalg.eigvals(F)).max()
    root = rng.normal(size=(n, n))
    return Sampled(
        F,
        rng.normal(size=(m, n)),
        0.1 * root @ root.T,
        rng.uniform(0.1, 1.0, m),
    )


def dense(
    model: Sampled, samples: int, means: Matrix, P0: Matrix, heard: NDArray[np.bool_]
) -> tuple[Matrix, Matrix]:
    """Last state and its covariance by least squares over the start and every noise at once."""
    n, m = model.H.shape[::-1]
    total = len(means) * samples
    unknowns = n + total * n
    at = np.zeros((n, unknowns))  # the state, as a function of all unknowns
    at[:, :n] = np.eye(n)
    prior = np.zeros((unknowns, unknowns))
    prior[:n, :n] = np.linalg.inv(P0)
    for j in range(total):
        here = slice(n + j * n, n + (j + 1) * n)
        prior[here, here] = np.linalg.inv(model.Q)
    information, right = prior, np.zeros(unknowns)
    for w, mean in enumerate(means):
        seen = np.zeros((m, unknowns))
        for j in range(samples):
            at = model.F @ at
            at[:, n + (w * samples + j) * n : n + (w * samples + j + 1) * n] += np.eye(n)
            seen += model.H @ at / samples
        weight = np.diag(samples / model.R)[np.ix_(heard[w], heard[w])]
        information = information + seen[heard[w]].T @ weight @ seen[heard[w]]
        right = right + seen[heard[w]].T @ weight @ mean[heard[w]]
    covariance = np.linalg.inv(information)
    return at @ covariance @ right, at @ covariance @ at.T


@given(SEEDS, st.integers(1, 5))
def test_is_dense_least_squares(seed: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    model, windows = plant(rng), 4
    means = rng.normal(size=(windows, 2))
    heard = rng.random((windows, 2)) < 0.8
    lifted = lift(model, samples)
    P0 = np.diag(rng.uniform(0.5, 2.0, 4))
    z, P = np.zeros(4), P0
    for mean, there in zip(means, heard, strict=True):
        step = gain(lifted, P, there)
        z = lifted.F @ z + step.K @ np.where(there, mean - lifted.H @ z, 0.0)
        P = step.P
    expected, covariance = dense(model, samples, means, P0, heard)
    scale = np.abs(covariance).max()
    assert z == pytest.approx(expected, rel=1e-9, abs=1e-9 * (1.0 + np.abs(expected).max()))
    assert pytest.approx(covariance, abs=1e-9 * scale) == P


@given(SEEDS)
def test_settles_where_riccati_says(seed: int) -> None:
    """One sample a window: the textbook's predictor, with y[j+1] seen at j+1."""
    rng = np.random.default_rng(seed)
    model = plant(rng)
    lifted = lift(model, 1)
    P = np.eye(4)
    for _ in range(2000):
        before, P = P, gain(lifted, P, np.ones(2, bool)).P
        if settled(before, P, 1e-14):
            break
    predicted = solve_discrete_are(model.F.T, model.H.T, model.Q, np.diag(model.R))
    S = model.H @ predicted @ model.H.T + np.diag(model.R)
    K = predicted @ model.H.T @ np.linalg.inv(S)
    assert pytest.approx(predicted - K @ model.H @ predicted, rel=1e-7, abs=1e-9) == P


def test_innovations_are_white_and_as_large_as_said() -> None:
    rng = np.random.default_rng(1)
    model = plant(rng)
    samples, windows = 6, 4000
    lifted = lift(model, samples)
    P, true, seen = np.eye(4), np.zeros(4), np.zeros(4)
    root = np.linalg.cholesky(model.Q)
    scaled = []
    for _ in range(windows):
        step = gain(lifted, P, np.ones(2, bool))
        P = step.P
        mean = np.zeros(2)
        for _ in range(samples):
            true = model.F @ true + root @ rng.normal(size=4)
            mean += (model.H @ true + np.sqrt(model.R) * rng.normal(size=2)) / samples
        innovation = mean - lifted.H @ seen
        seen = lifted.F @ seen + step.K @ innovation
        scaled.append(np.linalg.solve(np.linalg.cholesky(step.S), innovation))
    z = np.array(scaled[100:])
    # NIS: a mean of chi2 with two degrees of freedom, four standard errors
    assert (z**2).sum(axis=1).mean() == pytest.approx(2.0, abs=4.0 * np.sqrt(4.0 / len(z)))
    for lag in (1, 2, 5):
        assert np.abs(z[lag:].T @ z[:-lag] / len(z)).max() < 4.0 / np.sqrt(len(z))


@given(SEEDS)
def test_nothing_heard_is_nothing_learned(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lifted = lift(plant(rng), 3)
    P = np.eye(4)
    step = gain(lifted, P, np.zeros(2, bool))
    assert not step.K.any()
    assert pytest.approx(lifted.F @ P @ lifted.F.T + lifted.N_zz) == step.P
    with_ears = gain(lifted, P, np.ones(2, bool)).P
    assert np.linalg.eigvalsh(step.P - with_ears).min() > -1e-9  # hearing never makes less sure


@given(SEEDS)
def test_what_stands_still_in_a_window_moves_between_windows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    lifted = lift(plant(rng), 4)
    left, variance = rng.uniform(0.0, 1.0, 4), rng.uniform(0.0, 1.0, 4)
    F, Q, P = np.diag(left), np.diag(variance), np.eye(4)
    both = gain(then(lifted, left, variance), P, np.ones(2, bool))
    one = gain(lifted, P, np.ones(2, bool))
    assert pytest.approx(F @ one.K) == both.K
    assert pytest.approx(F @ one.P @ F.T + Q) == both.P
