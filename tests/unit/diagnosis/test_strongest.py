"""The strongest finding counts, but for a name that a longer window knows to be too little."""

from types import SimpleNamespace

import pytest

from twin.diagnosis.findings import Cause, Finding
from twin.diagnosis.settings import Settings
from twin.diagnosis.strongest import strongest
from twin.diagnosis.verdict import Standing

SETTINGS = Settings()
NAMES = [w.name for w in SETTINGS.windows]
NAMED, UNKNOWN = 3, None


def finding(window: str, hypothesis: int | None, strength: float, part: str = "pump") -> Finding:
    cause = Cause(part, hypothesis, False, 1.0, 0.5, 1.5, 1.0, ())
    return Finding(SimpleNamespace(window=NAMES.index(window)), (cause,), strength)


def event(window: str, standing: Standing, part: str = "pump"):
    return SimpleNamespace(verdict=SimpleNamespace(window=window, standing=standing, part=part))


def chosen(events, *several: Finding) -> Finding | None:
    findings: list[Finding | None] = [None] * len(NAMES)
    for found in several:
        findings[found.fit.window] = found
    return strongest(findings, events, SETTINGS)


DAY = finding("24 h", UNKNOWN, 3.0)
SIX_HOURS = finding("6 h", NAMED, 5.0)


def test_the_strongest_counts_and_a_gross_one_only_where_no_longer_window_has_any() -> None:
    minutes, hour = finding("15 min", NAMED, 9.0), finding("1 h", NAMED, 2.0)
    assert chosen([]) is None
    assert chosen([], minutes) is minutes
    assert chosen([], minutes, hour) is hour
    assert chosen([], DAY, SIX_HOURS) is SIX_HOURS


def test_what_a_day_called_unknown_gets_no_name_from_hours_while_the_day_has_none() -> None:
    unknown = [event("24 h", Standing.UNKNOWN)]
    assert chosen(unknown, DAY, SIX_HOURS) is DAY
    assert chosen(unknown, SIX_HOURS) is SIX_HOURS  # the day has nothing to say any more
    named = finding("24 h", NAMED, 3.0)
    assert chosen(unknown, named, SIX_HOURS) is SIX_HOURS  # it has found a name itself


@pytest.mark.parametrize(
    ("open_event", "found"),
    [
        (event("24 h", Standing.FAULT), SIX_HOURS),
        (event("24 h", Standing.UNKNOWN, "network"), SIX_HOURS),
        (event("1 h", Standing.UNKNOWN), SIX_HOURS),  # a shorter window knows less
        (event("24 h", Standing.UNKNOWN), finding("6 h", UNKNOWN, 5.0)),
        (event("24 h", Standing.UNKNOWN), finding("6 h", NAMED, 5.0, "network")),
    ],
)
def test_nothing_else_is_held_back(open_event, found: Finding) -> None:
    assert chosen([open_event], DAY, found) is found
