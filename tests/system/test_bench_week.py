"""The long proofs of the virtual bench: a day's balance and trace, a week without a false alarm."""

import json
import subprocess
import sys

import pytest

from twin.site import load_site

pytestmark = pytest.mark.slow


def bench(folder, duration, *faults, cycle="1s"):
    words = ["bench", "mantsala", "--pace", "max", "--duration", duration, "--cycle", cycle]
    for fault in faults:
        words += ["--fault", fault]
    words += ["--json"]
    done = subprocess.run(
        [sys.executable, "-m", "hil.cli", *words, "--out", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.timeout(2400)
def test_seven_days_without_a_fault_raise_no_alarm(tmp_path):
    week = bench(tmp_path / "run", "7d", cycle="5s")
    assert week["cycles"] == 7 * 86400 // 5
    assert week["alarms"] == []
    assert week["energy"]["balance_error"] < 1e-3
    assert week["energy"]["delivered_kWh"] > 0.0
    assert all(link["errors"] == 0 for link in week["links"].values())


def temperatures():
    for part, twin in load_site("mantsala").twin.items():
        yield from (f"{part}.{name}" for name in twin.watch if name.startswith("T_"))


@pytest.mark.parametrize("signal", list(temperatures()))
def test_a_bias_of_two_kelvin_alarms_on_the_part_of_the_sensor_alone(tmp_path, signal):
    result = bench(tmp_path / "run", "140m", f"{signal}.bias=2@20m")
    (alarm,) = result["alarms"]
    assert alarm["part"] == signal.partition(".")[0]
    assert 0 < alarm["delay_s"] < 3600


def test_a_wrong_sensor_does_not_hide_a_fault_behind_it(tmp_path):
    faults = ["cooling_loop.T_source.bias=2@20m", "heat_pump.condenser_fouling=0.3@80m"]
    result = bench(tmp_path / "run", "200m", *faults)
    assert [a["part"] for a in result["alarms"]] == ["cooling_loop", "heat_pump"]
    assert 0 < result["alarms"][1]["delay_s"] < 3600
