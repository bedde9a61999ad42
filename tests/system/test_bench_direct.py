"""Rows without registers are those that `hukka bench` records, to the last bit."""

import json
from pathlib import Path

import numpy as np
import pytest
from bench_processes import hukka

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.cli.bench import data_folder
from hil.historian import open_run
from twin.site import load_site, parse_fault

S = 1_000_000_000


def recorded(folder, kind):
    """Times [ns] and values of all columns of a kind, NaN where there is none."""
    run = open_run(folder)
    found = run.series([c.key for c in run.columns if c.kind == kind])
    return found.t_ns, found.values


def same(a, b):
    return np.array_equal(a, b, equal_nan=True)


@pytest.mark.parametrize(
    ("site", "cycle", "hours", "faults"),
    [
        # growing fault of the plant; a drifting sensor, so that a controller errs too
        (
            "mantsala",
            "10s",
            3,
            ["heat_pump.condenser_fouling=0.4@1h..2h", "district_network.T_return.drift=2@30m"],
        ),
        # flow that reads below its range: "no value" in registers, between good neighbours
        ("mantsala", "1s", 1, ["district_network.m_network.bias=-100@10m"]),
        ("kajaani", "10s", 3, ["heat_pump.unit2.condenser_fouling=0.5@1h"]),
        # actuator, controllers and links: one that serves and one that asks lose answers, one
        # goes silent, one is late
        (
            "mantsala",
            "10s",
            2,
            [
                "heat_pump.lossy=0.3@20m",
                "cooling_loop.u_pump.frozen@90m",
                "cooling_loop.u_valve.hunting=0.1@30m..1h",
                "cooling_loop.u_fan.off_setpoint=3@40m..50m",
                "district_network.u_pump.offset=-0.1@30m..70m",
                "cooling_loop.late=45@80m",
                "network.lossy=0.4@15m",
                "network.silent@100m",
            ],
        ),
        pytest.param(
            "mantsala",
            "10s",
            1,
            ["heat_pump.stale@20m", "network.late=60@10m", "network.stale@40m"],
            marks=pytest.mark.slow,
        ),
    ],
)
def test_rows_are_those_of_the_bench(tmp_path, site, cycle, hours, faults):
    options = [w for fault in faults for w in ("--fault", fault)]
    done = hukka(
        *("bench", site, "--pace", "max", "--cycle", cycle, "--duration", f"{hours}h"),
        *("--warmup", "30m", "--seed", 7, *options, "--json", "--out", tmp_path / "run"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["cycles"] > 300
    loaded = load_site(site)
    data = data_folder()
    period_ns = int(cycle[:-1]) * S
    rows = list(
        plant_rows(
            loaded,
            Variant(),
            Span(hours * 3600 * S, period_ns, 1800 * S),
            7,
            [parse_fault(fault, loaded) for fault in faults],
            None if data is None else Path(data),
        )
    )
    run = np.concatenate([r.t_ns for r in rows]) > 0
    measured = np.concatenate([np.where(r.good, r.measured, np.nan) for r in rows])[run]
    commands = np.concatenate([r.commands for r in rows])[run]
    truth = np.concatenate([r.truth for r in rows])[run]
    t_ns, values = recorded(tmp_path / "run", "measured")
    assert np.array_equal(t_ns, np.concatenate([r.t_ns for r in rows])[run])
    assert same(values, measured)
    assert same(recorded(tmp_path / "run", "command")[1], commands)
    assert same(recorded(tmp_path / "run", "truth")[1], truth)
    quality = np.concatenate([r.command_quality for r in rows])[run]
    if "lossy" in faults[0]:
        lost = (quality != 0).mean(axis=0)
        assert lost[3:6] == pytest.approx(0.3 * 100 / 120, abs=0.05)
        assert (lost[:3] == 0.0).all()
        assert (lost[6:] > 0.15).all(), "remote I/O to which nobody has written for 50 s"
    if "m_network" in faults[0]:
        assert np.isnan(measured).any(), "the case is there to send registers without a value"


@pytest.mark.slow
def test_a_silent_controller_is_a_line_without_answers(tmp_path):
    """What the catalogue calls silent is what the emulated line makes of lost answers.

    A fault begins with the first exchange after its cycle, a line at an instant.
    """
    done = hukka(
        *("bench", "mantsala", "--pace", "max", "--cycle", "10s", "--duration", "1h"),
        *("--warmup", "30m", "--seed", 7, "--line-fault", "hp_line.heat_pump.drop=1@1205s"),
        *("--json", "--out", tmp_path / "run"),
    )
    assert done.returncode == 0, done.stderr
    loaded, data = load_site("mantsala"), data_folder()
    rows = list(
        plant_rows(
            loaded,
            Variant(),
            Span(3600 * S, 10 * S, 1800 * S),
            7,
            [parse_fault("heat_pump.silent@20m", loaded)],
            None if data is None else Path(data),
        )
    )
    run = np.concatenate([r.t_ns for r in rows]) > 0
    commands = np.concatenate([r.commands for r in rows])[run]
    assert same(recorded(tmp_path / "run", "command")[1], commands)
    measured = np.concatenate([np.where(r.good, r.measured, np.nan) for r in rows])[run]
    assert same(recorded(tmp_path / "run", "measured")[1], measured)
    heard = np.concatenate([r.commanded for r in rows])[run]
    assert heard[:, :3].all()
    assert heard[:120].all()
    assert not heard[122:, 3:6].any()
