"""The bricks against closed forms."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.control import (
    Loop,
    Tuning,
    clamp,
    curve,
    hysteresis,
    off_delay,
    on_delay,
    pi,
    ramp,
    take_over,
    too_high,
)

FREE = 1e9
"""A rate that never limits [1/s]."""


def test_pi_on_a_constant_error_is_the_closed_form():
    # u(t) = kp e (1 + t / Ti)
    kp, ti, error, dt = 0.02, 60.0, 3.0, 0.5
    state = Loop(0.0, 0.0)
    for k in range(200):
        state, output = pi(state, Tuning(kp, ti, FREE), error, -10.0, 10.0, dt)
        assert output == pytest.approx(kp * error * (1 + k * dt / ti), rel=1e-9)


def test_pi_cancelling_the_pole_gives_a_first_order_closed_loop():
    # plant K / (T s + 1), PI with Ti = T: closed loop 1 / (tau s + 1), tau = T / (K kp)
    gain, time, kp, dt = 2.0, 50.0, 1.0, 0.01
    state, y, t = Loop(0.0, 0.0), 0.0, 0.0
    for _ in range(10_000):
        state, u = pi(state, Tuning(kp, time, FREE), 1.0 - y, -100.0, 100.0, dt)
        y += (gain * u - y) * dt / time
        t += dt
        assert y == pytest.approx(1.0 - math.exp(-t * gain * kp / time), abs=2e-3)


def test_pi_leaves_saturation_as_soon_as_the_error_turns():
    tuning, state = Tuning(0.05, 30.0, FREE), Loop(0.5, 0.5)
    for _ in range(3600):
        state, output = pi(state, tuning, 20.0, 0.0, 1.0, 1.0)
    assert output == 1.0
    assert state.integral == pytest.approx(1.0, abs=1e-6)  # wound up it would be 120
    _, output = pi(state, tuning, -1.0, 0.0, 1.0, 1.0)
    assert output == pytest.approx(0.95, abs=1e-6)


@given(st.lists(st.floats(-50, 50), min_size=1, max_size=50), st.floats(0.1, 10))
def test_pi_stays_in_its_limits_and_never_moves_faster_than_its_rate(errors, dt):
    state, before = Loop(0.3, 0.3), 0.3
    for error in errors:
        state, output = pi(state, Tuning(0.1, 20.0, 0.02), error, 0.2, 0.9, dt)
        assert 0.2 <= output <= 0.9
        assert abs(output - before) <= 0.02 * dt + 1e-12
        before = output


def test_a_pump_at_rest_is_ramped_to_its_minimum():
    state, outputs = Loop(0.0, 0.0), []
    for _ in range(5):
        state, output = pi(state, Tuning(0.1, 20.0, 0.1), -5.0, 0.3, 1.0, 1.0)
        outputs.append(output)
    assert outputs == pytest.approx([0.1, 0.2, 0.3, 0.3, 0.3])


@given(st.floats(-20, 20), st.floats(0.0, 1.0))
def test_taking_over_from_manual_makes_no_bump(error, manual):
    tuning = Tuning(0.03, 60.0, FREE)
    _, output = pi(take_over(tuning, error, manual), tuning, error, 0.0, 1.0, 1.0)
    assert output == pytest.approx(manual, abs=1e-12)


def test_ramp_and_clamp():
    assert [ramp(0.0, w, 0.1, 2.0) for w in (1.0, -1.0, 0.1)] == [0.2, -0.2, 0.1]
    assert [clamp(v, 0.0, 1.0) for v in (-1.0, 0.5, 2.0)] == [0.0, 0.5, 1.0]
    assert clamp(0.5, 0.8, 0.2) == 0.2


def test_hysteresis_remembers_between_its_ends():
    on, seen = False, []
    for value in (1.0, 2.5, 3.5, 2.5, 2.0, 1.9, 2.5):
        on = hysteresis(on, value, 2.0, 3.0)
        seen.append(on)
    assert seen == [False, False, True, True, True, False, False]


def test_delays():
    elapsed, seen = 0.0, []
    for condition in (True, True, True, False, True):
        elapsed, on = on_delay(elapsed, condition, 3.0, 1.0)
        seen.append(on)
    assert seen == [False, False, True, False, False]
    left, seen = 0.0, []
    for condition in (False, True, False, False, False):
        left, on = off_delay(left, condition, 2.0, 1.0)
        seen.append(on)
    assert seen == [False, True, True, False, False]
    assert on_delay(0.0, True, 0.0, 1.0)[1]


def test_too_high_lets_go_only_when_it_is_seen_well_below():
    high, seen = False, []
    for measured in (44.9, 45.1, 42.5, None, 44.0, 41.9, None, 44.9):
        high = too_high(high, measured, 45.0, 3.0)
        seen.append(high)
    assert seen == [False, True, True, True, True, False, False, False]


def test_curve_is_linear_between_and_level_beyond():
    line = ((-26.0, 115.0), (8.0, 70.0), (20.0, 65.0))
    assert curve(line, -40.0) == 115.0
    assert curve(line, -9.0) == pytest.approx(92.5)
    assert curve(line, 8.0) == 70.0
    assert curve(line, 14.0) == pytest.approx(67.5)
    assert curve(line, 30.0) == 65.0
