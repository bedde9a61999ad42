"""`hukka campaign`: refusals; a real campaign, stopped and killed, comes to the same end."""

import contextlib
import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from free_ports import free_port
from typer.testing import CliRunner

from hil.campaign.score import BESIDE, KEYS
from hil.cli.commands import app

SPEC = """\
  - name: {name}
    seed: {seed}
    parameters: {{heat_pump.UA_condenser: 250.0e+3, cooling_loop.V_tank: 110}}
    structures: {{heat_pump: {{step: 5.0}}, cooling_loop: {{step: 5.0}},
                 district_network: {{step: 5.0}}}}
    sensors:
      cooling_loop.T_supply: {{offset: 0.15, resolution: 0.1, lag: 20 s}}
    disturbances:
      - {{of: cooling_loop.P_it, deviation: 0.02, time: 6h, relative: true, low: 0}}
"""
FAULT = "heat_pump.condenser_fouling=0.6"


def refused(*words):
    result = CliRunner().invoke(app, ["campaign", *map(str, words)])
    assert result.exit_code != 0
    return getattr(result.exception, "exit_code", None), str(result.exception)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["mantsalla"], "did you mean 'mantsala'"),
        (["mantsala", "--runs", "-1"], "--runs = -1: must be 1 to"),
        (["mantsala", "--runs", "0"], "--runs = 0: must be 1 to"),
        (["mantsala", "--runs", "31", "--tuning"], "--runs = 31: must be 1 to 30"),
        (["mantsala", "--days", "-1"], "--days = -1.0: must be 0 to"),
        (["mantsala", "--days", "nan"], "--days = nan: must be 0 to"),
        (["mantsala", "--seed", "-3"], "--seed = -3: must be ≥ 0"),
        (["mantsala", "--jobs", "0"], "--jobs = 0: must be ≥ 1"),
        (["mantsala", "--commissioning", "7d"], "must be over 14 d"),
        (["mantsala", "--commissioning", "long"], "is not a duration"),
        (["mantsala", "--faults", "heat_pump.fouling"], "--faults: unknown fault"),
        (["mantsala", "--plants", "none.yaml"], "none.yaml: No such file"),
        (["mantsala", "--plants", "p.yaml", "--runs", "2"], "no --runs"),
    ],
)
def test_bad_input_is_refused_before_anything_runs(words, said, tmp_path):
    code, text = refused(*words, "--out", tmp_path / "out")
    assert code == 2
    assert said in text
    assert not (tmp_path / "out").exists()


def test_a_structure_that_cannot_be_is_said_with_its_line(tmp_path):
    plants = tmp_path / "p.yaml"
    plants.write_text(
        "plants:\n  - name: north\n    structures: {heat_pump: {performance: cycl}}\n", "utf-8"
    )
    code, text = refused("mantsala", "--plants", plants, "--out", tmp_path / "out")
    assert code == 2
    assert "p.yaml:3 plants[0].structures.heat_pump.performance = 'cycl': must be" in text


def write_plants(path, names):
    specs = [SPEC.format(name=name, seed=i) for i, name in enumerate(names)]
    path.write_text("plants:\n" + "".join(specs), "utf-8")
    return path


def command(plants, out, *more):
    return [
        *(sys.executable, "-m", "hil.cli", "campaign", "mantsala", "--plants", str(plants)),
        *("--out", str(out), "--commissioning", "345h", "--json", *more),
    ]


def card_of(words):
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def commissioned(tmp_path_factory):
    """A folder in which plant a is commissioned, by the shortest commissioning there can be."""
    folder = tmp_path_factory.mktemp("commissioned")
    plants = write_plants(folder / "plants.yaml", ["a"])
    card = card_of(command(plants, folder / "out", "--faults", "none", "--days", "0"))
    assert card["plant_years"] == 0.0
    return folder / "out" / "plants"


def until(there: Callable[[], bool], running: subprocess.Popen[bytes]) -> None:
    """Wait for a file of a process, or for its end."""
    while not there() and running.poll() is None:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(0.05)


def taught(commissioned: Path, out: Path, words: list[str], names: list[str]) -> None:
    """`out` as if all its plants had been commissioned as a was."""
    first = subprocess.Popen(words)
    until(lambda: (out / "campaign.json").exists(), first)
    first.kill()
    first.wait()
    for name in names:
        for end in ("learned", "json"):
            shutil.copy(commissioned / f"a.{end}", out / "plants" / f"{name}.{end}")


def ended_after(runs: int, number: signal.Signals, words: list[str], out: Path) -> tuple[int, str]:
    """Exit code and complaints of a campaign that gets a signal once so many runs are finished."""
    with subprocess.Popen(words, start_new_session=True, stderr=subprocess.PIPE, text=True) as run:
        until(lambda: len(list((out / "runs").glob("*.json"))) >= runs, run)
        run.send_signal(number)
        said = run.communicate()[1]
    return run.returncode, said


