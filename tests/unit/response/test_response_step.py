"""Figures of steps against what is known of first and second order."""

from dataclasses import fields
from math import exp, log, nan, pi, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from step_answers import T, first_order, second_order

from twin.errors import BadInput
from twin.response.step import StepResponse, step_response


@pytest.mark.parametrize("zeta", [0.2, 0.3, 0.5, 0.7])
def test_overshoot_and_peak_of_second_order(zeta: float) -> None:
    found = step_response(T, 20.0 + 3.0 * second_order(zeta), 0.0)
    damped = sqrt(1.0 - zeta * zeta)
    assert found.settled
    assert found.overshoot == pytest.approx(exp(-pi * zeta / damped), rel=2e-3)
    assert found.peak_s == pytest.approx(pi / damped, abs=0.03)
    assert (found.initial, found.final) == (20.0, pytest.approx(23.0, abs=1e-3))
    assert found.direction == 1


@pytest.mark.parametrize("zeta", [0.2, 0.3, 0.5])
def test_settling_is_where_the_exact_response_leaves_the_band_last(zeta: float) -> None:
    damped, t = sqrt(1.0 - zeta * zeta), np.linspace(0.0, 60.0, 1_000_000)
    exact = np.exp(-zeta * t) * (np.cos(damped * t) + zeta / damped * np.sin(damped * t))
    found = step_response(T, second_order(zeta), 0.0)
    assert found.settling_s == pytest.approx(t[np.flatnonzero(np.abs(exact) > 0.05)[-1]], abs=0.02)
    assert found.reach_s == pytest.approx(t[np.flatnonzero(exact < 0.05)[0]], abs=0.02)


@pytest.mark.parametrize("tau_s", [1.0, 4.0, 9.0])
def test_first_order_rises_in_2_2_time_constants(tau_s: float) -> None:
    found = step_response(T, 5.0 - 2.0 * first_order(tau_s), 0.0, band=0.02)
    assert found.rise_s == pytest.approx(tau_s * log(9.0), rel=0.01)
    assert found.settling_s == pytest.approx(tau_s * log(50.0), rel=0.03)
    assert found.reach_s == found.settling_s
    assert (found.overshoot, found.peak_s, found.direction) == (0.0, None, -1)


def test_the_step_counts_from_when_it_was_given() -> None:
    late = np.interp(T - 3.0, T, second_order(0.5))
    here, there = step_response(T, second_order(0.5), 0.0), step_response(T, late, 0.0)
    assert here.rise_s == pytest.approx(there.rise_s, abs=1e-6)
    for one, other in ((here.peak_s, there.peak_s), (here.settling_s, there.settling_s)):
        assert one is not None
        assert other == pytest.approx(one + 3.0, abs=0.03)


def test_a_target_that_is_missed_is_a_steady_error() -> None:
    found = step_response(T, 0.9 * second_order(0.5), 0.0, target=1.0)
    assert found.steady_error == pytest.approx(-0.1, abs=1e-6)
    assert found.against == pytest.approx(0.9)


@pytest.mark.parametrize("tau_s", [15.0, 20.0, 40.0, 1000.0])
def test_what_has_not_arrived_is_not_settled(tau_s: float) -> None:
    found = step_response(T, first_order(tau_s), 0.0)
    assert found.settled is False
    assert found.final is found.overshoot is found.rise_s is found.settling_s is None
    assert "still moving" in found.why


def test_a_ramp_and_a_lasting_swing_are_not_settled() -> None:
    ramp = step_response(T, np.maximum(T, 0.0), 0.0)
    swing = step_response(T, np.where(T > 0, 1 + 0.2 * np.sin(3 * T), 0), 0.0, target=1.0)
    assert ramp.settled is False
    assert "no slower" in ramp.why
    assert swing.settled is False
    assert swing.settling_s is swing.final is swing.steady_error is None
    assert "leaves the band" in swing.why
    assert swing.overshoot == pytest.approx(0.2, rel=1e-3)  # about the target
    assert swing.against == 1.0


def test_what_comes_back_into_the_band_at_the_very_end_has_not_settled() -> None:
    y = first_order(2.0) + np.where((T > 56.0) & (T < 58.0), 0.2, 0.0)
    found = step_response(T, y, 0.0)
    assert (found.settled, found.settling_s) == (False, None)
    assert step_response(T, y, 0.0, until_s=56.0).settled


