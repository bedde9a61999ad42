"""Which column of a table is its time, what its numbers are, and where the flags go."""

import json
from pathlib import Path

import numpy as np
import pytest

from hil.cli.detect import detect
from hil.validation.channels import read_channels
from hil.validation.flags import as_json, judge
from twin.errors import BadInput


def write(folder: Path, text: str) -> Path:
    path = folder / "table.csv"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "column", "names"),
    [
        ("T,P,timestamp\n20.1,5,2026-01-01\n20.2,6,2026-01-02\n", "timestamp", ("T", "P")),
        ("t,T,time_s\n20.1,5,1\n20.2,6,2\n", "time_s", ("t", "T")),
        ("P,T\n5,20.1\n6,20.2\n", None, ("P", "T")),
        ("P,t\n5,20.1\n6,20.0\n", None, ("P", "t")),
        ("P,t\n5,20.1\n6,\n", None, ("P", "t")),
        ("P,t\n5,20.1\n6,20.2\n", "t", ("P",)),
        ("when,t\n2026-01-01,5\n2026-01-02,6\n", "when", ("t",)),
    ],
)
def test_the_time_is_a_column_that_is_one(
    tmp_path: Path, text: str, column: str | None, names: tuple[str, ...]
) -> None:
    table = read_channels(write(tmp_path, text))
    assert table.time_column == column
    assert table.names == names


def test_a_time_that_is_not_called_so_is_named(tmp_path: Path) -> None:
    said = "column 't' is taken for the time"
    path = write(tmp_path, "P,t\n5,1.5\n6,2.5\n")
    assert read_channels(path).notes == (said,)
    assert read_channels(path, time="t").notes == ()
    assert said not in read_channels(path, ignore=["t"]).notes


def noise(folder: Path, name: str = "time") -> Path:
    y = np.random.default_rng(1).standard_normal((120, 2))
    rows = "".join(f"{t},{a:.4f},{b:.4f}\n" for t, (a, b) in enumerate(y))
    return write(folder, f"{name},a,b\n{rows}")


def test_the_object_names_the_time_column(tmp_path: Path) -> None:
    assert as_json(judge(read_channels(noise(tmp_path)), 60))["time_column"] == "time"
    assert as_json(judge(read_channels(noise(tmp_path, "x")), 60))["time_column"] is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('time,P,x\n0,998,0.5\n1,"1,003",0.6\n', "table.csv:3 P = '1,003'"),
        ('time,P\n0,998\n1,"1,003"\n', "table.csv:3 P = '1,003'"),
        ("time;P;x\n0;998;0,5\n1;1.003;0,6\n", "table.csv:3 P = '1.003'"),
        ("time;P\n0;998\n1;1.003\n", "table.csv:3 P = '1.003'"),
        ("time;P\n0;21,5\n1;1.003\n", "table.csv:3 P = '1.003'"),
    ],
)
def test_a_number_that_may_be_thousands_is_refused(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput, match="must have no mark between its thousands") as refused:
        read_channels(write(tmp_path, text))
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        'time,P\n0,"21,5"\n1,"21,125"\n',
        "time;P\n0;21,5\n1;21,125\n",
        "time;P;x\n0;21.5;0,5\n1;21.125;0,5\n",  # a column of its own
    ],
)
def test_three_decimals_are_decimals_beside_others(tmp_path: Path, text: str) -> None:
    table = read_channels(write(tmp_path, text))
    assert table.values[:, 0].tolist() == [21.5, 21.125]
    assert table.notes == ()


def test_three_decimals_everywhere_are_said(tmp_path: Path) -> None:
    table = read_channels(write(tmp_path, "time;P\n0;21,500\n1;21,125\n"))
    assert table.values[:, 0].tolist() == [21.5, 21.125]
    (note,) = table.notes
    assert "',' is taken to begin decimals" in note


def test_a_sensor_that_flickers_once_is_watched_and_said(tmp_path: Path) -> None:
    y = np.random.default_rng(4).standard_normal(500)
    lines = [f"{t};{21.6 if t in (30, 430) else 21.5};{x:.4f}" for t, x in enumerate(y)]
    lines[460:] = [line.replace(";21.5;", ";21.6;") for line in lines[460:]]
    judged = judge(read_channels(write(tmp_path, "\n".join(["time;T;x", *lines]))), 400)
    (event,) = judged.flags.events
    assert 460 <= event.first <= 470
    assert judged.names(event.suspects) == ["T"]
    assert judged.notes == (
        "T is constant in the head at 21.5 but for 1 rows: changes much smaller than 0.1 cannot be"
        " judged",
    )


def run(data: Path, out: Path) -> None:
    detect(data, 60, out=out)


def test_flags_go_beside_the_table_and_never_over_it(tmp_path: Path) -> None:
    data = noise(tmp_path)
    before = data.read_bytes()
    (tmp_path / "link.csv").symlink_to(data)
    for out in (data, tmp_path / "." / data.name, tmp_path / "link.csv"):
        with pytest.raises(BadInput, match="is the table"):
            run(data, out)
    assert data.read_bytes() == before
    flags = tmp_path / "flags.csv"
    run(data, flags)
    assert flags.read_text("utf-8").startswith("time,score,alarm,suspects\n0,")
    written = flags.read_bytes()
    flags.write_text("of an older table\n")
    run(data, flags)
    assert flags.read_bytes() == written
    assert sorted(p.name for p in tmp_path.iterdir()) == ["flags.csv", "link.csv", "table.csv"]


def test_a_table_that_cannot_be_judged_leaves_no_file(tmp_path: Path) -> None:
    data = write(tmp_path, "time,a\n" + "".join(f"{t},5\n" for t in range(100)))
    with pytest.raises(BadInput, match="no channel can be watched"):
        run(data, tmp_path / "flags.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["table.csv"]


def test_the_object_is_the_last_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    detect(noise(tmp_path), 60, out=tmp_path / "flags.csv", as_json=True)
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["time_column"] == "time"
