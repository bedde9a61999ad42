import json
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hil.historian import Column, RunHeader, RunRecorder, abandon, default_folder, open_run
from twin.errors import BadInput, LinkLost, PlantLost

MOMENT = datetime(2025, 1, 31, 12, 0, 0, tzinfo=UTC)
COLUMNS = (
    Column("heat_pump.T_sink_out", "measured", "degC", "heat_pump"),
    Column("heat_pump.T_sink_out", "predicted", "degC", "heat_pump", band=0.8),
    Column("heat_pump.u_run", "command", "-", "heat_pump"),
)
HEADER = RunHeader(
    site="mantsala", seed=7, options={"cycle_s": 0.1, "out": Path("x")}, hashes={"a.fmu": "00"}
)


def recorder(folder: Path, **more: object) -> RunRecorder:
    return RunRecorder.create(folder, HEADER, COLUMNS, utc=lambda: MOMENT, **more)


def rows_of(seconds: float, cycle_s: float = 1.0, t0_s: float = 0.0) -> np.ndarray:
    t = np.round(np.arange(t0_s, t0_s + seconds, cycle_s) * 1000) * 1e6
    return np.column_stack([t, 80 + t / 1e10, 79 + t / 1e10, np.ones_like(t)])


def test_what_was_recorded_comes_back(tmp_path: Path) -> None:
    rows = rows_of(60)
    rows[3, 1] = np.nan
    with recorder(tmp_path / "run") as record:
        record.append(rows[:20])
        record.append(rows[20:])
        record.append_lateness(0, np.array([100, 200], dtype=np.int32))
        record.append_lateness(2, np.array([-3], dtype=np.int32))
        record.event(5_000_000_000, "fault", "condenser_fouling=0.3", part="heat_pump")
        record.finish("done", {"cycles": 60, "kpi": {"cop": float("nan")}})
        digest = record.trace_sha256
    run = open_run(tmp_path / "run")
    series = run.series(["heat_pump.u_run:command", "heat_pump.T_sink_out:measured"])
    np.testing.assert_array_equal(series.t_ns, rows[:, 0])
    np.testing.assert_array_equal(series.values, rows[:, [3, 1]])
    assert np.isnan(series.values[3, 1])
    assert run.lateness().tolist() == [100, 200, -3]
    assert [(e.t_ns, e.part) for e in run.events] == [(5_000_000_000, "heat_pump")]
    assert (run.header.status, run.header.trace_sha256) == ("done", digest)
    assert run.header.result == {"cycles": 60, "kpi": {"cop": None}}
    assert run.columns == COLUMNS
    assert run.span_ns == (0, 59_000_000_000)


def test_missing_is_null_on_disk(tmp_path: Path) -> None:
    rows = rows_of(2)
    rows[1, 2] = np.nan
    with recorder(tmp_path) as record:
        record.append(rows)
        record.finish("done")
    found = sqlite3.connect(tmp_path / "run.sqlite")
    assert found.execute("SELECT c1 FROM samples").fetchall() == [(79.0,), (None,)]
    assert [field[0] for field in found.execute("SELECT * FROM named").description] == [
        "t_s",
        *(column.key for column in COLUMNS),
    ]
    found.close()


def test_part_of_a_run_and_its_envelope(tmp_path: Path) -> None:
    with recorder(tmp_path) as record:
        record.append(rows_of(9000))
        record.finish("done")
    run = open_run(tmp_path)
    piece = run.series(["heat_pump.T_sink_out:measured"], 10**9, 4 * 10**9)
    assert piece.t_ns.tolist() == [10**9, 2 * 10**9, 3 * 10**9]
    few = run.series(["heat_pump.T_sink_out:measured"], max_points=100)
    assert few.values.shape == (100, 1)
    assert few.values[-1, 0] == pytest.approx(80 + 899.9)


def test_a_fast_cycle_is_recorded_once_a_second(tmp_path: Path) -> None:
    with recorder(tmp_path) as record:
        for block in np.array_split(rows_of(10, cycle_s=0.1), 7):
            record.append(block)
        record.finish("done")
    assert (open_run(tmp_path).series([]).t_ns // 10**9).tolist() == list(range(10))


def test_the_hash_is_of_the_recorded_rows(tmp_path: Path) -> None:
    with recorder(tmp_path / "fast") as fast, recorder(tmp_path / "slow") as slow:
        fast.append(rows_of(10, cycle_s=0.1))
        slow.append(rows_of(10))
        assert fast.trace_sha256 == slow.trace_sha256


def test_an_alarm_recorded_again_is_brought_up_to_date(tmp_path: Path) -> None:
    with recorder(tmp_path) as record:
        record.alarm({"part": "heat_pump", "fault": "condenser_fouling", "raised_s": 600.0})
        record.alarm({"part": "cooling_loop", "raised_s": 60.0, "text": "above its band"})
        record.alarm(
            {
                "part": "heat_pump",
                "fault": "condenser_fouling",
                "raised_s": 600.0,
                "cleared_s": 900.0,
            }
        )
        record.finish("done")
    first, second = open_run(tmp_path).alarms
    assert (first["part"], first["text"], first["cleared_s"]) == (
        "cooling_loop",
        "above its band",
        None,
    )
    assert (second["raised_s"], second["cleared_s"]) == (600.0, 900.0)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (PlantLost("CoolingLoop stopped"), "plant lost"),
        (LinkLost("hp_line silent"), "link lost"),
        (KeyboardInterrupt(), "interrupted"),
    ],
)
def test_an_error_on_its_way_out_is_the_status(
    tmp_path: Path, error: BaseException, status: str
) -> None:
    def broken_run() -> None:
        with recorder(tmp_path) as record:
            record.append(rows_of(5))
            raise error

    with pytest.raises(type(error)):
        broken_run()
    run = open_run(tmp_path)
    assert (run.header.status, run.rows) == (status, 5)


