"""Ornstein-Uhlenbeck processes: their deviation and memory are those that were asked for."""

import math

import numpy as np
import pytest

from hil.bench.direct.disturbances import OnBoundary, Process, pushed
from hil.bench.direct.variant import Disturbance
from twin.errors import BadInput

N = 200_000


def test_deviation_is_one_and_memory_fades_as_theory_has_it():
    """Covariance of a stationary first-order Markov process: exp(-lag/time)."""
    x = Process(1, "heat gain", 100.0, 1.0).take(N)
    independent = N / 200.0
    assert abs(x.mean()) < 4.0 / math.sqrt(independent)
    assert x.var() == pytest.approx(1.0, abs=4.0 * math.sqrt(2.0 / independent))
    for lag in (20, 100):
        found = np.mean(x[:-lag] * x[lag:])
        assert found == pytest.approx(math.exp(-lag / 100.0), abs=0.15)


def test_begins_as_it_goes_on():
    """No quiet beginning: the first values of many processes have deviation 1 as well."""
    first = np.array([Process(seed, "x", 1e4, 1.0).take(1)[0] for seed in range(2000)])
    assert first.std() == pytest.approx(1.0, abs=4.0 / math.sqrt(2 * 2000))


def test_cuts_names_and_seeds():
    whole = Process(3, "a", 50.0, 10.0).take(100)
    cut = Process(3, "a", 50.0, 10.0)
    assert np.array_equal(whole, np.concatenate([cut.take(n) for n in (1, 0, 39, 60)]))
    assert not np.array_equal(whole, Process(3, "b", 50.0, 10.0).take(100))
    assert not np.array_equal(whole, Process(4, "a", 50.0, 10.0).take(100))


def test_only_the_disturbed_column_moves_and_within_its_limits():
    push = Disturbance("p.Q", 0.5, 600.0, relative=True, low=80.0, high=120.0)
    disturb = OnBoundary(["p.T", "p.Q"], [push], 1, 10_000_000_000)
    values = np.full((5000, 2), 100.0)
    disturb(values)
    assert np.all(values[:, 0] == 100.0)
    assert values[:, 1].min() == 80.0
    assert values[:, 1].max() == 120.0
    assert 80.0 < np.median(values[:, 1]) < 120.0


def test_relative_and_absolute():
    value, x = np.array([200.0]), np.array([2.0])
    assert pushed(Disturbance("a.b", 0.1, 1.0, relative=True), value, x)[0] == pytest.approx(240.0)
    assert pushed(Disturbance("a.b", 0.1, 1.0), value, x)[0] == pytest.approx(200.2)


@pytest.mark.parametrize("wrong", [{"deviation": -1.0}, {"time_s": 0.0}, {"every_s": math.inf}])
def test_numbers_that_make_no_process_are_refused(wrong):
    with pytest.raises(BadInput, match=next(iter(wrong))):
        Disturbance(**{"of": "a.b", "deviation": 1.0, "time_s": 60.0, **wrong})
