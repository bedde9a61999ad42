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
    readings,
    seal_all,
)

from hil.historian.weeks import Keep, Weeks, WeekWriter
from hil.historian.weeks.batch import Batch
from hil.historian.weeks.files import week_files
from hil.historian.weeks.iso_week import file_name, start_of_file, week_start
from hil.historian.weeks.pool import Pool
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


def test_a_log_is_closed_as_soon_as_no_reader_is_in_it(tmp_path):
    """A page looks again and again; it must not keep a log for ever that nobody writes."""
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        values, _ = fill(writer, every_second(EDGE - HOUR, 7200, 10))
        blocks = weeks.rows("measured", MONDAY, EDGE + WEEK)
        assert len(next(blocks)) == 360
        with Pool().snapshot(week_files(folder)[0]) as held:  # a long question
            assert held.execute("SELECT count(*) FROM newest").fetchone() == (360,)
            seal_all(writer, EDGE + 4 * HOUR)
            assert "2026-W48.sqlite-wal" in names(folder)
            assert held.execute("SELECT count(*) FROM newest").fetchone() == (360,)
        np.testing.assert_array_equal(np.vstack([b.values for b in blocks]), values[360:])
        seal_all(writer, EDGE + 4 * HOUR)
        assert "2026-W48.sqlite-wal" not in names(folder)
        np.testing.assert_array_equal(all_rows(weeks)[1], values)
        assert weeks.problems() == []


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


def test_a_week_that_is_dropped_under_a_reader_is_just_gone(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder, keep=Keep(days=1)) as writer, Weeks(folder) as weeks:
        t_ns = np.concatenate([every_second(EDGE - HOUR, 3600), every_second(EDGE, 60)])
        values, _ = fill(writer, t_ns)
        key, span = [CHANNELS[1].key], (EDGE - 2 * HOUR, EDGE + HOUR)
        blocks = weeks.rows("measured", *span)
        assert len(next(blocks)) == 3600
        assert np.isfinite(weeks.series(key, *span, 4).mean).sum() == 2
        seal_all(writer, EDGE + 2 * WEEK)
        assert np.isfinite(weeks.series(key, *span, 4).mean).sum() == 1
        np.testing.assert_array_equal(np.vstack([b.values for b in blocks]), values[3600:])
        assert weeks.problems() == []


def test_what_a_killed_drop_left_is_swept_up(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        fill(writer, every_second(MONDAY, 60))
    left = [folder / f"2020-W01.sqlite{end}" for end in ("-wal", "-shm")]
    for path in left:
        path.write_bytes(b"left")
    with open_writer(folder), Weeks(folder) as weeks:
        assert not any(path.exists() for path in left)
        assert len(all_rows(weeks)[0]) == 60


def test_what_waits_too_long_is_given_up_and_said():
    batch = Batch({"measured": CHANNELS})
    t_ns = every_second(MONDAY, 100)
    values, quality = readings(t_ns)
    for k in range(10):
        part = slice(10 * k, 10 * k + 10)
        batch.add("measured", t_ns[part], values[part], quality[part])
    batch.cut_down(95)
    assert batch.rows == 90
    piece = batch.weeks[MONDAY]
    assert piece.rows[0][1].t_ns[0] == t_ns[10]
    (gap,) = piece.gaps
    assert (gap.from_ns, gap.to_ns) == (t_ns[0], t_ns[9])
    batch.cut_down(90)
    assert (batch.rows, len(piece.gaps)) == (90, 1)
