"""Weeks that are over become plain files, old ones go, and the ballast is there."""

import sqlite3
from contextlib import closing

import numpy as np
import pytest
from weeks_plant import (
    CHANNELS,
    EDGE,
    HOUR,
    MONDAY,
    WEEK,
    all_rows,
    every_second,
    fill,
    open_writer,
    seal_all,
)

from hil.historian.weeks import Keep, Weeks, WeekWriter
from hil.historian.weeks.iso_week import file_name, start_of_file, week_start
from twin.errors import BadInput


def names(folder):
    return sorted(path.name for path in folder.iterdir() if path.name != "lock")


def test_a_week_that_is_over_becomes_one_plain_file(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        fill(writer, every_second(EDGE - 3 * HOUR, 4 * 3600))
        seal_all(writer, EDGE + HOUR)
        assert "2026-W48.sqlite-wal" not in names(folder) or len(names(folder)) > 3
        seal_all(writer, EDGE + 2 * HOUR)
        assert "2026-W48.sqlite-wal" not in names(folder)
        assert not writer.seal(EDGE + 2 * HOUR)
        with closing(sqlite3.connect(folder / "2026-W48.sqlite")) as db:
            assert db.execute("PRAGMA journal_mode").fetchone() == ("delete",)
            assert db.execute("PRAGMA freelist_count").fetchone() == (0,)
            assert db.execute("SELECT count(*) FROM newest").fetchone() == (0,)
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    with open_writer(folder) as writer:  # nothing to do to it after a restart either
        before = (folder / "2026-W48.sqlite").stat().st_mtime_ns
        seal_all(writer, EDGE + 2 * HOUR)
        assert (folder / "2026-W48.sqlite").stat().st_mtime_ns == before


def test_a_week_that_is_over_is_finished_although_a_reader_has_it_open(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        t_ns = every_second(EDGE - 3 * HOUR, 4 * 3600, 10)
        values, _ = fill(writer, t_ns)
        np.testing.assert_array_equal(all_rows(weeks)[1], values)
        seal_all(writer, EDGE + 2 * HOUR)
        np.testing.assert_array_equal(all_rows(weeks)[1], values)


def test_old_weeks_go_by_days_and_never_the_newest(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder, keep=Keep(days=10)) as writer:
        for k in range(4):
            fill(writer, every_second(MONDAY + k * WEEK, 100, 10))
        now = MONDAY + 3 * WEEK
        seal_all(writer, now)
        assert [n for n in names(folder) if n.endswith("sqlite")] == [
            file_name(MONDAY + k * WEEK) for k in (1, 2, 3)
        ]
        seal_all(writer, now + 500 * WEEK)
        assert [n for n in names(folder) if n.endswith("sqlite")] == [file_name(now)]


def test_old_weeks_go_by_bytes(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        for k in range(4):
            fill(writer, every_second(MONDAY + k * WEEK, 1000))
        seal_all(writer, MONDAY + 5 * WEEK)
    with Weeks(folder) as weeks:
        used = weeks.used_bytes()
        with open_writer(folder, keep=Keep(max_bytes=used * 6 // 10)) as writer:
            seal_all(writer, MONDAY + 5 * WEEK)
        assert weeks.used_bytes() <= used * 6 // 10
        assert weeks.span_ns()[0] == MONDAY + 2 * WEEK


@pytest.mark.parametrize("keep", [{"days": 0.0}, {"max_bytes": -1}])
def test_keeping_nothing_is_refused(keep):
    with pytest.raises(BadInput, match="must be > 0"):
        Keep(**keep)


def test_the_ballast_is_there_and_comes_back(tmp_path):
    streams = {"measured": CHANNELS}
    with WeekWriter(tmp_path / "weeks", streams, ballast_bytes=3_000_001) as writer:
        assert (tmp_path / "ballast").stat().st_size == 3_000_001
        (tmp_path / "ballast").unlink()
        assert writer.seal(MONDAY)
        assert (tmp_path / "ballast").stat().st_size == 3_000_001
        assert not writer.seal(MONDAY)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-11-23", "2026-W48"),
        ("2020-12-31", "2020-W53"),
        ("2021-01-03", "2020-W53"),
        ("2021-01-04", "2021-W01"),
        ("2024-12-30", "2025-W01"),
        ("1970-01-01", "1970-W01"),
    ],
)
def test_weeks_are_those_of_iso_8601(day, name):
    t_ns = int(np.datetime64(day, "ns").astype(np.int64))
    start = week_start(t_ns)
    assert start <= t_ns < start + WEEK
    assert file_name(start) == f"{name}.sqlite"
    assert start_of_file(f"{name}.sqlite") == start
    assert start_of_file("2026-W60.sqlite") is None
    assert start_of_file("2026-W48.sqlite-wal") is None