def test_the_end_of_a_record_whose_recorder_died(tmp_path: Path) -> None:
    recorder(tmp_path / "killed").commit()
    abandon(tmp_path / "killed", "plant lost")
    header = open_run(tmp_path / "killed").header
    assert header.status == "plant lost"
    abandon(tmp_path / "killed", "done")
    assert open_run(tmp_path / "killed").header == header
    abandon(tmp_path / "nothing", "done")
    assert not (tmp_path / "nothing").exists()


def test_rows_are_committed_after_five_seconds(tmp_path: Path) -> None:
    now = [0]
    with recorder(tmp_path, now_ns=lambda: now[0]) as record:
        record.append(rows_of(3))
        assert open_run(tmp_path).rows == 0
        now[0] = 5_000_000_000
        record.append(rows_of(3, t0_s=3))
        assert open_run(tmp_path).rows == 6


def test_a_reader_does_not_stop_the_recorder(tmp_path: Path) -> None:
    with recorder(tmp_path) as record:
        record.append(rows_of(5))
        record.commit()
        reader = sqlite3.connect(tmp_path / "run.sqlite")
        cursor = reader.execute("SELECT * FROM samples")
        cursor.fetchone()
        record.append(rows_of(5, t0_s=5))
        record.finish("done")
        cursor.close()
        reader.close()
    run = open_run(tmp_path)
    assert (run.rows, run.header.status) == (10, "done")


@pytest.mark.parametrize("rows", [rows_of(3)[:, :3], rows_of(3)[::-1], rows_of(3)[[0, 0]]])
def test_rows_that_do_not_fit_are_refused(tmp_path: Path, rows: np.ndarray) -> None:
    with recorder(tmp_path) as record, pytest.raises(ValueError, match=r"rows of shape|not rise"):
        record.append(rows)


def test_a_folder_that_holds_a_run_is_not_written_over(tmp_path: Path) -> None:
    recorder(tmp_path / "run").finish("done")
    before = (tmp_path / "run" / "run.json").read_bytes()
    with pytest.raises(BadInput, match="already holds a run"):
        recorder(tmp_path / "run")
    assert (tmp_path / "run" / "run.json").read_bytes() == before


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "run", Path("/proc/run")):
        with pytest.raises(BadInput, match=str(folder)):
            recorder(folder)


def test_two_columns_of_one_name_and_kind(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"heat_pump\.u_run.*twice"):
        RunRecorder.create(tmp_path, HEADER, [COLUMNS[2], COLUMNS[2]])


def test_default_folder_is_new(tmp_path: Path) -> None:
    first = default_folder("mantsala", MOMENT, tmp_path)
    assert first == tmp_path / "mantsala-20250131T120000Z"
    first.mkdir()
    assert default_folder("mantsala", MOMENT, tmp_path).name == "mantsala-20250131T120000Z-2"


def broken(folder: Path, change: str) -> None:
    path = folder / "run.json"
    content = json.loads(path.read_text())
    match change:
        case "no json":
            path.unlink()
        case "half":
            path.write_text(path.read_text()[:100])
        case "list":
            path.write_text("[]")
        case "binary":
            path.write_bytes(b"\xff\xfe\x00")
        case "status":
            path.write_text(json.dumps({**content, "status": "fine"}))
        case "column":
            content["columns"][1]["kind"] = "guessed"
            path.write_text(json.dumps(content))
        case "columns":
            path.write_text(json.dumps({**content, "columns": content["columns"][:2]}))
        case "newer":
            path.write_text(json.dumps({**content, "schema_version": 2}))
        case "no sqlite":
            (folder / "run.sqlite").unlink()
        case "text":
            (folder / "run.sqlite").write_text("this is no database, only a long text " * 200)
        case "empty":
            (folder / "run.sqlite").write_bytes(b"")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ("no json", r"not a run folder, it holds no run\.json"),
        ("half", r"run\.json: broken JSON: .*line"),
        ("list", r"run\.json: the file: "),
        ("binary", r"run\.json: cannot be read"),
        ("status", r"run\.json: status: .*'done'"),
        ("column", r"run\.json: columns\.1\.kind"),
        ("columns", r"run\.sqlite: table samples has 3 columns, run\.json names 2"),
        ("newer", r"schema_version = 2"),
        ("no sqlite", r"not a run folder, it holds no run\.sqlite"),
        ("text", r"run\.sqlite: cannot be read: file is not a database"),
        ("empty", r"run\.sqlite: table samples has 0 columns"),
    ],
)
def test_a_broken_folder_is_refused(tmp_path: Path, change: str, message: str) -> None:
    with recorder(tmp_path) as record:
        record.append(rows_of(3))
        record.finish("done")
    broken(tmp_path, change)
    with pytest.raises(BadInput, match=message):
        open_run(tmp_path)


def test_an_unknown_column_is_refused_with_the_nearest(tmp_path: Path) -> None:
    recorder(tmp_path).finish("done")
    with pytest.raises(BadInput, match=r"did you mean 'heat_pump\.u_run:command'"):
        open_run(tmp_path).series(["heat_pump.u_rum:command"])


def test_an_empty_run_is_empty(tmp_path: Path) -> None:
    recorder(tmp_path).finish("interrupted")
    run = open_run(tmp_path)
    assert (run.span_ns, run.alarms, run.events, run.lateness().size) == (None, [], [], 0)
