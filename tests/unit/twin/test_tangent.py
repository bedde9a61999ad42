"""What a fault does to the innovations of a filter, told by its tangent, against two runs of it."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linear_part import DT_S, MODEL, SAMPLES, Linear, M, Matrix, N

from twin.estimation.observer import PartObserver
from twin.estimation.rosenbrock import step_of
from twin.estimation.tangent import lagging

SEEDS = st.integers(0, 2**32 - 1)


def innovations(physics: Linear, size: Matrix, windows: int) -> tuple[Matrix, Matrix]:
    """Of a filter on a plant with faults of these sizes, and the signatures it told."""
    observer = PartObserver(physics, MODEL, DT_S, SAMPLES)
    step, still = step_of(physics.A, DT_S, np.arange(N)), np.zeros(N)
    x, read, rng = np.zeros(N), None, np.random.default_rng(1)
    found, told = [], []
    for _ in range(windows):
        u = np.tile(rng.normal(size=2), (SAMPLES, 1))
        x, y = physics.follow(0.0, DT_S, x, u, step, still, still, p=size[0])
        read = physics.D[:, :2] @ u[0] if read is None else read
        readings = []
        for row in y:
            read = read + DT_S / (MODEL.lag_s + DT_S) * (row - read)
            readings.append(read + np.array([0.0, size[2]]))
        fed = u + np.array([size[1] + size[2], 0.0])  # what is read there is too high by so much
        window = observer.window(fed, np.array(readings), np.ones(M, bool))
        found.append(window.innovation)
        told.append(window.signature)
    return np.array(found), np.array(told)


@settings(max_examples=12)
@given(SEEDS)
def test_a_fault_shows_as_told(seed: int) -> None:
    physics, size = Linear(seed), np.random.default_rng(seed).normal(size=3)
    with_it, told = innovations(physics, size, 200)
    without, _ = innovations(physics, np.zeros(3), 200)
    shows, says = with_it - without, told[:, :, :3] @ size
    assert (told[:, :, 3] == 0.0).all()
    scale = np.abs(shows).max()
    # sensors begin where the model does, which knows of no fault; later, on its way, the tangent
    # takes one step a minute where the model takes six
    assert np.sqrt(np.mean((shows - says)[5:] ** 2)) < 0.05 * scale
    assert shows[-1] == pytest.approx(says[-1], abs=1e-2 * scale)


@given(SEEDS, st.integers(1, 8))
def test_lag_of_what_goes_straight(seed: int, samples: int) -> None:
    rng = np.random.default_rng(seed)
    share, (before, y0, y1) = rng.uniform(0.05, 1.0, (3, 1)), rng.normal(size=(3, 3))
    lags, read, seen = lagging(share, samples), before, []
    for j in range(1, samples + 1):
        read = read + share[:, 0] * (y0 + (y1 - y0) * j / samples - read)
        seen.append(read)
    given_ = np.stack([before, y0, y1], axis=1)
    assert (lags.last * given_).sum(axis=1) == pytest.approx(read)
    assert (lags.mean * given_).sum(axis=1) == pytest.approx(np.mean(seen, axis=0))
