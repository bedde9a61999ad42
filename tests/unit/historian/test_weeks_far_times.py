"""Questions about times that no file can hold: whoever asks until 9999 wants everything."""

from datetime import UTC, datetime

import numpy as np
import pytest
from typer.testing import CliRunner

from hil.cli.commands import app
from hil.historian.weeks import Channel, Weeks, WeekWriter
from hil.historian.weeks.moments import from_words, in_words, parse_moment
from twin.errors import BadInput

S = 1_000_000_000
T0 = 1_764_000_000 * S
KEY = "loop.T:measured"
FIRST, LAST = (
    int(datetime(year, month, day, tzinfo=UTC).timestamp()) * S
    for year, month, day in ((1, 1, 1), (9999, 12, 31))
)


@pytest.fixture(params=["newest", "sealed"])
def folder(tmp_path, request):
    """A hundred rows, and a gap between two of them."""
    told = {"measured": [Channel(KEY, "K", 0.1)]}
    with WeekWriter(tmp_path / "weeks", told, ballast_bytes=0) as writer:
        t_ns = T0 + S * np.arange(100)
        writer.append("measured", t_ns, np.full((100, 1), 300.0), np.zeros((100, 1), np.uint8))
        writer.gap(T0 + 10 * S, T0 + 11 * S, "asleep")
        writer.commit()
        while request.param == "sealed" and writer.seal(T0 + 10**6 * S):
            pass
    return tmp_path


@pytest.mark.parametrize(
    ("t0_ns", "t1_ns", "count"),
    [
        (T0, LAST, 100),
        (FIRST, LAST, 100),
        (FIRST, T0 + 10 * S, 10),
        (FIRST, FIRST + S, 0),
        (LAST - S, LAST, 0),
        (-(1 << 63), (1 << 63) - 1, 100),
    ],
)
def test_whatever_lies_between(folder, t0_ns, t1_ns, count):
    with Weeks(folder / "weeks") as weeks:
        assert sum(len(rows) for rows in weeks.rows("measured", t0_ns, t1_ns)) == count
        assert len(weeks.gaps(t0_ns, t1_ns)) == (count == 100)
        for most in (2, 3, 100, 5000):
            drawn = weeks.series([KEY], t0_ns, t1_ns, most)
            assert np.isfinite(drawn.mean).any() == (count > 0)
            assert len(drawn.t_ns) <= most
            assert (np.diff(drawn.t_ns) > 0).all()


def test_one_side_alone(folder):
    with Weeks(folder / "weeks") as weeks:
        assert len(weeks.after("measured", FIRST, 1000)) == 100
        assert len(weeks.after("measured", LAST, 1000)) == 0
        assert int(weeks.at("measured", LAST).t_ns[0]) == T0 + 99 * S
        assert len(weeks.at("measured", FIRST)) == 0


def test_an_export_until_the_end_of_time(folder):
    out = folder / "all.csv"
    span = ["--from", "0001-01-01", "--to", "9999-12-31"]
    told = CliRunner().invoke(app, ["data", "export", str(folder), "--out", str(out), *span])
    assert told.exception is None
    assert "100 rows" in told.output


def test_a_moment_out_of_reach_is_the_nearest_that_can_be_stored():
    assert in_words(np.array([parse_moment("9999-12-31", "--to")]))[0].startswith("2262-04-11")
    assert parse_moment("2262-01-01", "--to") == 9_214_646_400 * S
    assert parse_moment("0001-01-01", "--from") < parse_moment("1700-01-01", "--from") < 0


@pytest.mark.parametrize("text", ["9999-12-31T00:00:00Z", "0001-01-01T00:00:00", "2600-01-01"])
def test_a_file_with_such_times_is_refused(text):
    """Numpy takes them for others."""
    with pytest.raises(BadInput, match=r"times\.csv: time = .*must be of the years 1678 to 2261"):
        from_words(["2026-11-27T00:00:00Z", text], "times.csv: time")
    assert from_words(["2261-12-31T00:00:00Z"], "x")[0] == parse_moment("2261-12-31", "x")
