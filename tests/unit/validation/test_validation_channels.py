"""Tables of channels as files, and the flags that are made of them."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from hil.validation.channels import read_channels
from hil.validation.flags import as_csv, as_json, judge
from twin.errors import BadInput


def write(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_plain_table(tmp_path: Path) -> None:
    text = "time,flow,T_in\n2026-01-01 00:00:00,1.5,20\n2026-01-01 00:00:01,,21e0\n"
    table = read_channels(write(tmp_path, text))
    assert table.time == ("2026-01-01 00:00:00", "2026-01-01 00:00:01")
    assert table.names == ("flow", "T_in")
    assert table.values[:, 1].tolist() == [20.0, 21.0]
    assert np.isnan(table.values[1, 0])
    assert table.notes == ()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_semicolons_decimal_commas_comments_and_old_encodings(
    tmp_path: Path, encoding: str
) -> None:
    text = "# Anlage Süd\nZeit;Rücklauf °C;Fluß\n0;20,5;-\n\n60;21,25;3,5\n"
    table = read_channels(write(tmp_path, text, encoding))
    assert table.names == ("Rücklauf °C", "Fluß")
    assert table.values[:, 0].tolist() == [20.5, 21.25]
    assert np.isnan(table.values[0, 1])


def test_tabs_and_quoted_names(tmp_path: Path) -> None:
    table = read_channels(write(tmp_path, 't\t"flow, kg/s"\n0\t1\n1\t2\n'))
    assert table.names == ("flow, kg/s",)


def test_a_first_column_of_dates_is_the_time_whatever_it_is_called(tmp_path: Path) -> None:
    table = read_channels(write(tmp_path, ",flow\n2026-01-01T00:00:00+02:00,1\n2026-01-02,2\n"))
    assert table.names == ("flow",)
    assert table.time[1] == "2026-01-02"


def test_without_a_time_rows_are_counted(tmp_path: Path) -> None:
    table = read_channels(write(tmp_path, "a,b\n1,2\n3,4\n"))
    assert table.time == ("1", "2")
    assert table.notes == ("no time column: rows are counted, beginning with 1",)
    named = read_channels(write(tmp_path, "a,b\n1,2\n3,4\n"), time="b")
    assert named.time == ("2", "4")
    assert named.names == ("a",)


def test_labels_and_ignored_columns_are_never_read(tmp_path: Path) -> None:
    text = "time;flow;state;anomaly;changepoint\n0;1;auto;yes;???\n1;2;hand;no;1\n"
    table = read_channels(write(tmp_path, text), ignore=["state"])
    assert table.names == ("flow",)
    assert [n for n in table.notes if "label" in n] == [
        "column 'anomaly' is a label and not looked at",
        "column 'changepoint' is a label and not looked at",
    ]
    both = read_channels(write(tmp_path, text), ignore=["state", "anomaly", "changepoint"])
    assert both.notes == ()


def test_odd_times_and_gaps_are_said(tmp_path: Path) -> None:
    rows = [f"{t},{'' if 20 <= t < 33 or 40 <= t < 51 else t}" for t in range(60)]
    rows[5], rows[9] = "4,1", "3,1"
    notes = read_channels(write(tmp_path, "time,flow\n" + "\n".join(rows) + "\n")).notes
    assert notes[0] == "2 rows are not later than the one before, first line 7; all are kept"
    assert notes[1] == "flow: nothing was read in rows 21 to 33 and 1 shorter gaps"
    (odd,) = read_channels(write(tmp_path, "time,flow\nnoon,1\nlater,2\n")).notes
    assert odd == "column 'time', line 2: not a time that is understood, rows count as they come"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("time,flow\n", "a header and rows are needed, and there are 1 lines"),
        ("1,2\n3,4\n", "table.csv:1 = '1': the first line must name the columns"),
        ("a,a\n1,2\n", "table.csv:1: two columns 'a'"),
        ("time,a\n0,1\n1,2,3\n", "table.csv:3: 3 cells, the header has 2"),
        ("time,a\n0,1\n1,on\n", "table.csv:3 a = 'on': must be a number; a column of text"),
        ("time,a\n0,1\n1,inf\n", "table.csv:3 a = 'inf': must be finite"),
        ("time,a\n0,1.234,5\n", "table.csv:2: 3 cells, the header has 2"),
        ("time;a\n0;1.234,5\n", "table.csv:2 a = '1.234,5': must be a number"),
        ("time,anomaly\n0,1\n", "no column of readings is left"),
        ("PAR1...", "a Parquet file; only CSV is read"),
        ("time\0a", "not a text file"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_channels(write(tmp_path, text))
    assert said in str(refused.value)


def test_unknown_columns_have_a_near_word(tmp_path: Path) -> None:
    path = write(tmp_path, "time,flow\n0,1\n")
    with pytest.raises(BadInput, match="unknown column 'flwo', did you mean 'flow'"):
        read_channels(path, ignore=["flwo"])
    with pytest.raises(BadInput, match="cannot be read"):
        read_channels(tmp_path / "none.csv")


def loop(tmp_path: Path, rows: int = 300) -> Path:
    """Three channels with a shift of `b`, one that is constant and one that is hardly read."""
    y = np.random.default_rng(1).standard_normal((rows, 3))
    y[200:230, 1] += 6.0
    lines = ["time;a;b;c;valve;lab"]
    for t, (a, b, c) in enumerate(y):
        lines.append(f"{t};{a:.4f};{b:.4f};{c:.4f};100;{7 if t % 9 == 0 else ''}")
    return write(tmp_path, "\n".join(lines) + "\n")


def test_a_row_in_a_row_out(tmp_path: Path) -> None:
    judged = judge(read_channels(loop(tmp_path)), 100)
    rows = list(csv.DictReader(io.StringIO(as_csv(judged))))
    assert [r["time"] for r in rows] == [str(t) for t in range(300)]
    assert {r["alarm"] for r in rows} == {"0", "1"}
    assert all(r["alarm"] == "0" for r in rows[:200])
    assert all(float(r["score"]) >= 0.0 for r in rows)
    first = next(r for r in rows if r["alarm"] == "1")
    assert 200 <= int(first["time"]) <= 204
    assert first["suspects"].split("; ")[0] == "b"
    assert all(r["suspects"] for r in rows if r["alarm"] == "1")


def test_the_object_says_what_was_done(tmp_path: Path) -> None:
    judged = judge(read_channels(loop(tmp_path)), 100)
    found = json.loads(json.dumps(as_json(judged), allow_nan=False))
    assert (found["rows"], found["train_rows"]) == (300, 100)
    assert found["channels"] == ["a", "b", "c"]
    assert found["not_watched"] == ["valve", "lab"]
    assert (found["settings"], found["mode"]) == ("3", "causal")
    alarm = found["alarms"][0]
    assert alarm["first_time"] == str(alarm["first_row"] - 1)
    assert alarm["suspects"][0] == "b"
    assert alarm["ended"] == "returned"
    alarmed = sum(a["last_row"] - a["first_row"] + 1 for a in found["alarms"])
    assert found["alarm_share"] == pytest.approx(alarmed / 200)
    assert judged.notes == (
        "valve is not watched: constant in the head at 100, so no change of it can be judged",
        "lab is not watched: only 12 of 100 rows of the head have a reading",
    )


def test_a_head_with_a_fault_in_it_is_said(tmp_path: Path) -> None:
    y = np.random.default_rng(1).standard_normal((300, 2))
    y[200:206, 1] += 8.0
    text = "a,b\n" + "".join(f"{a:.4f},{b:.4f}\n" for a, b in y)
    judged = judge(read_channels(write(tmp_path, text)), 290)
    assert any(n.startswith("the head is not steady: row 20") and "(b" in n for n in judged.notes)


@pytest.mark.parametrize(
    ("train_rows", "said"),
    [
        (59, "--train-rows = 59: at least 60 fault-free rows"),
        (-5, "--train-rows = -5: at least 60 fault-free rows"),
        (300, "--train-rows = 300: must leave rows to judge, the table has 300"),
        (5000, "--train-rows = 5000: must leave rows to judge, the table has 300"),
    ],
)
def test_a_head_must_be_a_head(tmp_path: Path, train_rows: int, said: str) -> None:
    with pytest.raises(BadInput) as refused:
        judge(read_channels(loop(tmp_path)), train_rows)
    assert said in str(refused.value)


def test_the_shortest_head_works(tmp_path: Path) -> None:
    assert len(judge(read_channels(loop(tmp_path)), 60).flags.alarm) == 300


def test_nothing_to_watch_is_refused(tmp_path: Path) -> None:
    text = "time,a\n" + "".join(f"{t},5\n" for t in range(100))
    with pytest.raises(BadInput, match="no channel can be watched: a is not watched: constant"):
        judge(read_channels(write(tmp_path, text)), 80)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("#time,a\n2026-01-01 00:00,1\n2026-01-01 00:01,2\n", ":2 = '2026-01-01 00:00': the first"),
        ("01.01.2026 00:00;1.5\n01.01.2026 00:01;2\n", ":1 = '01.01.2026 00:00': the first line"),
        ('t,a\n0,1\n1,"2\n' + "2,3\n" * 50_000, ":3: .*a quote that nobody closes"),
        ("t,a\n0,1\n1,1_000\n", ":3 a = '1_000': must be a number"),
        ('t,a\n0,1\n1,"2\n2,' + "x" * 1000, ":3 a = '2.{39}': must be a number"),
    ],
    ids=["header taken for a remark", "no header", "open quote", "python", "long"],
)
def test_what_would_be_read_as_something_else_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(BadInput, match=said):
        read_channels(write(tmp_path, text))


def test_lines_are_counted_through_a_cell_of_two(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r":5 a = 'x'"):
        read_channels(write(tmp_path, 't,a,note\n0,1,"b\nc"\n1,2,\n2,x,\n'), ["note"])


def test_utf_16_is_said(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="UTF-16"):
        read_channels(write(tmp_path, "t,a\n0,1\n", "utf-16"))
