"""What a twin says of events, and the journal of their alarms, through a run folder and back."""

import sqlite3
from pathlib import Path

import numpy as np

from hil.historian import Column, RunHeader, RunRecorder, open_run
from hil.report.diagnosis import diagnosis_tables
from twin.diagnosis import panel as panels
from twin.diagnosis.isa import Action
from twin.diagnosis.panel import Panel
from twin.diagnosis.verdict import Event, Share, Standing, Verdict

S = 1_000_000_000
COLUMNS = (Column("heat_pump.T_condensing", "measured", "K", "heat_pump"),)
LATCHING = frozenset({"heat_pump"})


def event(number: int, fault: str | None, cleared_ns: int | None = None) -> Event:
    shown = (Share("heat_pump.T_condensing", 1.0, 1.25),)
    known = Standing.FAULT if fault else Standing.UNKNOWN
    v = Verdict(
        known, "heat_pump", fault, False, "K", 0.5, 0.4, 0.6, 0.9, -S, ("x",), shown, "1 h", "look"
    )
    return Event(number, v, 60 * S, v, ("cooling_loop.T_supply",), cleared_ns)


def told(number: int, size: float) -> dict[str, object]:
    return {
        "number": number,
        "part": "heat_pump",
        "fault": "heat_pump.fouling",
        "size": size,
        "low": 0.4,
        "high": 0.6,
        "unit": "K",
        "drift": True,
        "since_s": -1.0,
        "raised_s": 60.0,
        "cleared_s": None,
        "group": ["heat_pump.x"],
        "evidence": [{"signal": "heat_pump.T_condensing", "share": 1.0, "innovation": 1.25}],
        "consequences": [],
        "check": "look <there>",
    }


def record(folder: Path) -> Panel:
    """A run in which much happens to two alarms; the panel as it is at the end."""
    header = RunHeader(site="mantsala", seed=1, options={"learned": "mantsala.learned"})
    with RunRecorder.create(folder, header, COLUMNS) as run:
        run.append(np.array([[0.0, 300.0]]))
        panel = Panel(latching=LATCHING)
        for second, news, off in (
            (60, [event(1, "heat_pump.fouling"), event(2, None)], ()),
            (120, [event(2, "heat_pump.wear")], ("heat_pump",)),
            (180, [event(1, "heat_pump.fouling", 180 * S)], ()),
        ):
            panel, entries = panels.follow(panel, news, off, second * S)
            for entry in entries:
                run.entry(entry)
        for number, action, until in (
            (1, Action.ACKNOWLEDGE, None),
            (2, Action.SHELVE, 900 * S),
        ):
            panel, entry = panels.order(panel, number, action, 200 * S, until)
            run.entry(entry)
        run.diagnosed(told(2, 0.5))
        run.diagnosed(told(2, 0.55))
        run.diagnosed(told(1, 0.1))
        run.finish("done", {"standing": [{"part": "p", "standing": "undecided", "reason": None}]})
    return panel


def test_the_panel_comes_back_from_the_run_folder(tmp_path: Path) -> None:
    panel = record(tmp_path)
    run = open_run(tmp_path)
    assert panels.restored(run.journal, LATCHING) == panel
    assert [e.action for e in run.journal][:2] == [Action.RAISE, Action.RAISE]
    assert [(t["number"], t["size"]) for t in run.diagnoses] == [(1, 0.1), (2, 0.55)]


def test_the_report_says_it(tmp_path: Path) -> None:
    record(tmp_path)
    events, standing, journal = diagnosis_tables(open_run(tmp_path))
    assert events.rows[1][:6] == (
        "2",
        "heat pump",
        "heat_pump.fouling",
        "0.55 K (0.4 to 0.6), growing",
        "before the run",
        "00:01:00",
    )
    assert standing.rows[0][1] == "undecided"
    assert journal.rows[1][3:] == ("unknown fault", "raised", "unacknowledged")
    assert journal.rows[-1][4:] == ("shelved", "shelved")


def test_an_alarm_of_an_event_is_one_row_whatever_shows_it(tmp_path: Path) -> None:
    with RunRecorder.create(tmp_path, RunHeader(site="mantsala", seed=1), COLUMNS) as run:
        alarm = {"part": "heat_pump", "raised_s": 60.0, "event": 1}
        run.alarm({**alarm, "signal": "heat_pump.T_condensing", "named": "heat_pump.fouling"})
        run.alarm({"part": "heat_pump", "raised_s": 60.0, "signal": "heat_pump.T_sink_out"})
        run.alarm({**alarm, "signal": "heat_pump.P_electric", "named": "heat_pump.wear"})
    first, second = open_run(tmp_path).alarms
    assert (first["signal"], first["named"]) == ("heat_pump.P_electric", "heat_pump.wear")
    assert "event" not in second  # of the first detector, and untouched


def test_a_run_of_an_older_version_is_read_too(tmp_path: Path) -> None:
    with RunRecorder.create(tmp_path, RunHeader(site="mantsala", seed=1), COLUMNS) as run:
        run.alarm({"part": "heat_pump", "raised_s": 60.0})
    with sqlite3.connect(tmp_path / "run.sqlite") as db:
        db.execute("DROP TABLE diagnoses")
        db.execute("DROP TABLE journal")
        db.execute("ALTER TABLE alarms DROP COLUMN event")
        db.execute("ALTER TABLE alarms DROP COLUMN named")
    run = open_run(tmp_path)
    assert (run.diagnoses, run.journal) == ([], [])
    assert [a["part"] for a in run.alarms] == ["heat_pump"]
    assert diagnosis_tables(run) == []
