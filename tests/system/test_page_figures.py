"""Key figures from a plant's sensors against the energy meters of its models."""

import json
import subprocess
import sys

import pytest

from hil.page.kpis import key_figures
from hil.page.run_source import open_run_source


class SensorsOnly:
    """The same run without the meters of the models."""

    def __init__(self, source):
        self._source = source

    def __getattr__(self, name):
        return getattr(self._source, name)

    def keys(self):
        return {k: u for k, u in self._source.keys().items() if not k.endswith(":truth")}


def test_sensors_and_meters_agree(tmp_path):
    words = "bench mantsala --pace max --duration 30m --warmup 30m --json --out"
    command = [sys.executable, "-m", "hil.cli", *words.split(), str(tmp_path / "run")]
    said = json.loads(subprocess.run(command, capture_output=True, check=True, timeout=300).stdout)
    source = open_run_source(tmp_path / "run")
    span = source.span_ns()
    by_meters = {r["name"]: r["value"] for r in key_figures(source, span[0], span[1] + 1)}
    for name in ("pue", "erf", "cop", "scop", "heat_recovered_MWh"):
        assert by_meters[name] == pytest.approx(said["kpi"][name], rel=5e-3)
    rows = key_figures(SensorsOnly(source), span[0], span[1] + 1)
    by_sensors = {row["name"]: row["value"] for row in rows}
    assert by_sensors["cop"] == pytest.approx(said["kpi"]["cop"], rel=1e-2)
    recovered = said["kpi"]["heat_recovered_MWh"]
    assert by_sensors["heat_recovered_MWh"] == pytest.approx(recovered, rel=1e-2)
    assert by_sensors["pue"] is None
