"""Durations as people write them."""

import pytest

from twin.clock import parse_duration_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("24h", 86400.0),
        ("90s", 90.0),
        ("100ms", 0.1),
        ("7d", 604800.0),
        ("1h30m", 5400.0),
        ("1m30s", 90.0),
        ("1.5h", 5400.0),
        (".5s", 0.5),
        ("6 h", 21600.0),
        ("15 min", 900.0),
        (" 1 h 30 min ", 5400.0),
    ],
)
def test_a_duration_may_have_spaces_between_numbers_and_units(text: str, seconds: float) -> None:
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", " ", "5", "h", "1h30", "1 0s", "1m s", "1..5s", "-5s", "1e3s", "10mins", "5S", "٣s"],
)
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a duration such as 24h, 90s or 1h30m"):
        parse_duration_s(text)
