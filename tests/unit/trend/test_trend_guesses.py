"""What is guessed without a map: the times, the quality, and what else they could be."""

from pathlib import Path

import pytest
from trend_exports import in_units, readings, site, stamps, write_csv

from hil.trend.guess_time import TimeGuess, guess_time
from hil.trend.mapping import load_map
from hil.trend.propose import propose
from hil.trend.report import report_of
from hil.trend.source import open_source
from hil.trend.trend import open_trend
from twin.trend.finding import Weight

SINK = "heat_pump.T_sink_out"


def guess(name: str, cells: list[str], last: str = "") -> TimeGuess | None:
    return guess_time(["x", name], [("1", cell) for cell in cells], ("1", last))


def numbers(first: float, step: float, count: int = 300) -> list[str]:
    return [f"{first + step * i:g}" for i in range(count)]


@pytest.mark.parametrize(
    ("name", "cells", "format_"),
    [
        ("time [s]", numbers(0, 300), "seconds"),
        ("time (s)", numbers(26000, 1), "seconds"),
        ("time_s", numbers(26000, 0.5), "seconds"),
        ("time", numbers(0, 300), "seconds"),  # its middle is 44850
        ("time", numbers(46000, 1 / 288), "excel"),
        ("time [days]", numbers(46000, 1 / 288), "excel"),
        ("time [s]", numbers(1.7e9, 60), "epoch_s"),
        ("timestamp", ["1764547200000", "1764547260000"], "epoch_ms"),
        ("time [ms]", ["1764547200000", "1764547260000"], "epoch_ms"),
        ("time [min]", numbers(0, 5), None),
        ("time [d]", numbers(0, 0.01), None),
        ("time [ms]", numbers(0, 1000), None),
        ("time [s]", numbers(-10, 1), None),
        ("time", ["nan", "1"], None),
    ],
)
def test_numbers_are_times_as_their_name_and_steps_say(
    name: str, cells: list[str], format_: str | None
) -> None:
    found = guess(name, cells)
    assert (found.format if found else None) == format_
    assert found is None or found.others == ()


def test_days_and_seconds_that_cannot_be_told_apart_are_said() -> None:
    assert guess("time", numbers(40000, 1)) == TimeGuess(1, "excel", ("seconds",))


def days(pattern: str, count: int, step_s: float) -> list[str]:
    return stamps(count, step_s, pattern=f"{pattern} %H:%M")  # from 2025-12-01 on


@pytest.mark.parametrize("pattern", ["%d/%m/%Y", "%m/%d/%Y"])
def test_the_last_line_of_a_file_tells_day_from_month(pattern: str) -> None:
    cells = days(pattern, 100, 60.0)
    found = guess("time", cells)
    assert found is not None
    assert {found.format, *found.others} == {"%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"}
    later = days(pattern, 30, 86_400.0)[-1]
    assert guess("time", cells, later) == TimeGuess(1, f"{pattern} %H:%M")
    assert guess("time", cells, "Total") == found
    assert guess("time", days(pattern, 15, 86_400.0)) == TimeGuess(1, f"{pattern} %H:%M")


@pytest.mark.parametrize("pattern", ["%d/%m/%Y", "%m/%d/%Y"])
def test_a_day_that_follows_a_day_is_the_smaller_step(pattern: str) -> None:
    cells = days(pattern, 48, 3600.0)
    assert guess("time", cells) == TimeGuess(1, f"{pattern} %H:%M")


@pytest.mark.parametrize(
    ("pattern", "other"),
    [("%d/%m/%y", "%m/%d/%y"), ("%m-%d-%Y", "%d-%m-%Y"), ("%m-%d-%y", "%d-%m-%y")],
)
def test_days_before_the_thirteenth_may_be_months_however_they_are_written(
    pattern: str, other: str
) -> None:
    found = guess("time", days(pattern, 100, 60.0))
    assert found is not None
    assert {found.format, *found.others} == {f"{pattern} %H:%M", f"{other} %H:%M"}


