"""Which alarms count against a quiet time, and when silence says nothing."""

from dataclasses import replace

import pytest

from hil.commissioning.raised import against, left, why_deaf
from twin.diagnosis.alarms import Alarm

OPEN = Alarm("pump", "pump.flow", 2.0, 1.0, raised_ns=100)


def cleared(alarm, at_ns):
    """As the twin tells it: once as it was raised, and again when it is cleared."""
    return [alarm, replace(alarm, cleared_ns=at_ns)]


@pytest.mark.parametrize(
    ("alarms", "part", "found"),
    [
        ([OPEN], "pump", True),  # it stands from before
        ([OPEN], None, True),
        ([OPEN], "boiler", False),
        (cleared(OPEN, 150), "pump", False),  # it is over
        (cleared(OPEN, 150), None, False),
        (cleared(OPEN, 250), "pump", True),
        (cleared(replace(OPEN, raised_ns=210), 220), None, True),  # it came and went meanwhile
        ([*cleared(OPEN, 150), replace(OPEN, raised_ns=160)], "pump", True),  # it came back
        ([replace(OPEN, raised_ns=-5)], "pump", True),
        ([replace(OPEN, raised_ns=-5)], None, False),
    ],
)
def test_what_stood_or_was_raised_since_counts(alarms, part, found):
    assert (against(alarms, part, since_ns=200) is not None) == found


def test_what_the_warm_up_left_is_named_until_it_is_cleared():
    early = replace(OPEN, raised_ns=-5)
    assert left([OPEN, early]) == ["pump"]
    assert left([OPEN, *cleared(early, 10)]) == []


WHY = {"pump": "it has just begun"}


@pytest.mark.parametrize(
    ("standing", "part", "why"),
    [
        ({"pump": "watched", "boiler": "not observable"}, "pump", ""),
        ({"pump": "not observable", "boiler": "watched"}, None, ""),
        ({"pump": "input suspect"}, "pump", ""),
        (
            {"pump": "not observable", "boiler": "watched"},
            "pump",
            "pump: not observable, it has just begun",
        ),
        (
            {"pump": "not observable", "boiler": "alarm"},
            None,
            "pump: not observable, it has just begun; boiler: alarm",
        ),
        ({}, "pump", "pump: not watched, it has just begun"),
        ({}, None, "the twin watches no part"),
    ],
)
def test_silence_of_what_cannot_raise_one_says_nothing(standing, part, why):
    assert why_deaf(standing, WHY, part) == why
