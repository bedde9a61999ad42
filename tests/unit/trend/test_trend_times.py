"""Times of exports: formats against the standard library, zones against its fold."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.trend.cells import packed
from hil.trend.stamp_format import parse_format
from hil.trend.stamps import NO_OFFSET, instants
from twin.trend.zone import NS, Fold, Told, Wall, zone_of

PATTERNS = (
    "%Y-%m-%d %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%d-%b-%y %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%Y-%m-%d %H:%M:%S.%f",
)
MOMENTS = st.datetimes(datetime(1971, 1, 1), datetime(2068, 12, 31))


def read(texts: list[str], pattern: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return instants(*packed(texts), parse_format(pattern).operations)


@settings(max_examples=60, deadline=None)
@given(MOMENTS, st.sampled_from(PATTERNS))
def test_formats_read_what_strftime_writes(moment: datetime, pattern: str) -> None:
    if "%y" in pattern:
        moment = moment.replace(year=2000 + moment.year % 68)  # and the leap years stay
    text = moment.strftime(pattern)
    back = datetime.strptime(text, pattern).replace(tzinfo=UTC)
    ns, sound, offset = read([text], pattern)
    assert sound.all()
    assert offset[0] == NO_OFFSET
    assert (
        ns[0] == round((back - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1)) * 1000
    )


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=30), st.sampled_from([*PATTERNS, "iso"]))
def test_no_text_breaks_a_format(text: str, pattern: str) -> None:
    read([text], pattern)


@pytest.mark.parametrize(
    ("text", "utc", "offset"),
    [
        ("2026-03-29T03:30:00+03:00", "2026-03-29T03:30:00", 10_800),
        ("2026-01-02T03:04Z", "2026-01-02T03:04:00", 0),
        ("2026-01-02 03:04:05.25", "2026-01-02T03:04:05.25", NO_OFFSET),
    ],
)
def test_iso_says_its_offset(text: str, utc: str, offset: int) -> None:
    ns, sound, offsets = read([text], "iso")
    assert sound[0]
    assert offsets[0] == offset
    assert ns[0] == round(datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp() * 1e6) * 1000


@pytest.mark.parametrize("text", ["2025-02-29 00:00", "2025-13-01 00:00", "2025-01-01 24:00", "x"])
def test_days_that_never_are_no_times(text: str) -> None:
    assert not read([text], "iso")[1][0]


@pytest.mark.parametrize(
    ("bad", "said"),
    [("%d.%m", "needs one year"), ("%Q", "not known"), ("%Y-%m-%d %I:%M", "belong together")],
)
def test_formats_that_cannot_be_are_refused(bad: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_format(bad)


@settings(max_examples=40, deadline=None)
@given(
    st.sampled_from(
        ["Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "UTC", "+05:30"]
    ),
    st.integers(0, 55 * 366),
    st.sampled_from([60, 300, 600, 900]),
    st.integers(1, 7),
)
def test_local_times_in_order_come_back_as_instants(
    name: str, day: int, step_s: int, pieces: int
) -> None:
    zone = zone_of(name)
    utc = [86_400 * day + step_s * i for i in range(3 * 86_400 // step_s)]
    walls = np.array([_wall_ns(s, zone) for s in utc], np.int64)
    wall, fold, told = Wall(zone), Fold(), Told()
    back = [wall.to_utc(part, fold, told, step_s * NS)[0] for part in np.array_split(walls, pieces)]
    assert np.concatenate(back).tolist() == [s * NS for s in utc]
    assert told.impossible == 0


def test_the_hour_that_comes_twice_is_told_apart_also_by_the_hour() -> None:
    zone = ZoneInfo("Europe/Helsinki")
    utc = [1_761_433_200 + 3600 * i for i in range(8)]  # 2025-10-26 02:00 local on
    walls = np.array([_wall_ns(s, zone) for s in utc], np.int64)
    assert len(set(walls.tolist())) == 7
    told = Told()
    found, exists = Wall(zone).to_utc(walls, Fold(), told, 3600 * NS)
    assert found.tolist() == [s * NS for s in utc]
    assert exists.all()
    assert told.repeated == 2


def test_an_hour_that_never_was_is_counted() -> None:
    zone = ZoneInfo("Europe/Helsinki")
    begin = int(datetime(2026, 3, 29, 2, 0, tzinfo=UTC).timestamp())  # as a local time
    walls = np.array([(begin + 900 * i) * NS for i in range(12)], np.int64)
    told = Told()
    _, exists = Wall(zone).to_utc(walls, Fold(), told, 900 * NS)
    assert told.impossible == 4  # 03:00 to 03:45
    assert np.flatnonzero(~exists).tolist() == [4, 5, 6, 7]


def _wall_ns(utc_s: int, zone: object) -> int:
    local = datetime.fromtimestamp(utc_s, UTC).astimezone(zone).replace(tzinfo=UTC)  # type: ignore[arg-type]
    return round(local.timestamp()) * NS
