"""Rates against counting by hand, and their definitions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.alarms.listed import Listed
from twin.alarms.rates import (
    DAY_NS,
    HOUR_NS,
    MINUTE_NS,
    TEN_NS,
    Annunciation,
    floods,
    peak,
    rates,
    repeats,
    share_above,
)

S = 1_000_000_000
times = st.lists(st.integers(0, 7200), max_size=60).map(sorted)


def asked(*when_s, key="a", priority="low"):
    return [Annunciation(round(t * S), key, priority) for t in when_s]


def alarm(raised_ns):
    return Listed(1, "limit", "limit:x", "p", "x", None, "low", raised_ns=raised_ns)


def test_a_quiet_day_has_no_rates():
    quiet = rates([], [], 0, DAY_NS)
    assert quiet.count == 0
    assert quiet.value("alarms_per_day") == 0
    assert quiet.value("top_ten_share") is None
    assert quiet.value("share_high") is None
    assert quiet.floods == ()


def test_a_day_of_one_an_hour():
    day = rates(asked(*range(1800, 86400, 3600)), [], 0, DAY_NS)
    assert day.value("alarms_per_day") == pytest.approx(24)
    assert day.value("alarms_per_hour") == pytest.approx(1)
    assert day.value("alarms_per_10_min") == pytest.approx(1 / 6)
    assert day.value("peak_per_10_min") == 1
    assert day.value("tens_above_10") == 0
    assert rates(asked(*range(1800, 86400, 3600)), [], 0, DAY_NS, 2).value("alarms_per_day") == 12


def test_a_flood_lasts_from_the_tenth_until_fewer_than_five_are_left():
    come = [*range(0, 300, 30), 1000]
    found = floods([t * S for t in come], 7200 * S)
    # the tenth comes at 270 s; the sixth of them is 10 min old, and four are left, at 750 s
    assert found == [(270 * S, 750 * S)]
    assert floods([t * S for t in range(0, 270, 30)], 7200 * S) == []
    assert floods([t * S for t in come], 7200 * S, operators=2) == []
    assert floods([t * S for t in come], 500 * S) == [(270 * S, 500 * S)]


def test_an_alarm_that_comes_three_times_in_a_minute_chatters():
    told = asked(0, 30, 60) + asked(0, 200, 400, key="b") + asked(0, 700, 1400, key="c")
    told.sort(key=lambda a: a.t_ns)
    assert repeats(told, MINUTE_NS) == {"a"}
    found = rates(told, [], 0, HOUR_NS)
    assert (found.value("chattering"), found.value("chattering_slowly")) == (1, 2)
    assert found.chattering == ("a", "b")


def test_what_stands_for_more_than_a_day_is_stale():
    found = rates([], [alarm(0), alarm(1)], 0, DAY_NS + 1)
    assert (found.value("stale"), found.stale) == (1, (1,))


def test_priorities_are_held_against_80_15_5():
    told = asked(1, priority="high") + asked(2, 3, 4, priority="low") + asked(5, priority="medium")
    found = rates(told + asked(6, priority="diagnostic"), [], 0, DAY_NS)
    assert [found.value(f"share_{p}") for p in ("high", "medium", "low")] == [0.2, 0.2, 0.6]
    good = {f.name: f.acceptable for f in found.figures}
    assert (good["share_high"], good["share_medium"], good["share_low"]) == (0.05, 0.15, 0.8)
    assert found.priorities["diagnostic"] == 1


def test_the_ten_worst():
    told = [a for k in range(20) for a in asked(*range(k + 1), key=f"k{k:02}")]
    found = rates(sorted(told, key=lambda a: a.t_ns), [], -S, DAY_NS)
    assert [name for name, _ in found.top] == [f"k{k:02}" for k in range(19, 9, -1)]
    assert found.value("top_ten_share") == pytest.approx(sum(range(11, 21)) / sum(range(1, 21)))


def test_every_figure_says_what_it_is_and_who_says_so():
    for figure in rates([], [], 0, DAY_NS).figures:
        assert figure.definition, figure.name
        assert figure.source, figure.name


@given(times)
def test_peaks_are_those_of_every_window(when):
    by_hand = max((sum(t - 600 < u <= t for u in when) for t in when), default=0)
    assert peak([t * S for t in when], TEN_NS) == by_hand


@given(times, st.integers(0, 3))
def test_shares_are_those_of_every_stretch(when, most):
    when = [t for t in when if t > 0]
    counts = [sum(600 * k < t <= 600 * (k + 1) for t in when) for k in range(12)]
    share = share_above([t * S for t in when], 0, 7200 * S, TEN_NS, most)
    assert share == pytest.approx(sum(n > most for n in counts) / 12)


@given(times)
def test_floods_are_those_of_every_second(when):
    begins, flood, inside = [], False, []
    for second in range(7201):
        n = sum(second - 600 < t <= second for t in when)
        if flood and n < 5:
            flood = False
        elif not flood and n >= 10:
            flood = True
            begins.append(second)
        inside.append(flood)
    found = floods([t * S for t in when], 7200 * S)
    assert [begin // S for begin, _ in found] == begins
    assert sum(end - begin for begin, end in found) == sum(inside[:-1]) * S
