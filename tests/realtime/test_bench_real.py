"""Ten seconds of the ring in real time: every cycle there, links healthy, commands at work."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

from hil.historian import open_run

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from bench_processes import hukka

pytestmark = [pytest.mark.realtime, pytest.mark.slow]

CYCLES = 100


@pytest.fixture(scope="module", params=["tcp", "rtu"])
def real(request, tmp_path_factory):
    """Result and record of a run at 100 ms."""
    if request.param == "rtu" and sys.platform == "win32":
        pytest.skip("no pseudo-terminals there")
    folder = tmp_path_factory.mktemp("real") / request.param
    done = hukka(
        "bench", "mantsala", "--pace", "real", "--transport", request.param, "--cycle", "100ms",
        "--duration", "10s", "--warmup", "10m", "--json", "--out", folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), open_run(folder), done.stderr


def test_every_cycle_ran_and_its_lateness_is_known(real):
    result, run, said = real
    assert (result["cycles"], result["duration_s"]) == (CYCLES, 10.0)
    late = run.lateness()
    assert late.shape == (CYCLES,)
    assert late.min() >= 0
    assert late.max() > 0  # no sleep is exact
    assert result["lateness_us"]["max"] == pytest.approx(late.max(), abs=1.0)
    assert isinstance(result["overruns"], int)
    assert run.header.result["dropped_rows"] == 0
    assert run.rows == 11  # the first cycle, and one a second
    assert "hukka: loop: " in said  # what the system allowed


def test_links_carry_a_cycle_each_without_an_error(real):
    result, _, _ = real
    assert set(result["links"]) == {"cooling_loop", "heat_pump", "network"}
    for name, link in result["links"].items():
        assert link["errors"] == 0, name
        assert link["transactions"] > CYCLES, name  # a write and a read a cycle, and more
    for name in ("cooling_loop", "heat_pump"):
        assert 0.0 < result["links"][name]["p50_us"] <= result["links"][name]["p99_us"]


def test_the_commands_of_every_controller_act(real):
    """Until a link works its commands stand still where the warm-up left them."""
    _, run, _ = real
    commands = [c for c in run.columns if c.kind == "command"]
    values = run.series([c.key for c in commands]).values
    assert np.isfinite(values).all()
    for part in ("cooling_loop", "heat_pump", "district_network"):
        mine = [i for i, c in enumerate(commands) if c.part == part]
        assert np.ptp(values[:, mine], axis=0).max() > 0.0, part


def test_measured_and_predicted_temperatures_go_on_from_the_warm_up(real):
    result, run, _ = real
    names = [c.name for c in run.columns if c.kind == "predicted" and ".T_" in c.name]
    measured = run.series([f"{n}:measured" for n in names]).values
    predicted = run.series([f"{n}:predicted" for n in names]).values
    assert abs(measured - predicted).max() < 3.0
    assert result["alarms"] == []
