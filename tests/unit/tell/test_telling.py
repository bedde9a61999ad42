"""Who is told what, and when: pure decisions."""

from dataclasses import replace
from datetime import UTC, datetime, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.alarms.listed import Line, Listed
from twin.alarms.quiet import Quiet
from twin.alarms.telling import Memory, Rule, plan
from twin.diagnosis.isa import Action, Alarm

S = 1_000_000_000
MINUTE = 60 * S
NOON = int(datetime(2026, 1, 5, 12, tzinfo=UTC).timestamp()) * S
NIGHT = Quiet(time(22), time(6), UTC)


class Channel:
    """A channel, and the list that it hears of."""

    def __init__(self, **rule):
        self.rule, self.memory, self.listed = Rule(**rule), Memory(), {}
        self.now, self.lines = NOON, []

    def hears(self, number, action=Action.RAISE, priority="medium", part="hp", who="desk"):
        before = self.listed.get(number)
        active = action is not Action.CLEAR
        alarm = Alarm(active=active, acknowledged=action is Action.ACKNOWLEDGE)
        if action is Action.CLEAR and before is not None:
            alarm = replace(before.alarm, active=False)
        told = Listed(number, "twin", f"{part}/{number}", part, "x", None, priority, alarm)
        anew = told.asks and action in (Action.RAISE, Action.ESCALATE)
        self.lines.append((len(self.lines) + 1, Line(self.now, action, told, anew, who)))
        self.listed[number] = told
        if told.gone:
            del self.listed[number]

    def says(self, after=0, unsaid=()):
        """What is said so many seconds later: (what, number)."""
        self.now += round(after * S)
        lines = [line for line in self.lines if line[0] > self.memory.cursor]
        self.memory, said = plan(self.rule, self.memory, lines, self.listed, self.now, unsaid)
        return [(say.what, say.number) for say in said]


def test_an_alarm_is_told_once():
    channel = Channel()
    channel.hears(1)
    assert channel.says() == [("raised", 1)]
    assert channel.says(100_000) == []


def test_the_return_is_told_to_whoever_heard_of_the_alarm():
    channel = Channel()
    channel.hears(1)
    channel.says()
    channel.hears(1, Action.ACKNOWLEDGE, who="anna")
    assert channel.says(5) == []
    channel.hears(1, Action.CLEAR)
    assert channel.says(5) == [("returned", 1)]
    assert channel.memory.told == {}


def test_what_was_over_before_anybody_heard_is_not_told():
    channel = Channel()
    channel.hears(1)
    channel.hears(1, Action.ACKNOWLEDGE, who="anna")
    channel.hears(1, Action.CLEAR)
    assert channel.says() == []


def test_who_wants_to_know_hears_who_acknowledged():
    channel = Channel(acknowledged=True, returned=False)
    channel.hears(1)
    channel.says()
    channel.hears(1, Action.ACKNOWLEDGE, who="anna")
    assert channel.says() == [("acknowledged", 1)]
    channel.hears(1, Action.CLEAR)
    assert channel.says() == []


@pytest.mark.parametrize(("least", "told"), [("high", [1]), ("medium", [1, 2]), ("low", [1, 2, 3])])
def test_by_priority(least, told):
    channel = Channel(least=least)
    for number, priority in enumerate(("high", "medium", "low", "diagnostic"), 1):
        channel.hears(number, priority=priority)
    assert [number for _, number in channel.says()] == told


def test_by_part():
    channel = Channel(parts=frozenset({"loop"}))
    channel.hears(1)
    channel.hears(2, part="loop")
    assert channel.says() == [("raised", 2)]


def test_again_until_somebody_acknowledges():
    channel = Channel(repeat_ns=15 * MINUTE)
    channel.hears(1)
    channel.says()
    assert channel.says(14 * 60) == []
    assert channel.says(60) == [("again", 1)]
    assert channel.says(15 * 60) == [("again", 1)]
    channel.hears(1, Action.ACKNOWLEDGE, who="anna")
    assert channel.says(15 * 60) == []


def test_nothing_is_told_again_that_nobody_has_been_told_yet():
    channel = Channel(repeat_ns=15 * MINUTE)
    channel.hears(1)
    channel.says()
    for _ in range(10):
        assert channel.says(15 * 60, unsaid={1}) == []
    assert channel.says(14 * 60) == []
    assert channel.says(60) == [("again", 1)]
    assert channel.memory.told[1][1] == 2  # that nobody heard does not count


def test_a_second_person_hears_what_the_first_left():
    channel = Channel(after_ns=10 * MINUTE)
    channel.hears(1)
    channel.hears(2)
    assert channel.says(9 * 60) == []
    channel.hears(1, Action.ACKNOWLEDGE, who="anna")
    assert channel.says(60) == [("raised", 2)]


def test_what_becomes_more_urgent_is_told_again_and_makes_nobody_wait_longer():
    first, second = Channel(), Channel(after_ns=10 * MINUTE)
    for channel in (first, second):
        channel.hears(1, priority="low")
        channel.says()
        channel.now += 9 * MINUTE
        channel.hears(1, Action.ESCALATE, priority="high")
    assert first.says() == [("raised", 1)]
    assert second.says(60) == [("raised", 1)]


