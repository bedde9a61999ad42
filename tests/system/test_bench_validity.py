"""A plant that is driven out of its model's validity and back, and one that never leaves it."""

import json
import math
import sqlite3

import pytest
from bench_processes import Bench, hukka

from fmus.equations import Model
from fmus.export import build

SITE = """\
site: room
title: A room that gets too warm for its model
plant:
  parts:
    room: {fmu: Room.fmu}
boundary:
  room.T_ambient: {source: weather, column: T_ambient}
weather: weather.csv
signals:
  room.T: {unit: degC, noise: 0.01}
  room.T_ambient: {unit: degC}
twin:
  room:
    boundary: {T_ambient: room.T_ambient}
    watch: {T: {band: 0.5 K}}
"""


def _room() -> Model:
    model = Model("Room", "A room that follows the weather")
    ambient = model.input("T_ambient", 293.15, "K", "outside")
    leak = model.parameter("leak", 0.0, "K", "a plant that differs", min=0.0, max=9.0)
    T = model.state("T", 293.15, "K", "room", nominal=300.0)
    model.der(T, (ambient + leak - T) / 60.0)
    model.output("T", T, "K", "room")
    model.valid_range("room temperature", T, 283.15, 303.15, "K")
    return model


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("room")
    build(_room(), folder, fmi=("2.0",))
    (folder / "site.yaml").write_text(SITE)
    return folder


def _weather(folder, hot_degC: float) -> None:
    """20 °C, but `hot_degC` from 0:50 to 1:10."""
    rows = [(0, 20), (2999, 20), (3000, hot_degC), (4199, hot_degC), (4200, 20), (90_000, 20)]
    lines = "".join(f"{t},{T}\n" for t, T in rows)
    (folder / "weather.csv").write_text(f"time_s,T_ambient_degC\n{lines}")


def _run(folder, out, *more):
    options = ("--pace", "max", "--duration", "2h", "--warmup", "30m", *more)
    with Bench((folder, *options, "--json"), out) as bench:
        assert bench.end() == 0, bench.error
        return bench


def _crossing_s() -> tuple[float, float]:
    """When the room passes 30 °C on its way to 50 °C and back: exponentials of 60 s."""
    return 3000 + 60 * math.log(30 / 20), 4200 + 60 * math.log(30 / 10)


def test_leaving_and_returning_is_recorded_told_and_drawn(folder, tmp_path):
    _weather(folder, 50.0)
    bench = _run(folder, tmp_path / "run", "--set", "room.leak=5")
    run = json.loads((bench.out / "run.json").read_text())
    (span,) = run["result"]["out_of_range"]
    left, back = _crossing_s()
    assert span["part"] == "room"
    assert span["most"] == 1
    # with its leak the room is 5 K warmer than the weather
    assert left - 20 < span["from_s"] < left
    assert back < span["to_s"] < back + 60
    (sentence,) = span["ranges"]
    assert "room temperature = 303." in sentence
    assert "K has left its valid range 283.15 ... 303.15 K" in sentence
    assert "hukka: room, at " in bench.error
    assert "has returned to its valid range" in bench.error
    with sqlite3.connect(bench.out / "run.sqlite") as db:
        events = db.execute("SELECT t_ns / 1e9, kind, part FROM events").fetchall()
        assert events == [(span["from_s"], "plant", "room"), (span["to_s"], "plant", "room")]
        outside = db.execute(
            'SELECT count(*), min(t_s), max(t_s) FROM named WHERE "room.out_of_range:truth" = 1'
        ).fetchone()
        assert outside == (span["to_s"] - span["from_s"], span["from_s"], span["to_s"] - 1)
    assert hukka("report", bench.out).returncode == 0
    page = (bench.out / "report.html").read_text()
    assert "Outside the validity of the models" in page
    assert "room temperature = 303." in page


def test_the_twin_does_not_judge_while_its_own_model_is_outside(folder, tmp_path):
    """The room is 5 K warmer than predicted: found at once, but not while the twin only guesses."""
    (folder / "weather.csv").write_text("time_s,T_ambient_degC\n0,35\n90000,35\n")
    bench = _run(folder, tmp_path / "run", "--set", "room.leak=5")
    result = json.loads((bench.out / "run.json").read_text())["result"]
    assert result["alarms"] == []
    assert result["standing"] == [
        {
            "part": "room",
            "standing": "not observable",
            "reason": "outside the validity of its model",
        }
    ]
    (span,) = result["out_of_range"]
    assert (span["from_s"], span["to_s"]) == (1.0, None)
    assert "room temperature" in span["ranges"][0]  # it left in the warm-up


def test_a_plant_that_never_leaves_is_quiet_and_is_judged(folder, tmp_path):
    _weather(folder, 22.0)
    bench = _run(folder, tmp_path / "run", "--set", "room.leak=5")
    result = json.loads((bench.out / "run.json").read_text())["result"]
    assert result["out_of_range"] == []
    assert "range" not in bench.error
    assert [a["part"] for a in result["alarms"]] == ["room"]
    assert "Outside the validity" not in _report(bench.out)
    with sqlite3.connect(bench.out / "run.sqlite") as db:
        assert db.execute("SELECT * FROM events").fetchall() == []
        assert db.execute('SELECT DISTINCT "room.out_of_range:truth" FROM named').fetchall() == [
            (0.0,)
        ]


def _report(out) -> str:
    assert hukka("report", out).returncode == 0
    return (out / "report.html").read_text()


def test_a_parameter_outside_its_range_is_refused_with_range_and_unit(folder, tmp_path):
    _weather(folder, 22.0)
    done = hukka("bench", folder, "--pace", "max", "--set", "room.leak=12", "--out", tmp_path / "x")
    assert done.returncode == 2
    assert "parameter room.leak = 12.0: must be 0 to 9 K" in done.stderr
    site = folder / "wrong.yaml"
    site.write_text(SITE.replace("Room.fmu}", "Room.fmu, parameters: {leak: -1.0}}"))
    done = hukka("check", site)
    assert done.returncode == 2
    assert "plant.parts.room.parameters.leak = -1.0: must be 0 to 9 K" in done.stderr
