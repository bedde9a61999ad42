"""The record of a monitor is learned from and judged as it lies there: no export, no map."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import SensorError, Variant
from hil.bench.layout import layout_of
from hil.historian.weeks import WeekWriter
from hil.monitor.channels import channels
from twin.site import load_site, parse_fault

ROOT = Path(__file__).resolve().parents[2]
S = 1_000_000_000
DAY = 86_400 * S
MONDAY = 1_795_996_800 * S
SOIL = "district_network.T_soil"
PLANT = Variant(
    parameters={"heat_pump.UA_condenser": 222e3},
    sensors={"heat_pump.T_condensing": SensorError(offset=0.3)},
)


def record(folder: Path, began_ns: int, days: int, seed: int, *faults: str) -> None:
    """What `hukka monitor --assume district_network.T_soil=6degC` would have written."""
    site = load_site("mantsala")
    layout = layout_of(site)
    soil = layout.signal(SOIL)
    with WeekWriter(folder / "weeks", channels(site, layout), ballast_bytes=0) as writer:
        events = [parse_fault(f, site) for f in faults]
        for rows in plant_rows(site, PLANT, Span(days * DAY), seed, events):
            quality = np.hstack([rows.quality, rows.command_quality]).astype(np.uint8)
            values = np.where(quality == 0, np.hstack([rows.measured, rows.commands]), np.nan)
            values[:, soil], quality[:, soil] = 279.15, 0
            t_ns, lived = began_ns + rows.t_ns, rows.t_ns > 0
            writer.append("measured", t_ns[lived], values[lived], quality[lived])
        writer.commit()
        while writer.seal(began_ns + days * DAY):
            pass


def hukka(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "160"}
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", *words],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=1200,
        check=False,
    )


@pytest.mark.slow
@pytest.mark.timeout(2400)
def test_a_month_of_a_monitor_is_learned_and_a_day_of_it_judged(tmp_path: Path) -> None:
    record(tmp_path / "healthy", MONDAY, 15, 1)
    record(tmp_path / "quiet", MONDAY + 17 * DAY, 2, 3)
    record(tmp_path / "fouled", MONDAY + 21 * DAY, 1, 2, "heat_pump.condenser_fouling=0.3@12h")

    done = hukka(tmp_path, "trend", "check", "mantsala", "healthy", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["to_mend"] == 0

    done = hukka(tmp_path, "twin", "fit", "mantsala", "healthy", "--json")
    assert done.returncode == 0, done.stderr
    fitted = json.loads(done.stdout.splitlines()[-1])
    assert fitted["days"] > 14.0
    assert fitted["present"] == []
    off = fitted["signals"]["heat_pump.T_condensing"]
    assert off["left"] < 0.3 * off["design"]

    done = hukka(tmp_path, "replay", "mantsala", "quiet", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["events"] == []

    done = hukka(tmp_path, "replay", "mantsala", "fouled", "--json")
    assert done.returncode == 0, done.stderr
    (event,) = json.loads(done.stdout.splitlines()[-1])["events"]
    assert event["fault"] == "heat_pump.condenser_fouling"
    assert event["low"] <= 0.3 <= event["high"]
    began_s = (MONDAY + 21 * DAY) / S + 12 * 3600
    assert event["since_s"] == pytest.approx(began_s, abs=1800)