def test_a_clock_that_is_set_back_keeps_nobody_waiting():
    channel = Channel(after_ns=10 * MINUTE, repeat_ns=20 * MINUTE)
    channel.hears(1)
    assert channel.says(60) == []
    channel.now -= 60 * MINUTE
    assert channel.says() == []
    assert channel.says(10 * 60) == [("raised", 1)]
    channel.now -= 60 * MINUTE
    assert channel.says() == []
    assert channel.says(20 * 60) == [("again", 1)]


def test_stamps_that_are_ahead_of_the_clock_keep_nobody_waiting():
    channel = Channel(after_ns=10 * MINUTE)
    channel.now += 60 * MINUTE
    channel.hears(1)
    channel.now -= 60 * MINUTE
    assert channel.says() == []
    assert channel.says(10 * 60) == [("raised", 1)]


def test_a_flood_ends_ten_minutes_after_the_clock_was_set_back():
    channel = Channel()
    for number in range(10):
        channel.hears(number)
    assert channel.says() == [("flood", None)]
    channel.now -= 60 * MINUTE
    assert channel.says() == []
    assert channel.says(10 * 60 - 1) == []
    assert channel.says(1) == [("flood over", None)]


def test_one_that_comes_again_is_told_again():
    channel = Channel()
    channel.hears(1)
    channel.says()
    channel.hears(1, Action.CLEAR)
    channel.says(1)
    channel.hears(1)
    assert channel.says(1) == [("raised", 1)]


def test_at_night_only_what_is_urgent():
    channel = Channel(quiet=NIGHT)
    channel.now += 11 * 60 * MINUTE  # 23:00
    channel.hears(1)
    channel.hears(2, priority="high")
    assert channel.says() == [("raised", 2)]
    assert channel.says(6 * 3600) == []  # 05:00
    assert channel.says(3600) == [("raised", 1)]  # 06:00


def flood_before_night(priority):
    """Ten alarms at 21:55."""
    channel = Channel(quiet=NIGHT)
    channel.now += (9 * 60 + 55) * MINUTE
    for number in range(10):
        channel.hears(number, priority=priority)
    assert channel.says() == [("flood", None)]
    return channel


def test_a_flood_that_ends_in_the_night_waits_for_the_morning():
    channel = flood_before_night("medium")
    for number in range(7):
        channel.hears(number, Action.ACKNOWLEDGE, who="anna")
    assert channel.says(11 * 60) == []  # 22:06
    channel.hears(10, priority="high")
    assert channel.says(3600) == [("raised", 10)]
    channel.hears(10, Action.ACKNOWLEDGE, who="anna")
    assert channel.says(6 * 3600) == []
    assert channel.says(3600) == [("raised", 7), ("raised", 8), ("raised", 9)]


def test_that_an_urgent_flood_is_over_is_told_in_the_night_too():
    channel = flood_before_night("high")
    assert channel.says(11 * 60) == [("flood over", None)]


def test_what_ended_in_the_night_is_not_told_in_the_morning():
    channel = Channel(quiet=NIGHT)
    channel.now += 11 * 60 * MINUTE
    channel.hears(1)
    channel.says()
    channel.hears(1, Action.ACKNOWLEDGE, who="anna")
    assert channel.says(8 * 3600) == []


@pytest.mark.parametrize(
    ("begins", "ends", "hour", "quiet"),
    [
        (22, 6, 21, False),
        (22, 6, 22, True),
        (22, 6, 5, True),
        (22, 6, 6, False),
        (9, 17, 8, False),
        (9, 17, 9, True),
        (9, 17, 16, True),
        (9, 17, 17, False),
    ],
)
def test_quiet_hours(begins, ends, hour, quiet):
    now = int(datetime(2026, 1, 5, hour, tzinfo=UTC).timestamp()) * S
    rule = Quiet(time(begins), time(ends), UTC)
    assert rule.holds_back("medium", now) is quiet
    assert rule.holds_back("high", now) is False


@pytest.mark.parametrize(
    ("utc", "quiet"),
    [
        ("2026-03-28T03:59", True),  # 05:59, EET
        ("2026-03-28T04:00", False),
        ("2026-03-29T00:59", True),  # 02:59, a minute before 04:00 EEST
        ("2026-03-29T02:59", True),  # 05:59
        ("2026-03-29T03:00", False),
        ("2026-10-24T03:00", False),  # 06:00, EEST
        ("2026-10-25T00:30", True),  # 03:30, the first of two
        ("2026-10-25T01:30", True),  # 03:30, the second
        ("2026-10-25T03:59", True),  # 05:59, EET
        ("2026-10-25T04:00", False),
        ("2026-10-25T19:59", False),  # 21:59
        ("2026-10-25T20:00", True),
    ],
)
def test_quiet_hours_are_those_of_the_wall_when_clocks_change(utc, quiet):
    now = int(datetime.fromisoformat(f"{utc}+00:00").timestamp()) * S
    rule = Quiet(time(22), time(6), ZoneInfo("Europe/Helsinki"))
    assert rule.holds_back("medium", now) is quiet