@pytest.mark.parametrize("pattern", ["%Y-%m-%d", "%d.%m.%Y"])
def test_a_clock_of_twelve_hours_is_read_and_its_pm_is_no_zone(pattern: str) -> None:
    cells = stamps(100, 60.0, pattern=f"{pattern} %I:%M:%S %p")
    assert guess("time", cells) == TimeGuess(1, f"{pattern} %I:%M:%S %p")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("count", [10, 30_000])
def test_the_last_row_of_a_file_is_found(tmp_path: Path, encoding: str, count: int) -> None:
    rows = [f"0{i // 10_000 + 1}/12/2025 00:00;ä{i}" for i in range(count)]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(["time;x", *rows, "31/12/2025 00:00;end", "", ""]), encoding)
    source = open_source(path)
    assert source.head.last == ("31/12/2025 00:00", "end")  # type: ignore[attr-defined]
    time = guess_time(source.names, source.head.sample, source.head.last)  # type: ignore[attr-defined]
    assert time == TimeGuess(0, "%d/%m/%Y %H:%M")


def export(tmp_path: Path, times: list[str], more: dict[str, list[str]] | None = None) -> Path:
    """Two columns and `more`, of words."""
    found = {n: v[: len(times)] for n, v in list(in_units(readings(2.0)).items())[:2]}
    path = write_csv(tmp_path / "export.csv", found, times)
    lines = path.read_text().splitlines()
    for name, words in (more or {}).items():
        lines = [",".join(pair) for pair in zip(lines, [name, *words], strict=True)]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_what_was_guessed_of_the_times_is_in_the_report(tmp_path: Path) -> None:
    path = export(tmp_path, stamps(60, 60.0, pattern="%d/%m/%Y %H:%M"))
    with open_trend(site(), path) as trend:
        said = [f for f in report_of(trend).findings if f.kind == "times"]
    assert [f.weight for f in said] == [Weight.LOOK, Weight.OPEN]
    assert "could be read as" in said[0].text
    assert "'time' are read as %m/%d/%Y %H:%M, in UTC" in said[1].text
    text = propose(site(), open_source(path), path.name).as_text()
    assert all(f"# {f.text}: {f.mend}." in text for f in said)
    (tmp_path / "map.yaml").write_text(text)
    with open_trend(site(), path, tmp_path / "map.yaml") as trend:
        assert not [f for f in report_of(trend).findings if f.kind == "times"]


def test_times_that_say_their_offset_leave_nothing_to_guess(tmp_path: Path) -> None:
    path = export(tmp_path, stamps(60, 60.0, pattern="%Y-%m-%dT%H:%M:%S+02:00"))
    with open_trend(site(), path) as trend:
        assert not [f for f in report_of(trend).findings if f.kind == "times"]


def test_the_state_of_a_pump_is_no_quality(tmp_path: Path) -> None:
    path = export(tmp_path, stamps(60, 60.0), {"pump status": ["on"] * 50 + ["off"] * 10})
    found = propose(site(), open_source(path), path.name)
    assert found.quality is None
    assert "pump status" in found.names
    assert "# 'pump status' is not taken to say whether a row may be believed" in found.as_text()
    with open_trend(site(), path) as trend:
        report = report_of(trend)
    assert [line.bad for line in report.columns] == [0, 0]


def test_a_quality_that_mostly_says_good_is_taken_and_said(tmp_path: Path) -> None:
    words = {"pump status": ["on"] * 60, "Status": ["Good"] * 50 + ["Bad"] * 10}
    path = export(tmp_path, stamps(60, 60.0), words)
    found = propose(site(), open_source(path), path.name)
    assert found.quality == "Status"
    assert "# 'Status' is taken to say whether a row may be believed; it says 'good', 'bad'" in (
        found.as_text()
    )
    with open_trend(site(), path) as trend:
        report = report_of(trend)
    assert [line.bad for line in report.columns] == [10, 10]
    assert any("'Status' is taken to say" in f.text for f in report.findings)


def test_a_proposed_map_can_be_loaded(tmp_path: Path) -> None:
    path = export(tmp_path, stamps(60, 60.0), {"a: 'status'": ["on"] * 60})
    (tmp_path / "map.yaml").write_text(propose(site(), open_source(path), path.name).as_text())
    assert load_map(tmp_path / "map.yaml", site()).quality is None