@pytest.mark.slow
def test_a_campaign_that_was_stopped_and_killed_comes_to_the_same_end(commissioned, tmp_path):
    names = ["a", "b", "c"]
    plants = write_plants(tmp_path / "plants.yaml", names)
    out = {which: tmp_path / which for which in ("whole", "killed")}
    words = {
        which: command(plants, folder, "--faults", "none", "--days", "0.6", "--jobs", "1")
        for which, folder in out.items()
    }
    for which in out:
        taught(commissioned, out[which], words[which], names)
    whole = card_of(words["whole"])

    killed = out["killed"]
    code, said = ended_after(1, signal.SIGINT, words["killed"], killed)
    assert code == 130, said
    assert "runs finished and reported: 1; the same command goes on" in said
    report = json.loads((killed / "report.json").read_text("utf-8"))
    assert not report["whole"]
    assert report["card"]["plant_years"] == pytest.approx(0.6 / 365, rel=0.01)
    assert "stopped before its end" in (killed / "report.md").read_text("utf-8")

    ended_after(2, signal.SIGKILL, words["killed"], killed)
    kept = {f.name: f.stat().st_mtime_ns for f in (killed / "runs").glob("*.json")}
    assert len(kept) == 2
    assert card_of(words["killed"]) == whole
    now = {f.name: f.stat().st_mtime_ns for f in (killed / "runs").glob("*.json")}
    assert len(now) == 3
    assert kept.items() <= now.items()  # what was finished was not run again
    for name in ("report.json", *(f"runs/{n}" for n in now)):
        assert (out["whole"] / name).read_bytes() == (killed / name).read_bytes(), name
    assert whole["plant_years"] == pytest.approx(3 * 0.6 / 365, rel=0.01)


def test_a_plant_whose_quiet_days_fail_is_said_and_its_faults_are_missing(tmp_path):
    broken, out = tmp_path / "broken", tmp_path / "out"
    broken.mkdir()
    (broken / "a.learned").write_bytes(b"no numbers")
    (broken / "a.json").write_text('{"margins": {"heat_pump.condenser_fouling": 9}, "days": 15}')
    plants = write_plants(tmp_path / "plants.yaml", ["a"])
    words = command(plants, out, "--faults", FAULT, "--days", "30", "--jobs", "1")
    taught(broken, out, words, ["a"])
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "failed, or not run for that: 3; the same command runs them again" in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["plant_years"] == 0.0
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert (report["whole"], report["stopped"]) == (False, False)
    errors = {f["run"]: f["error"] for f in report["failed"]}
    assert "a.learned" in errors.pop("a~quiet~1~-")
    assert list(errors.values()) == ["not run: a~quiet~1~- failed"] * 2
    assert [f.stem for f in (out / "runs").iterdir()] == ["a~quiet~1~-"]


@pytest.mark.slow
def test_a_large_fault_is_found_and_the_card_says_so(commissioned, tmp_path):
    plants = write_plants(tmp_path / "plants.yaml", ["a"])
    out = tmp_path / "out"
    words = command(plants, out, "--faults", FAULT, "--days", "0", "--jobs", "2")
    taught(commissioned, out, words, ["a"])
    card = card_of(words)
    assert tuple(card) == (*KEYS, *BESIDE)
    assert (card["detected_full"], card["plant_years"]) == (1.0, 0.0)
    assert card["false_events_upper95"] is None
    assert card["baselines"]["fixed_2K"]["runs"] == 2
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert [row["fault"] for row in report["faults"]] == ["heat_pump.condenser_fouling"] * 2
    assert report["intervals"]["detected_full"]["interval95"] == pytest.approx([0.025, 1.0])
    assert "heat_pump.condenser_fouling" in report["seen"]["a"]


@pytest.fixture
def dask(tmp_path):
    """Address of a Dask scheduler on the loopback that has one worker, processes of their own."""
    pytest.importorskip("distributed", reason="hukka's extra 'dask' is not installed")
    address = f"tcp://127.0.0.1:{free_port()}"
    with contextlib.ExitStack() as stack:
        for role, words in (
            ("scheduler", ("--host", address, "--no-dashboard")),
            ("worker", (address, "--nthreads", "1", "--no-dashboard")),
        ):
            log = stack.enter_context((tmp_path / f"{role}.log").open("w"))
            process = subprocess.Popen(
                [sys.executable, "-m", "distributed.cli.dask_" + role, *words],
                cwd=tmp_path,
                stderr=log,
            )
            stack.callback(process.wait)
            stack.callback(process.terminate)  # a killed nanny leaves its worker
        yield address


@pytest.mark.slow
def test_a_dask_cluster_computes_what_this_machine_does(commissioned, dask, tmp_path):
    names = ["a", "b"]
    plants = write_plants(tmp_path / "plants.yaml", names)
    words = {
        which: command(plants, tmp_path / which, "--faults", "none", "--days", "0.3", *where)
        for which, where in (("here", ()), ("there", ("--scheduler", dask)))
    }
    for which in words:
        taught(commissioned, tmp_path / which, words[which], names)
    assert card_of(words["there"]) == card_of(words["here"])
    found = sorted(f.name for f in (tmp_path / "here" / "runs").glob("*.json"))
    assert len(found) == len(names)
    for name in ("report.json", *(f"runs/{n}" for n in found)):
        there, here = (tmp_path / which / name for which in ("there", "here"))
        assert there.read_bytes() == here.read_bytes(), name
