"""`hukka bench --learned`: what has learned judges a plant unlike its models as it runs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from bench_processes import ROOT, hukka

from hil.historian import open_run
from twin.diagnosis import panel as panels

PLANT = {
    "cooling_loop.UA_cdu": 1.6e6,
    "heat_pump.UA_condenser": 222e3,
    "district_network.UA_substations": 610e3,
}
"""What differs from the models, and has to be learned."""
UNLIKE = [word for name, value in PLANT.items() for word in ("--set", f"{name}={value}")]
FAST = ("--pace", "max", "--cycle", "10s", "--json")
FAULT = "heat_pump.condenser_fouling=0.3@6h"


@pytest.fixture(autouse=True, scope="module")
def _no_data(tmp_path_factory: pytest.TempPathFactory):
    """Commissioning and bench see the same made-up weather and load, with and without data here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HUKKA_DATA", str(tmp_path_factory.mktemp("none") / "missing"))
        yield


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the shortest commissioning there can be has learned."""
    path = tmp_path_factory.mktemp("learned") / "mantsala.learned"
    # one thread, as the commands have it: small matrices are slower on two
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    script = Path(__file__).with_name("short_commissioning.py")
    words = [sys.executable, str(script), "mantsala", "14.5", json.dumps(PLANT), str(path)]
    subprocess.run(words, env=environment, check=True)
    return path


def result(folder: Path, learned: Path, *options: str) -> dict:
    done = hukka("bench", "mantsala", *UNLIKE, *options, "--learned", learned, "--out", folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_fault_is_one_event_with_one_alarm(tmp_path: Path, learned: Path) -> None:
    found = result(tmp_path / "run", learned, *FAST, "--duration", "8h", "--fault", FAULT)
    (event,) = found["events"]
    named = {event["fault"], *event["group"]}
    # in steady operation foreign gas in the condenser looks the same
    assert {"heat_pump.condenser_fouling", "heat_pump.non_condensables"} <= named
    assert (event["part"], event["cleared_s"]) == ("heat_pump", None)
    assert event["state"] == "unacknowledged"
    assert event["since_s"] == pytest.approx(6 * 3600, abs=900)
    assert event["evidence"][0]["signal"] == "heat_pump.T_condensing"

    (alarm,) = found["alarms"]
    assert (alarm["part"], alarm["fault"]) == ("heat_pump", "heat_pump.condenser_fouling")
    assert 0 < alarm["delay_s"] <= 1800
    first = found["journal"][0]
    assert (first["t_s"], first["event"]) == (alarm["raised_s"], event["number"])
    assert (first["action"], first["state"]) == ("raised", "unacknowledged")
    standing = {part["part"]: part["standing"] for part in found["standing"]}
    assert standing.pop("heat_pump") == "fault"
    assert set(standing.values()) == {"healthy"}

    run = open_run(tmp_path / "run")
    assert run.diagnoses == found["events"]
    assert [e.t_ns / 1e9 for e in run.journal] == [line["t_s"] for line in found["journal"]]
    assert panels.restored(run.journal).annunciated == (event["number"],)
    assert run.alarms[0]["named"] == event["fault"]
    assert hukka("report", tmp_path / "run").returncode == 0
    page = (tmp_path / "run" / "report.html").read_text("utf-8")
    assert "Journal of alarms" in page
    assert event["check"] in page


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_without_a_fault_it_is_quiet_and_changes_no_row(tmp_path: Path, learned: Path) -> None:
    found = result(tmp_path / "run", learned, *FAST, "--duration", "8h")
    assert (found["events"], found["alarms"], found["journal"]) == ([], [], [])
    assert {part["standing"] for part in found["standing"]} == {"healthy"}
    done = hukka("bench", "mantsala", *UNLIKE, *FAST, "--duration", "8h", "--out", tmp_path / "two")
    plain = json.loads(done.stdout.splitlines()[-1])
    assert plain["trace_sha256"] == found["trace_sha256"]
    assert not {"events", "journal", "standing", "unseen"} & set(plain)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_in_real_time_no_row_is_lost_and_silence_is_not_health(
    tmp_path: Path, learned: Path
) -> None:
    options = ("--cycle", "1s", "--duration", "70s", "--warmup", "5m", "--json")
    found = result(tmp_path / "run", learned, *options, "--transport", "loopback")
    assert found["cycles"] == 70
    assert {part["standing"] for part in found["standing"]} == {"not observable"}
    assert {part["reason"] for part in found["standing"]} == {"its model has just begun"}
    assert (open_run(tmp_path / "run").header.result or {})["dropped_rows"] == 0


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_the_warm_up_brought_stands_from_time_zero(tmp_path: Path, learned: Path) -> None:
    worse = ("--set", "heat_pump.UA_condenser=160e3", "--warmup", "8h", "--duration", "30m")
    found = result(tmp_path / "run", learned, *FAST, *worse)
    assert {event["raised_s"] for event in found["events"]} == {0.0}
    assert "heat_pump" in {event["part"] for event in found["events"]}
    assert {line["t_s"] for line in found["journal"] if line["action"] == "raised"} == {0.0}
    assert [a["raised_s"] for a in found["alarms"]] == [0.0] * len(found["events"])


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_what_was_learned_of_another_site_is_refused(tmp_path: Path, learned: Path) -> None:
    done = hukka("bench", "kajaani", *FAST, "--learned", learned, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert "run the commissioning again" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_file_that_is_missing_or_none_is_refused_before_anything_is_written(
    tmp_path: Path,
) -> None:
    path = tmp_path / "mantsala.learned"
    options = ("--duration", "10m", "--learned", path, "--out", tmp_path / "run")
    done = hukka("bench", "mantsala", *FAST, *options)
    assert done.returncode == 2
    assert "`hukka twin fit` makes it" in done.stderr
    path.write_bytes(b"PK\x03\x04 no archive")
    done = hukka("bench", "mantsala", *FAST, *options)
    assert done.returncode == 2
    assert f"{path}: no file of what a twin has learned" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "run").exists()
