"""Structures as FMUs: 25 CDUs through the measured day, each on its own column; soundness."""

import csv
import os
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from cooling_loops import ALL
from fmpy import read_model_description

from fmus.cooling_loop.model import Structure, build
from fmus.export import build as export
from fmus.export.check import check_fmu
from fmus.export.session import Session
from twin.site.it_load import TRACE_FILE

CDUS = 25
C = 273.15
WINTER = {"u_pump": 0.95, "u_valve": 0.75, "u_fan": 0.1, "m_source": 250.0, "T_outdoor": C + 5}


@pytest.fixture(scope="module")
def trace() -> np.ndarray:
    """Power of each CDU [W], shape (rows, 25), every 15 s."""
    data = Path(os.environ.get("HUKKA_DATA", "../shared/data"))
    if not (data / TRACE_FILE).is_file():
        pytest.skip(f"{TRACE_FILE} is not in HUKKA_DATA")
    with (data / TRACE_FILE).open() as file:
        rows = list(csv.DictReader(file))
    return np.array([[float(v) for k, v in row.items() if k.startswith("P_")] for row in rows])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_measured_day_through_25_cdus(trace: np.ndarray, tmp_path: Path) -> None:
    assert trace.shape[1] == CDUS
    (path,) = export(build(Structure(cdus=CDUS, capacity=25e6)), tmp_path, fmi=("2.0",))
    with ZipFile(path) as archive:
        archive.extractall(tmp_path / "unpacked")
    description = read_model_description(str(path), validate=True)
    where = {v.name: v.valueReference for v in description.modelVariables}
    running = Session(tmp_path / "unpacked", description, "CoSimulation")
    running.set([where[name] for name in WINTER], list(WINTER.values()))
    loads = [where[f"P_it[{i + 1}]"] for i in range(CDUS)]
    held = [where[f"T_unit_supply[{i + 1}]"] for i in range(CDUS)]
    flows = [where[f"m_unit[{i + 1}]"] for i in range(CDUS)]
    total = [where["m_facility"]]
    seen = np.empty((len(trace) - 1, CDUS))
    for k, power in enumerate(trace[:-1]):
        running.set(loads, power.tolist())
        running.step(15.0 * k, 15.0)
        seen[k] = running.get(held)
        assert sum(running.get(flows)) == pytest.approx(running.get(total)[0], rel=1e-12)
    names = ("E_it", "E_source", "E_rejected", "E_stored")
    it, source, rejected, stored = running.get([where[name] for name in names])
    running.close()
    assert it == pytest.approx(15.0 * trace[:-1].sum(), rel=1e-9)
    assert abs(it - source - rejected - stored) < 1e-9 * it
    after_start = seen[240:]  # an hour
    assert np.abs(after_start - (C + 34.0)).max() < 2.5  # each valve holds its own coolant
    assert np.abs(after_start.mean(axis=0) - (C + 34.0)).max() < 0.05


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("name", ALL)
def test_every_structure_is_a_sound_fmu(name: str, tmp_path: Path) -> None:
    for path in export(build(ALL[name]), tmp_path):
        assert [str(finding) for finding in check_fmu(path)] == []