def test_a_small_swing_is_inside_the_band() -> None:
    y = np.where(T > 0, 1 + 0.04 * np.sin(3 * T), 0)
    assert step_response(T, y, 0.0).settled
    assert step_response(T, y, 0.0, band=0.02).settled is False


def test_missing_samples_are_skipped_and_irregular_times_are_times() -> None:
    rng = np.random.default_rng(1)
    y = second_order(0.4)
    y[rng.uniform(size=len(y)) < 0.6] = nan
    found, clean = step_response(T, y, 0.0), step_response(T, second_order(0.4), 0.0)
    assert found.missing == np.isnan(y).sum()
    for name in ("rise_s", "reach_s", "settling_s", "overshoot", "final"):
        assert getattr(found, name) == pytest.approx(getattr(clean, name), rel=0.02)


def test_too_little_is_said() -> None:
    y = first_order(2.0)
    assert "before the step" in step_response(T, y, -10.0).why
    assert "samples after the step" in step_response(T, y, 59.9).why
    assert "tenth of the time" in step_response(T[490:512], y[490:512], 0.0).why
    assert step_response(T, np.full(len(T), nan), 0.0).why == "only 0 samples after the step"
    known = step_response(T[500:], y[500:], 0.0, initial=0.0)
    assert known.rise_s == pytest.approx(2.0 * log(9.0), rel=1e-3)


def test_the_next_step_is_left_out() -> None:
    both = first_order(2.0) + np.where(T > 30.0, 5.0, 0.0)
    assert step_response(T, both, 0.0).final == pytest.approx(6.0)
    first = step_response(T, both, 0.0, until_s=30.0)
    assert (first.final, first.settled) == (pytest.approx(1.0, abs=1e-4), True)


def test_what_makes_no_sense_is_refused() -> None:
    for bad in ({"band": 0.0}, {"band": 0.5}, {"noise_least": -1.0}, {"until_s": -1.0}):
        with pytest.raises(BadInput, match=next(iter(bad))):
            step_response(T, T, 0.0, **bad)


LEVELS = ("initial", "final", "against", "steady_error")
SIZES = ("band", "noise")
TIMES = ("rise_s", "reach_s", "settling_s", "peak_s")


def _same(found: StepResponse, other: StepResponse, names: dict[str, float]) -> None:
    for field in fields(StepResponse):
        one, two = getattr(found, field.name), getattr(other, field.name)
        if isinstance(one, float) and two is not None:
            one = one * names.get(field.name, 1.0)
            assert two == pytest.approx(one, rel=1e-6, abs=1e-9), field.name
        elif field.name not in ("why", "direction"):
            assert one == two, field.name


coarse = np.arange(-40, 240) * 0.25
zetas = st.floats(0.15, 1.8)
powers = st.integers(-6, 6).map(lambda k: 2.0**k)


@given(zetas, powers, powers, st.booleans(), st.integers(0, 1000))
def test_units_and_direction_do_not_matter(
    zeta: float, size: float, slowness: float, mirrored: bool, seed: int
) -> None:
    y = second_order(zeta, coarse) + 0.02 * np.random.default_rng(seed).normal(size=len(coarse))
    sign = -1.0 if mirrored else 1.0
    found = step_response(coarse, y, 0.0, target=1.1)
    other = step_response(coarse * slowness, sign * size * y, 0.0, target=sign * size * 1.1)
    scales = {**dict.fromkeys(LEVELS, sign * size), **dict.fromkeys(SIZES, size)}
    _same(found, other, {**scales, **dict.fromkeys(TIMES, slowness)})
    if found.direction is not None:
        assert other.direction == sign * found.direction


@given(zetas, st.integers(-1000, 1000), st.integers(-100, 100))
def test_where_zero_is_does_not_matter(zeta: float, shift_s: int, offset: int) -> None:
    y = second_order(zeta, coarse)
    found = step_response(coarse, y, 0.0)
    other = step_response(coarse + shift_s, y + offset, float(shift_s))
    for name in (*TIMES, "overshoot", "settled"):
        one, two = getattr(found, name), getattr(other, name)
        assert (one is None) == (two is None), name
        if one is not None:
            assert two == pytest.approx(one, rel=1e-6, abs=1e-6), name
