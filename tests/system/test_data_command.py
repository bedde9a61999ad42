"""`hukka data` as a user types it; DuckDB, pandas and pyarrow read what it writes."""

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import duckdb
import numpy as np
import pandas
import pyarrow.parquet as parquet
import pytest

from hil.historian.weeks import Channel, Weeks, WeekWriter

ROOT = Path(__file__).resolve().parents[2]
S = 1_000_000_000
BEGAN = 1_795_996_800 * S - 3600 * S  # Sunday 2026-11-29 23:00 UTC
MEASURED = (Channel("cdu.T:measured", "K", 0.01), Channel("pump.on:command", "-", 1.0))
TWIN = (Channel("cdu.T:predicted", "K", 0.001),)


def hukka(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hil.cli", "data", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "160"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False, env=env
    )


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    """A folder with `data`: two hours over the end of a week, with a lost link."""
    folder = tmp_path_factory.mktemp("desk")
    fast = BEGAN + S * np.arange(7200)
    rng = np.random.default_rng(0)
    values = np.column_stack([
        np.rint(rng.normal(20, 1, 7200) * 100) * 0.01 + 273.15,
        rng.integers(0, 2, 7200).astype(float),
    ])  # fmt: skip
    quality = np.zeros(values.shape, np.uint8)
    values[100:160, 0], quality[100:160, 0] = np.nan, 7
    streams = {"measured": MEASURED, "twin": TWIN}
    with WeekWriter(folder / "data" / "weeks", streams, ballast_bytes=0) as writer:
        writer.append("measured", fast, values, quality)
        writer.append("twin", fast[::10], values[::10, :1], np.zeros((720, 1), np.uint8))
        writer.gap(int(fast[-1]), int(fast[-1]) + 9 * S, "not running")
        writer.commit()
        while writer.seal(int(fast[-1])):
            pass
    return folder, fast, values, quality


def test_parquet_is_read_by_others(desk, tmp_path):
    folder, fast, values, quality = desk
    out = tmp_path / "all.parquet"
    done = hukka(folder, "export", "data", "--out", str(out), "--qualities")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{out}: 7200 rows\n"
    table = parquet.read_table(out)
    assert str(table.schema.field("time").type) == "timestamp[ns, tz=UTC]"
    assert table.schema.field("cdu.T:measured").metadata[b"unit"] == b"K"
    np.testing.assert_array_equal(table["time"].cast("int64").to_numpy(), fast)
    np.testing.assert_array_equal(table["cdu.T:measured"].to_numpy(), values[:, 0])
    np.testing.assert_array_equal(table["cdu.T:measured.quality"].to_numpy(), quality[:, 0])
    frame = pandas.read_parquet(out).set_index("time")
    assert str(frame.index.dtype) == "datetime64[ns, UTC]"
    np.testing.assert_array_equal(frame.index.asi8, fast)
    np.testing.assert_array_equal(frame["cdu.T:measured"].to_numpy(), values[:, 0])
    with duckdb.connect() as db:
        ((count, first, missing, predicted),) = db.sql(
            "SELECT count(*), epoch_ns(min(time)), count(*) - count(\"cdu.T:measured\"),"
            f" count(\"cdu.T:predicted\") FROM '{out}'"
        ).fetchall()  # fmt: skip
    assert (count, first, missing, predicted) == (7200, fast[0], 60, 714)


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_what_was_exported_comes_back(desk, tmp_path, kind):
    folder, *_ = desk
    out = tmp_path / f"all.{kind}"
    assert hukka(folder, "export", "data", "--out", str(out), "--qualities").returncode == 0
    done = hukka(tmp_path, "import", "again", str(out))
    assert (done.returncode, done.stderr) == (0, "")
    with Weeks(folder / "data" / "weeks") as weeks, Weeks(tmp_path / "again" / "weeks") as again:
        units = {k: (c.unit, c.resolution if kind == "parquet" else None)
                 for k, c in weeks.channels.items()}  # fmt: skip
        assert {k: (c.unit, c.resolution) for k, c in again.channels.items()} == units
        for stream in ("measured", "twin"):
            a, b = (w.after(stream, 0, 1 << 30, weeks.keys(stream)) for w in (weeks, again))
            np.testing.assert_array_equal(a.t_ns, b.t_ns)
            np.testing.assert_array_equal(a.values, b.values)
            np.testing.assert_array_equal(a.quality, b.quality)
    done = hukka(tmp_path, "import", "again", str(out))
    assert done.returncode == 2
    assert "only later ones can be added" in done.stderr


