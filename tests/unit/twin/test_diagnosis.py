"""Windows and alarms: large deviations soon, small ones surely, noise never."""

import math
from dataclasses import replace

import numpy as np
import pytest

from twin.diagnosis.alarms import CLEAR_AFTER_S, Evidence, PartState, Standing, judge
from twin.diagnosis.windows import WINDOWS, Window, no_means, take, worst

BAND = np.array([1.0])
TEN_S = 10_000_000_000


def samples_until(residual: float, limit: int = 2000) -> int | None:
    means = no_means(1)
    for n in range(1, limit):
        means = take(means, np.array([residual]), np.array([True]), 10.0)
        if worst(means, BAND)[0][0] >= 1.0:
            return n
    return None


def test_mean_follows_the_discrete_closed_form():
    window = (Window(50.0, 1.0),)
    means = no_means(1, window)
    for n in range(1, 30):
        means = take(means, np.array([2.0]), np.array([True]), 10.0, window)
        assert means.mean[0, 0] == pytest.approx(2.0 * (1 - (50.0 / 60.0) ** n), rel=1e-12)


def test_large_residuals_alarm_sooner_and_small_ones_never():
    delays = [samples_until(r) for r in (5.0, 2.0, 1.5, 1.1)]
    assert all(d is not None for d in delays)
    assert delays == sorted(delays)
    assert delays[0] <= 3  # 30 s
    assert samples_until(0.95) is None


def test_delay_is_what_the_fastest_window_takes():
    """n samples until 1 - (tau/(tau+dt))^n reaches limit/residual, the least over windows."""
    for residual in (1.3, 2.5, 4.0):
        by_hand = min(
            math.ceil(math.log(1 - w.bands / residual) / math.log(w.tau_s / (w.tau_s + 10.0)))
            for w in WINDOWS
            if residual > w.bands
        )
        assert samples_until(residual) == by_hand


def test_what_is_not_usable_changes_nothing():
    means = take(no_means(1), np.array([0.7]), np.array([True]), 10.0)
    after = take(means, np.array([1e9]), np.array([False]), 10.0)
    np.testing.assert_array_equal(after.mean, means.mean)
    assert after.mean.any()


def seen(score: float, *, suspect: bool = False, observable: bool = True) -> Evidence:
    return Evidence("p.T", score, 2.0, 1.0, suspect, observable)


def test_raise_hold_and_clear():
    state, news = judge("p", PartState(), seen(0.2), 0)
    assert (state.standing, news) == (Standing.WATCHED, [])
    state, news = judge("p", state, seen(1.2), 10)
    assert state.standing is Standing.ALARM
    assert [(a.part, a.signal, a.raised_ns, a.cleared_ns) for a in news] == [("p", "p.T", 10, None)]
    state, news = judge("p", state, seen(3.0), 20)
    assert news == []
    t = 30
    state, news = judge("p", state, seen(0.1), t)
    state, news = judge("p", state, seen(0.1), t + int(CLEAR_AFTER_S * 1e9) - 1)
    assert news == []
    state, news = judge("p", state, seen(0.1), t + int(CLEAR_AFTER_S * 1e9))
    assert [a.cleared_ns for a in news] == [t + int(CLEAR_AFTER_S * 1e9)]
    assert state.standing is Standing.WATCHED


def test_a_silent_sensor_is_an_alarm_of_its_own():
    silent = Evidence("p.T", 0.0, 0.0, 1.0, suspect=True, observable=False, silent="p.T2")
    state, news = judge("p", PartState(), silent, 7)
    assert [(a.part, a.signal, a.raised_ns) for a in news] == [("p", "p.T2", 7)]
    assert math.isnan(news[0].residual)
    state, news = judge("p", state, silent, 8)
    assert news == []
    assert state.alarm is not None


def test_the_alarm_of_a_silent_sensor_stands_while_it_is_silent_and_ends_soon_after():
    """It has nothing to do with how well the rest of the part is predicted."""
    gone = replace(seen(0.0), silent="p.T2", unheard=frozenset({"p.T2"}))
    state, _ = judge("p", PartState(), gone, 0)
    for k in range(1, 1000):  # nearly three hours, twice what clears a deviation and more
        state, news = judge("p", state, gone, k * TEN_S)
        assert news == []
    flicker = [seen(0.0), gone] * 3  # one good reading of a loose terminal is no return
    for k, sample in enumerate([*flicker, seen(0.0)], start=1000):
        state, news = judge("p", state, sample, k * TEN_S)
        assert news == []
    state, news = judge("p", state, seen(0.0), 1007 * TEN_S)
    assert [(a.signal, a.cleared_ns) for a in news] == [("p.T2", 1007 * TEN_S)]
    assert (state.standing, state.alarm) == (Standing.WATCHED, None)


def test_a_silent_sensor_that_is_heard_again_is_over_though_the_part_is_not_observable():
    gone = replace(seen(0.0, observable=False), silent="p.T2", unheard=frozenset({"p.T2"}))
    state, _ = judge("p", PartState(), gone, 0)
    settling = replace(seen(0.0, observable=False), reason="its switch")
    state, _ = judge("p", state, settling, TEN_S)
    state, news = judge("p", state, settling, 2 * TEN_S)
    assert [a.cleared_ns for a in news] == [2 * TEN_S]
    assert (state.standing, state.reason) == (Standing.NOT_OBSERVABLE, "its switch")


def test_a_suspect_input_withholds_the_alarm_and_a_lost_one_never_clears_it():
    state, news = judge("p", PartState(), seen(0.4, suspect=True), 0)
    assert (state.standing, news) == (Standing.WITHHELD, [])
    state, _ = judge("p", state, seen(5.0), 10)
    alarm = state.alarm
    assert alarm is not None
    state, news = judge("p", state, seen(0.0, observable=False), 10**15)
    assert (state.alarm, news) == (alarm, [])
    assert state.standing is Standing.NOT_OBSERVABLE
