"""What a first detector says while it warms up."""

from math import nan

import numpy as np

from hil.monitor.warming import RIDE_NS, WARM_NS, Warming
from twin.diagnosis.alarms import Alarm

S = 1_000_000_000
BEGAN = 1_790_000_000 * S


def rows(*at_s):
    return np.array([BEGAN + round(t * S) for t in at_s], np.int64)


def alarm(at_s, cleared_s=None, residual=2.0):
    cleared = None if cleared_s is None else BEGAN + cleared_s * S
    return Alarm("pump", "pump.T", residual, 1.0, BEGAN + at_s * S, cleared)


def told(warming, at_s, *alarms):
    warming.note(rows(at_s))
    return warming.settled(list(alarms), BEGAN + at_s * S)


def test_what_comes_and_goes_in_the_warm_up_is_never_told():
    warming = Warming()
    assert told(warming, 0) == []
    assert told(warming, 100, alarm(100)) == []
    assert told(warming, 500, alarm(100, 500)) == []
    assert told(warming, 7300) == []


def test_what_stands_at_its_end_is_told_then_and_clears_later():
    warming = Warming()
    told(warming, 0)
    for at_s in range(300, 7200, 300):
        assert told(warming, at_s, *([alarm(300)] if at_s == 300 else [])) == []
    assert told(warming, 7200) == [alarm(300)]
    assert told(warming, 7500) == []
    assert told(warming, 7800, alarm(300, 7800)) == [alarm(300, 7800)]


def test_a_silent_sensor_is_told_at_once():
    warming = Warming()
    told(warming, 0)
    (found,) = told(warming, 400, alarm(400, residual=nan))
    assert found.raised_ns == BEGAN + 400 * S


def test_a_long_hole_is_a_new_beginning_and_a_short_one_is_none():
    warming = Warming()
    for at_s in range(0, 9000, 300):
        told(warming, at_s)
    assert told(warming, 9000 + RIDE_NS // S - 400, alarm(9100)) == [alarm(9100)]
    at_s = 20_000
    assert told(warming, at_s, alarm(at_s)) == []
    assert warming.until_ns == BEGAN + at_s * S + WARM_NS