def test_a_flood_is_one_message_and_one_at_its_end():
    channel = Channel()
    for number in range(1, 101):
        channel.hears(number)
    assert channel.says() == [("flood", None)]
    channel.hears(101)
    assert channel.says(60) == []
    assert channel.says(500) == []
    for number in range(3, 101):
        channel.hears(number, Action.ACKNOWLEDGE, who="anna")
    _, said = plan(
        channel.rule, channel.memory, channel.lines[101:], channel.listed, channel.now + 700 * S
    )
    assert [(say.what, say.numbers) for say in said] == [("flood over", (1, 2, 101))]


def test_alarms_of_a_flood_are_told_again_after_it():
    channel = Channel(repeat_ns=15 * MINUTE)
    for number in range(1, 11):
        channel.hears(number)
    assert channel.says() == [("flood", None)]
    assert channel.says(601) == [("flood over", None)]
    assert channel.says(15 * 60) == [("still", None)]
    channel.hears(1, Action.ACKNOWLEDGE, who="anna")
    assert channel.says(15 * 60) == [("again", n) for n in range(2, 11)]


def test_a_flood_lasts_until_fewer_than_five_are_left_of_ten_minutes():
    channel = Channel()
    for number in range(1, 11):
        channel.hears(number)
    assert channel.says() == [("flood", None)]
    channel.now += 300 * S
    for number in range(11, 17):
        channel.hears(number)
    assert channel.says() == []
    assert channel.says(310) == []  # six are left
    assert channel.says(300) == [("flood over", None)]


def test_one_that_comes_again_waits_again():
    channel = Channel(after_ns=10 * MINUTE, repeat_ns=5 * MINUTE)
    channel.hears(1)
    assert channel.says(600) == [("raised", 1)]
    channel.hears(1, Action.CLEAR)
    assert channel.says(60) == [("returned", 1)]
    channel.hears(1)
    assert channel.says(360) == []
    assert channel.says(240) == [("raised", 1)]


def test_the_first_urgent_one_of_a_flood_is_told():
    channel = Channel()
    for number in range(1, 13):
        channel.hears(number)
    assert channel.says() == [("flood", None)]
    channel.hears(13, priority="high")
    assert channel.says(10) == [("flood", None)]
    channel.hears(14, priority="high")
    assert channel.says(10) == []


def test_a_night_full_of_what_can_wait_is_one_message_in_the_morning():
    channel = Channel(quiet=NIGHT)
    channel.now += 11 * 60 * MINUTE
    for number in range(1, 31):
        channel.hears(number)
    assert channel.says() == []
    assert channel.says(3600) == []
    assert channel.says(6 * 3600) == [("flood", None)]
    assert channel.says(601) == [("flood over", None)]


def test_nine_are_no_flood():
    channel = Channel()
    for number in range(1, 10):
        channel.hears(number)
    assert channel.says() == [("raised", n) for n in range(1, 10)]


def test_a_flood_that_a_channel_is_not_for_is_none():
    channel = Channel(least="high")
    for number in range(1, 50):
        channel.hears(number)
    channel.hears(50, priority="high")
    assert channel.says() == [("raised", 50)]


steps = st.lists(
    st.tuples(
        st.integers(1, 30),
        st.sampled_from([Action.RAISE, Action.ACKNOWLEDGE, Action.CLEAR]),
        st.sampled_from([0, 0, 1, 30, 200, 700]),
    ),
    max_size=60,
)


@given(steps, st.booleans())
def test_whatever_asks_in_the_end_has_been_told_and_nothing_twice(what, cut):
    """Cut into turns or in one: each coming is told once, by itself or with its flood."""
    channel, comings, told = Channel(), {}, {}
    for number, action, wait in what:
        active = number in channel.listed and channel.listed[number].alarm.active
        if active == (action is Action.RAISE):
            continue
        channel.hears(number, action)
        if action is Action.RAISE:
            comings[number] = comings.get(number, 0) + 1
        if cut or wait:
            for _, n in count(channel, wait):
                told[n] = told.get(n, 0) + 1
    for _, n in [*count(channel, 0), *count(channel, 700), *count(channel, 700)]:
        told[n] = told.get(n, 0) + 1
    for number, alarm in channel.listed.items():
        if alarm.asks and alarm.alarm.active:
            assert told.get(number, 0) >= 1
    assert all(told[n] <= comings[n] for n in told)


def count(channel, wait):
    """(what, number) of each alarm that is told as one that has come."""
    channel.now += wait * S
    lines = [line for line in channel.lines if line[0] > channel.memory.cursor]
    channel.memory, said = plan(channel.rule, channel.memory, lines, channel.listed, channel.now)
    single = [(s.what, s.number) for s in said if s.what == "raised"]
    return single + [(s.what, n) for s in said if s.what == "flood over" for n in s.numbers]
