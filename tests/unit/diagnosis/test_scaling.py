"""A wrong gain is told from a bias where the value moves, with its size, and only there."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.diagnosis.scaling import DECIDED, MOST_HOURS, Hours, gain_of


def hours(gain: float, bias: float, swing: float, noise: float, seed: int, n: int = 96) -> Hours:
    """A true value of 60 that swings by a share of itself, read wrongly."""
    rng = np.random.default_rng(seed)
    true = 60.0 * (1.0 + swing * np.sin(2.0 * np.pi * np.arange(n) / 24.0))
    found = Hours(zero=5.0)
    for value in true:
        wrong = gain * value + bias
        found.take(wrong + noise * rng.standard_normal(), noise**2, 5.0 + value + wrong)
    return found


@given(st.floats(-0.3, 0.3).filter(lambda g: abs(g) > 0.02), st.integers(0, 99))
def test_a_gain_is_found_with_its_size(gain: float, seed: int) -> None:
    found = hours(gain, 0.0, 0.3, 0.02, seed).gain()
    assert found is not None
    assert found.log_odds > DECIDED
    assert found.size == pytest.approx(gain, rel=0.02)
    assert found.low <= gain <= found.high


@given(st.floats(-5.0, 5.0), st.floats(0.0, 0.5), st.integers(0, 99))
def test_a_bias_is_never_called_a_gain(bias: float, swing: float, seed: int) -> None:
    found = hours(0.0, bias, swing, 0.3, seed).gain()
    assert found is not None
    assert found.log_odds < DECIDED


@given(st.floats(0.5, 5.0), st.floats(-0.04, 0.04), st.integers(0, 99))
def test_a_bias_whose_signature_leans_is_no_gain(bias: float, lean: float, seed: int) -> None:
    """Its size follows the value, but by what signatures are wrong, not by what a gain gives."""
    rng = np.random.default_rng(seed)
    day = np.sin(2.0 * np.pi * np.arange(48) / 24.0)
    found = Hours(zero=-50.0)
    for x in day:
        found.take(bias * (1.0 + lean * x) + 0.01 * rng.standard_normal(), 1e-4, 70.0 + 5.0 * x)
    gain = found.gain()
    assert gain is not None
    assert gain.log_odds < DECIDED


def test_where_nothing_moves_nothing_is_decided() -> None:
    found = hours(0.05, 0.0, 0.0, 0.3, 1).gain()
    assert found is not None
    assert abs(found.log_odds) < DECIDED


def test_a_few_hours_or_no_value_say_nothing() -> None:
    assert Hours(0.0).gain() is None
    assert hours(0.05, 0.0, 0.3, 0.1, 1, n=5).gain() is None
    assert gain_of(np.ones(9), np.zeros(9), 1.0) is None


def test_what_is_kept_does_not_grow() -> None:
    long = hours(0.05, 0.0, 0.3, 0.1, 1, n=3 * MOST_HOURS)
    assert all(len(kept) == MOST_HOURS for kept in (long._bias, long._above, long._variance))