def test_a_span_of_some_keys_as_text(desk, tmp_path):
    folder, _, values, _ = desk
    words = ["--from", "2026-11-29T23:30:00.5Z", "--to", "2026-11-30T01:30:03+02:00"]
    done = hukka(folder, "export", "data", "--out", str(tmp_path / "a.csv"), *words,
                 "--keys", "cdu.T:measured,cdu.T:predicted")  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = (tmp_path / "a.csv").read_text().splitlines()
    assert lines[0] == "time,cdu.T:measured [K],cdu.T:predicted [K]"
    assert [line.split(",")[0] for line in lines[1:]] == [
        "2026-11-29T23:30:01Z",
        "2026-11-29T23:30:02Z",
    ]
    assert float(lines[1].split(",")[1]) == values[1801, 0]
    assert lines[1].endswith(",")


def test_a_sound_folder_is_good_and_a_broken_one_exit_code_3(desk, tmp_path):
    folder, *_ = desk
    done = hukka(folder, "check", "data")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2026-W49.sqlite" in done.stdout
    assert "gap 2026-11-30T00:59:59Z, 9 s: not running" in done.stdout
    done = hukka(folder, "check", "data", "--json")
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["good"]
    assert [week["rows"]["measured"] for week in report["weeks"]] == [3600, 3600]
    broken = tmp_path / "data" / "weeks"
    broken.mkdir(parents=True)
    for file in (folder / "data" / "weeks").glob("*.sqlite"):
        (broken / file.name).write_bytes(file.read_bytes())
    with closing(sqlite3.connect(broken / "2026-W48.sqlite")) as db:
        db.execute("UPDATE chunks SET crc = crc + 1 WHERE id = (SELECT min(id) FROM chunks)")
        db.commit()
    done = hukka(tmp_path, "check", "data")
    assert done.returncode == 3
    assert "broken: hour 2026-11-29T23:00:00Z, cdu.T:measured" in done.stdout
    assert "data: 1 finding\n" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["export", "nothing"], "not a data folder of a monitor"),
        (["export", "data", "--out", "a.xlsx"], "must end in .parquet or .csv"),
        (["export", "data", "--keys", "cdu.TT:measured"], "did you mean 'cdu.T:measured'"),
        (["export", "data", "--from", "noon"], "--from = 'noon': must be a time such as"),
        (
            ["export", "data", "--out", "no/such/a.csv"],
            "no/such/a.csv: cannot be written: No such file",
        ),
        (
            ["export", "data", "--out", "no/b.parquet"],
            "no/b.parquet: cannot be written: No such file",
        ),
        (["export", "data", "--from", "2026-11-30", "--to", "2026-11-29"], "must be after --from"),
        (["import", "new", "data"], "Is a directory"),
        (["import", "new", "notes.csv"], "the first column must be 'time'"),
        (["import", "new", "half.csv"], "half.csv:3: 1 cells, the header has 2"),
        (["import", "new", "words.csv"], "could not convert string to float: 'warm'"),
        (["import", "new", "times.csv"], "times.csv: time = 'soon': must be a time"),
        (["import", "new", "back.csv"], "times do not rise after 2026-11-30T00:00:01Z"),
        (["check", "nothing"], "it holds no weeks/"),
    ],
)
def test_bad_input_is_one_sentence(desk, words, said):
    folder, *_ = desk
    head = "time,cdu.T:measured [K]\n"
    for name, text in {
        "notes": "a,b\n1,2\n",
        "half": f"{head}2026-11-30T00:00:01Z,1\n2026-11-30T00:00:02Z\n",
        "words": f"{head}2026-11-30T00:00:01Z,warm\n",
        "times": f"{head}soon,1\n",
        "back": f"{head}2026-11-30T00:00:01Z,1\n2026-11-30T00:00:00Z,1\n",
    }.items():
        (folder / f"{name}.csv").write_text(text)
    done = hukka(folder, *words)
    assert done.returncode == 2, done.stdout
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert list(folder.glob("export*")) == []
    assert not (folder / "new").exists()


def test_import_beside_a_writer_is_refused(desk):
    folder, *_ = desk
    streams = {"measured": MEASURED}
    (folder / "more.csv").write_text("time,cdu.T:measured [K]\n2026-12-30T00:00:01Z,1\n")
    with WeekWriter(folder / "data" / "weeks", streams, ballast_bytes=0):
        done = hukka(folder, "import", "data", "more.csv")
    assert done.returncode == 2
    assert f"process {os.getpid()} writes here; one at a time" in done.stderr
