"""Files of older versions are read as they are, and brought forward by who writes."""

import shutil
import sqlite3
from contextlib import closing

import numpy as np
import pytest
import weeks_old
from weeks_plant import CHANNELS, EDGE, HOUR, S, all_rows, fill, open_writer, oracle, readings

from hil.historian.weeks import Gap, Weeks, schema
from hil.historian.weeks.check import check

T_NS = weeks_old.T_NS


def version(path):
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as db:
        return db.execute("PRAGMA user_version").fetchone()[0]


@pytest.fixture(params=weeks_old.FOLDERS)
def folder(request, tmp_path):
    """A file of an older version."""
    folder = tmp_path / "weeks"
    shutil.copytree(weeks_old.FOLDERS[request.param], folder)
    assert version(folder / "2026-W48.sqlite") == request.param
    return folder


def holds(folder, t_ns=T_NS):
    values, quality = readings(T_NS)
    with Weeks(folder) as weeks:
        found = all_rows(weeks)
        np.testing.assert_array_equal(found[0][: len(T_NS)], T_NS)
        np.testing.assert_array_equal(found[1][: len(T_NS)], values)
        np.testing.assert_array_equal(found[2][: len(T_NS)], quality)
        first = int(T_NS[0])
        assert weeks.gaps(0, 1 << 62) == [Gap(first - S, first, "not running")]
        drawn = weeks.series([CHANNELS[0].key], first, first + 3 * HOUR, 4)
        low, mean, high = oracle(T_NS, values[:, 0], drawn.t_ns, HOUR)
        np.testing.assert_allclose(drawn.low[:, 0], low)
        np.testing.assert_allclose(drawn.high[:, 0], high)
        np.testing.assert_allclose(drawn.mean[:, 0], mean, atol=0.01 / 64)
        assert weeks.problems() == []
    assert check(folder).findings == []


def test_there_is_a_file_of_every_older_version():
    assert set(weeks_old.FOLDERS) == set(range(1, schema.VERSION))


def test_an_older_file_is_read_as_it_is(folder):
    before = (folder / "2026-W48.sqlite").read_bytes()
    holds(folder)
    assert (folder / "2026-W48.sqlite").read_bytes() == before


def test_housekeeping_brings_an_older_file_forward(folder):
    with open_writer(folder) as writer:
        assert writer.last_ns("measured") == T_NS[-1]
        while writer.seal(EDGE + 5 * HOUR):
            pass
    assert version(folder / "2026-W48.sqlite") == schema.VERSION
    with closing(sqlite3.connect(folder / "2026-W48.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM hours").fetchone() == (3 * len(CHANNELS),)
    holds(folder)


def test_an_older_file_is_written_on(folder):
    with open_writer(folder) as writer:
        fill(writer, T_NS[-1] + 10 * S * np.arange(1, 50))
        with Weeks(folder) as weeks:
            assert len(all_rows(weeks)[0]) == len(T_NS) + 49
    assert version(folder / "2026-W48.sqlite") == schema.VERSION
    holds(folder)


def test_damaged_roll_ups_do_not_keep_the_rest_back(folder):
    path = folder / "2026-W48.sqlite"
    with closing(sqlite3.connect(path)) as db:
        db.execute("DELETE FROM minutes WHERE rowid = (SELECT max(rowid) FROM minutes)")
        db.execute("UPDATE minutes SET data = x'00' WHERE id = (SELECT min(id) FROM minutes)")
        db.commit()
    with open_writer(folder) as writer:
        while writer.seal(EDGE + 5 * HOUR):
            pass
    assert version(path) == schema.VERSION


@pytest.mark.parametrize("made", weeks_old.FOLDERS)
def test_the_file_is_what_its_program_writes(tmp_path, made):
    weeks_old.make(tmp_path, made)
    assert version(tmp_path / "2026-W48.sqlite") == made
    holds(tmp_path)
