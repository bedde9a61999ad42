"""Broken files, newer files, a second writer, a disk that cannot be written: said, rest served."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest
from weeks_plant import (
    CHANNELS,
    EDGE,
    HOUR,
    MONDAY,
    S,
    all_rows,
    every_second,
    fill,
    open_writer,
    seal_all,
)

from hil.historian.weeks import Weeks
from hil.historian.weeks.check import check
from hil.historian.weeks.files import week_files
from hil.historian.weeks.pool import Pool
from twin.errors import BadInput


@pytest.fixture
def folder(tmp_path):
    """Three hours before the end of a week and two after, sealed."""
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        t_ns = every_second(EDGE - 3 * HOUR, 5 * 3600, 10)
        fill(writer, t_ns)
        seal_all(writer, EDGE + 9 * HOUR)
    return folder


def test_a_sound_folder_has_no_findings(folder):
    report = check(folder)
    assert report.findings == []
    assert [w.rows for w in report.weeks] == [{"measured": 1080}, {"measured": 720}]
    assert [w.gaps for w in report.weeks] == [[], []]


@pytest.mark.parametrize("how", ["garbage", "beheaded", "cut off"])
def test_a_broken_week_is_set_aside_and_the_rest_served(folder, how):
    path = folder / "2026-W48.sqlite"
    content = path.read_bytes()
    path.write_bytes(
        {
            "garbage": b"\x5a" * len(content),
            "beheaded": b"\0" * 100 + content[100:],
            "cut off": content[: len(content) // 2],
        }[how]
    )
    with Weeks(folder) as weeks:
        assert all_rows(weeks)[0][-1] == EDGE + 2 * HOUR - 10 * S
        assert "2026-W48.sqlite: cannot be read" in weeks.problems()[0] or how == "cut off"
    with open_writer(folder) as writer:
        fill(writer, every_second(EDGE + 3 * HOUR, 5))
        with Weeks(folder) as weeks:
            if how != "cut off":  # that one is found when its pages are needed
                assert weeks.problems() == ["2026-W48.sqlite.broken: broken, and set aside"]
                gap = weeks.gaps(MONDAY, EDGE)[0]
                assert (gap.from_ns, gap.to_ns) == (MONDAY, EDGE - 1)
                assert "2026-W48.sqlite.broken" in gap.why
            t_ns = all_rows(weeks)[0]
            assert t_ns[-1] == EDGE + 3 * HOUR + 4 * S
    assert check(folder).findings


def test_a_week_that_breaks_meanwhile_costs_no_new_sample(tmp_path):
    folder = tmp_path / "weeks"
    path = folder / "2026-W48.sqlite"
    with open_writer(folder) as writer:
        fill(writer, every_second(MONDAY, 3600))
    content = path.read_bytes()
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        path.write_bytes(content[:8192] + b"\x5a" * (len(content) - 8192))  # all but its tables
        later = every_second(MONDAY + HOUR + 5 * S, 60)
        values, _ = fill(writer, later)
        np.testing.assert_array_equal(all_rows(weeks)[1], values)
        assert weeks.problems() == ["2026-W48.sqlite.broken: broken, and set aside"]
        (gap,) = weeks.gaps(MONDAY, EDGE)
        assert (gap.from_ns, gap.to_ns) == (MONDAY, later[0])
        assert "malformed" in gap.why
        assert (folder / "2026-W48.sqlite.broken").stat().st_size == len(content)


def test_a_file_that_was_only_begun_is_nothing_and_is_gone_on_with(tmp_path):
    folder = tmp_path / "weeks"
    folder.mkdir()
    (folder / "2026-W48.sqlite").touch()
    with Weeks(folder) as weeks:
        assert weeks.span_ns() is None
        assert weeks.problems() == check(folder).findings == []
        with open_writer(folder) as writer:
            values, _ = fill(writer, every_second(MONDAY, 60))
            np.testing.assert_array_equal(all_rows(weeks)[1], values)
    assert [path.name for path in folder.glob("*.broken")] == []


def test_a_broken_week_that_goes_on_is_a_gap_up_to_its_next_row(tmp_path):
    folder = tmp_path / "weeks"
    folder.mkdir()
    (folder / "2026-W48.sqlite").write_bytes(b"\x5a" * 50_000)
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        fill(writer, every_second(MONDAY + 5 * HOUR, 60))
        (gap,) = weeks.gaps(MONDAY, EDGE)
        assert (gap.from_ns, gap.to_ns) == (MONDAY, MONDAY + 5 * HOUR)


def test_a_file_that_was_taken_away_is_begun_anew(tmp_path):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer, Weeks(folder) as weeks:
        fill(writer, every_second(MONDAY, 60))
        (folder / "2026-W48.sqlite").unlink()
        later = every_second(MONDAY + 60 * S, 60)
        fill(writer, later)
        np.testing.assert_array_equal(all_rows(weeks)[0], later)


def test_a_chunk_that_rotted_is_missing_and_named_never_wrong(folder):
    path = folder / "2026-W48.sqlite"
    with sqlite3.connect(path) as db:
        number, blob = db.execute("SELECT id, numbers FROM chunks LIMIT 1").fetchone()
        rotten = blob[:-9] + bytes([blob[-9] ^ 0x40]) + blob[-8:]
        db.execute("UPDATE chunks SET numbers = ? WHERE id = ?", (rotten, number))
    db.close()
    with Weeks(folder) as weeks:
        _, values, _ = all_rows(weeks)
        assert np.isnan(values[:360, 0]).all()
        assert np.isnan(values[360:, 0]).sum() < 20
        assert np.isnan(values[:, 1:]).sum() < 60
        (said,) = weeks.problems()
        assert "2026-W48.sqlite: hour 2026-11-29T21:00:00Z, cdu.T_supply:measured" in said
        assert "checksum" in said
    (finding,) = check(folder).findings
    assert "cdu.T_supply:measured" in finding


def test_roll_ups_that_do_not_agree_are_found(folder):
    with sqlite3.connect(folder / "2026-W49.sqlite") as db:
        a, b = db.execute("SELECT id FROM minutes ORDER BY id LIMIT 2").fetchall()
        db.execute(
            "UPDATE minutes SET (crc, data) = (SELECT crc, data FROM minutes WHERE id = ?)"
            " WHERE id = ?",
            (b[0], a[0]),
        )
    db.close()
    (finding,) = check(folder).findings
    assert finding.startswith("2026-W49.sqlite: block 1, cdu.T_supply:measured: roll-ups")


def test_a_newer_file_is_refused_by_the_writer_and_named_by_readers(folder):
    with sqlite3.connect(folder / "2026-W49.sqlite") as db:
        db.execute("PRAGMA user_version = 9")
    db.close()
    with pytest.raises(BadInput, match=r"version 9 of the tables, this hukka knows 3"):
        open_writer(folder)
    with Weeks(folder) as weeks:
        assert all_rows(weeks)[0][-1] < EDGE
        assert "version 9" in weeks.problems()[0]
    assert "version 9" in check(folder).findings[0]


@pytest.mark.parametrize("version", [0, 1])
def test_a_foreign_database_is_left_alone(tmp_path, version):
    folder = tmp_path / "weeks"
    folder.mkdir()
    with sqlite3.connect(folder / "2026-W48.sqlite") as db:
        db.execute(f"PRAGMA user_version = {version}")
        db.execute("CREATE TABLE precious(x)")
    db.close()
    with pytest.raises(BadInput, match="not one of a historian"):
        open_writer(folder)
    assert (folder / "2026-W48.sqlite").exists()


def test_a_second_writer_is_told_who_has_the_folder(folder):
    with open_writer(folder):
        code = (
            "import sys; from pathlib import Path; from hil.historian.weeks import *\n"
            "try: WeekWriter(Path(sys.argv[1]), {})\n"
            "except Exception as error: print(error)"
        )
        said = subprocess.run(
            [sys.executable, "-c", code, folder], capture_output=True, text=True, check=True
        ).stdout
        assert f"process {os.getpid()} writes here; one at a time" in said
    open_writer(folder).close()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(BadInput, match=r"weeks: cannot be written: Not a directory"):
        open_writer(tmp_path / "data" / "weeks")


@contextmanager
def only_read(folder, there):
    """The folder once more, on a disk that nobody can write to."""
    there.mkdir()
    bound = subprocess.run(["mount", "--bind", folder, there], capture_output=True, text=True)
    if bound.returncode:
        pytest.skip(f"no mount here: {bound.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", there], check=True)
        yield there
    finally:
        subprocess.run(["umount", there], check=True)


mounts = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounts a disk")


@mounts
def test_a_disk_that_cannot_be_written_is_read(folder, tmp_path):
    with only_read(folder, tmp_path / "mounted") as there:
        with pytest.raises(BadInput, match="cannot be written: Read-only file system"):
            open_writer(there)
        with Weeks(there) as weeks:
            assert len(all_rows(weeks)[0]) == 1800
            assert weeks.problems() == []
        assert check(there).findings == []


@mounts
@pytest.mark.parametrize("left", [("-wal", "-shm"), ("-wal",), ()])
def test_a_log_on_a_disk_that_cannot_be_written_is_read_or_named(tmp_path, left):
    """A folder copied while it was written: never rows that are wrong, never silence."""
    live, copy = tmp_path / "weeks", tmp_path / "copy"
    with open_writer(live) as writer:
        seal_all(writer, MONDAY)
        fill(writer, every_second(MONDAY, 60))
        shutil.copytree(live, copy)
    for end in {"-wal", "-shm"} - set(left):
        (copy / f"2026-W48.sqlite{end}").unlink()
    with only_read(copy, tmp_path / "mounted") as there, Weeks(there) as weeks:
        if left == ("-wal",):
            assert weeks.span_ns() is None
            assert "its log needs a disk that can be written" in weeks.problems()[0]
        else:
            assert weeks.span_ns() == ((MONDAY, MONDAY + 59 * S) if left else None)
            assert weeks.problems() == []


@mounts
def test_an_empty_log_does_not_matter_where_nothing_can_be_written(tmp_path):
    """What is left of a week that was over while somebody was reading it."""
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        values, _ = fill(writer, every_second(EDGE - HOUR, 60))
        with Pool().snapshot(week_files(folder)[0]):
            seal_all(writer, EDGE + 4 * HOUR)
            shutil.copytree(folder, tmp_path / "copy")
    copy = tmp_path / "copy"
    assert (copy / "2026-W48.sqlite-wal").stat().st_size == 0
    (copy / "2026-W48.sqlite-shm").unlink()
    with only_read(copy, tmp_path / "mounted") as there, Weeks(there) as weeks:
        np.testing.assert_array_equal(all_rows(weeks)[1], values)
        assert weeks.problems() == []


def test_questions_to_an_empty_folder_have_empty_answers(tmp_path):
    with Weeks(tmp_path / "nowhere") as weeks:
        assert weeks.span_ns() is None
        assert dict(weeks.channels) == {}
        assert weeks.gaps(0, 1 << 62) == weeks.problems() == []
        assert len(weeks.at("measured", MONDAY)) == 0
        assert list(weeks.rows("measured", 0, MONDAY)) == []
        with pytest.raises(BadInput, match="unknown key"):
            weeks.series([CHANNELS[0].key], 0, 1, 5)
