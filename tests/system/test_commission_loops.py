"""`hukka commission loops` as a process: its tables, its JSON, and loops that are broken."""

import shutil
from importlib.resources import files

import pytest
from commission_desk import commission, record_of
from docs_shell import ROOT

SHORT = ("--warmup", "20m", "--json")
MANTSALA = ROOT / "sites" / "mantsala"
SHIPPED = files("hil.commissioning") / "procedures"


def loops(*words):
    """Exit code, the JSON object, the lines of the tables."""
    code, summary, said = commission("loops", *words)
    lines = said.splitlines()
    if lines[0].startswith("hukka: FMUs: "):  # how they are shut in, on a line of its own
        del lines[0]
    return code, summary, lines


def cells(line):
    return [cell.strip() for cell in line.split("  ") if cell.strip()]


@pytest.fixture(scope="module")
def pump(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loops") / "run"
    return *loops("mantsala", "network.pump_loop", *SHORT, "--out", folder), folder


def test_a_loop_has_a_row_in_both_tables(pump):
    code, _, said, _ = pump
    assert code == 0
    assert said[0].split() == ["pass", "network.pump_loop@network/loop"]
    assert cells(said[1]) == ["controller", "reading", "command", "moved", "verdict", "rise",
                              "overshoot", "settling", "index", "stiction"]  # fmt: skip
    assert cells(said[2])[:5] == ["network", "dp_consumer", "u_pump", "reading", "pass"]
    assert cells(said[4]) == ["controller", "gain", "now", "proposed", "integral time", "now",
                              "proposed", "K", "T", "L", "R2"]  # fmt: skip
    row = cells(said[5])
    assert row[:3] == ["network", "pump_gain", "0.003 1/kPa"]
    assert row[4:6] == ["pump_integral", "20 s"]
    assert [cell.split()[-1] for cell in row[6:10]] == ["s", "kPa", "s", "s"]
    assert max(map(len, said[1:6])) <= 160


def test_the_object_counts_and_names_the_report(pump):
    _, summary, said, folder = pump
    assert {k: v for k, v in summary.items() if k != "wall_s"} == {
        "loops": 1, "passed": 1, "failed": 0, "inconclusive": 0, "blocked": 0, "skipped": 0,
        "report": str(folder / "report.html"), "pdf": None,
    }  # fmt: skip
    assert summary["wall_s"] > 0.0
    assert said[-1] == f"mantsala: 1 loops: 1 pass; {folder / 'report.html'}"
    assert (folder / "report.html").stat().st_size > 10_000


def test_nothing_stays_written(pump):
    *_, folder = pump
    (end,) = (line["end"] for line in record_of(folder) if "end" in line)
    assert end["writes"] == 0  # its controller serves no registers: the reading is shifted


def test_a_loop_nobody_knows_is_refused_with_the_nearest():
    code, summary, said = loops("mantsala", "network.pomp_loop")
    assert (code, summary) == (2, None)
    assert said[-1].startswith(
        "hukka: mantsala: unknown loop 'network.pomp_loop', did you mean 'network.pump_loop'?"
    )


def test_what_tests_no_loop_is_refused(tmp_path):
    own = tmp_path / "own.yaml"
    own.write_text(
        "procedure: own.x\ntitle: X\nof: network\nblocks: [{block: a, steps: [{wait: 1 s}]}]\n"
    )
    code, _, said = loops("mantsala", own)
    assert code == 2
    assert said[-1] == "hukka: none of these has a step_test with a command: no test of a loop"


def test_a_gain_twenty_times_too_high_hunts_and_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("HUKKA_DATA", "")
    text = (MANTSALA / "site.yaml").read_text(encoding="utf-8")
    held = "    holds: {u_pump: dp_consumer}\n"
    assert held in text
    site = tmp_path / "site.yaml"
    site.write_text(text.replace(held, f"{held}    settings: {{pump_gain: 0.06}}\n"))
    for weather in MANTSALA.glob("weather_*.csv"):
        shutil.copy(weather, tmp_path)
    code, summary, said = loops(site, "network.pump_loop", *SHORT, "--out", tmp_path / "run")
    assert (code, summary["failed"]) == (3, 1)
    assert cells(said[2])[4] == "fail"
    assert float(cells(said[2])[8]) > 1.0  # the oscillation index
    (why,) = (line for line in said if line.startswith("network.pump_loop@network/loop: dp_"))
    assert "hunts: oscillation index" in why
    assert said[-1] == "hukka: not passed: network.pump_loop@network/loop"


def test_a_frozen_valve_fails_and_is_said(tmp_path, monkeypatch):
    monkeypatch.setenv("HUKKA_DATA", "")
    text = (SHIPPED / "cooling_loop" / "valve_loop.yaml").read_text(encoding="utf-8")
    own = tmp_path / "stuck.yaml"
    step = "      - step_test:\n"
    assert text.count(step) == 1
    own.write_text(
        text.replace("cooling_loop.valve_loop", "own.stuck_loop").replace(
            step, f"      - fault: cooling_loop.valve_stuck=1\n{step}"
        )
    )
    code, summary, said = loops("mantsala", own, "--json", "--out", tmp_path / "run")
    assert (code, summary["failed"]) == (3, 1)
    assert cells(said[2])[2:5] == ["u_valve", "reading", "fail"]
    why = [line for line in said if line.startswith("own.stuck_loop@cooling_loop/loop: ")]
    assert why[0].startswith(
        "own.stuck_loop@cooling_loop/loop: T_supply answers to its set point moved by 2 K"
    )
    assert "no tuning proposal" in why[-1]
    assert cells(said[5])[3] == "-"
