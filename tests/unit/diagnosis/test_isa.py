"""Alarm states walked as an operator would."""

import pytest

from twin.diagnosis import isa
from twin.diagnosis.isa import Alarm, State

HOUR = 3_600_000_000_000


def test_the_way_of_an_ordinary_alarm() -> None:
    alarm = Alarm()
    assert alarm.state is State.NORMAL
    alarm = isa.raised(alarm)
    assert (alarm.state, alarm.annunciated) == (State.UNACKNOWLEDGED, True)
    alarm = isa.acknowledged(alarm)
    assert (alarm.state, alarm.annunciated) == (State.ACKNOWLEDGED, False)
    assert isa.cleared(alarm).state is State.NORMAL


def test_gone_before_anybody_looked() -> None:
    alarm = isa.cleared(isa.raised(Alarm()))
    assert alarm.state is State.RETURNED
    assert isa.acknowledged(alarm).state is State.NORMAL
    assert isa.raised(isa.acknowledged(alarm)).state is State.UNACKNOWLEDGED


def test_a_latched_alarm_waits_for_a_reset() -> None:
    alarm = isa.raised(Alarm(latching=True))
    with pytest.raises(ValueError, match="still there"):
        isa.reset(alarm)
    alarm = isa.cleared(alarm)
    assert alarm.state is State.LATCHED
    with pytest.raises(ValueError, match="acknowledge"):
        isa.reset(alarm)
    alarm = isa.acknowledged(alarm)
    assert alarm.state is State.LATCHED_ACKNOWLEDGED
    assert isa.reset(alarm).state is State.NORMAL


def test_a_shelf_expires_and_hides_nothing_for_ever() -> None:
    alarm = isa.shelved(isa.raised(Alarm()), 0, HOUR)
    assert isa.at(alarm, HOUR - 1).state is State.SHELVED
    assert isa.at(alarm, HOUR).state is State.UNACKNOWLEDGED
    assert isa.at(isa.cleared(alarm), HOUR).state is State.RETURNED
    for until in (0, -HOUR, 25 * HOUR):
        with pytest.raises(ValueError, match="must be in 0 to 24 h"):
            isa.shelved(alarm, 0, until)


def test_what_takes_an_alarm_away_comes_first() -> None:
    alarm = isa.suppressed(isa.raised(Alarm()), by_design=True)
    assert alarm.state is State.SUPPRESSED
    alarm = isa.serviced(alarm, out_of_service=True)
    assert alarm.state is State.OUT_OF_SERVICE
    alarm = isa.suppressed(isa.serviced(alarm, out_of_service=False), by_design=False)
    assert alarm.state is State.UNACKNOWLEDGED


def test_raising_twice_asks_once() -> None:
    alarm = isa.acknowledged(isa.raised(Alarm()))
    assert isa.raised(alarm).state is State.ACKNOWLEDGED
