"""`hukka trend` as a user types it, and on what the bench itself records of the reference sites."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from twin.site import list_sites

ROOT = Path(__file__).resolve().parents[2]
EXPORT = """Time;heat_pump.T_sink_out [°C];heat_pump.m_source [kg/s];spare
01.12.2025 02:00;71,3;70,1;1
01.12.2025 02:01;71,4;70,2;1
01.12.2025 02:02;71,5;soon;1
"""


def hukka(folder: Path, *words: str, timeout: int = 280) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hil.cli", *words]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "160"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=timeout, check=False, env=env
    )


def test_a_map_is_proposed_edited_and_used(tmp_path: Path) -> None:
    (tmp_path / "export.csv").write_text(EXPORT, encoding="latin-1")
    done = hukka(tmp_path, "trend", "map", "mantsala", "export.csv", "--out", "m.yaml")
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "m.yaml").read_text()
    assert '"heat_pump.T_sink_out [°C]": {signal: heat_pump.T_sink_out, unit: degC}' in text
    assert "spare: {ignore: true}  # no signal or command has a name like it" in text
    done = hukka(tmp_path, "trend", "check", "mantsala", "export.csv", "--map", "m.yaml", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["rows"] == 3
    assert [c["target"] for c in report["columns"]] == [
        "heat_pump.T_sink_out",
        "heat_pump.m_source",
    ]
    assert any("'soon' 1 times" in f["text"] for f in report["findings"])


def test_what_must_be_mended_is_exit_code_2(tmp_path: Path) -> None:
    text = EXPORT.replace("71,", "-71,")
    lines = text.splitlines()
    rows = [f"01.12.2025 {h:02d}:{m:02d};-71,{m};70,{m};1" for h in range(3, 5) for m in range(60)]
    (tmp_path / "export.csv").write_text("\n".join([lines[0], *rows]), encoding="latin-1")
    done = hukka(tmp_path, "trend", "check", "mantsala", "export.csv")
    assert done.returncode == 2
    assert "has its sign reversed" in " ".join(done.stdout.split())
    assert done.stderr == "hukka: export.csv: 1 findings must be mended first\n"


@pytest.mark.parametrize("site", list_sites())
@pytest.mark.slow
def test_a_days_run_of_a_reference_site_has_nothing_to_mend(site: str, tmp_path: Path) -> None:
    done = hukka(
        tmp_path, "bench", site, "--pace", "max", "--duration", "24h", "--cycle", "30s",
        "--out", "run", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    done = hukka(tmp_path, "trend", "check", site, "run", "--json")
    report = json.loads(done.stdout.splitlines()[-1])
    assert done.returncode == 0, done.stdout
    assert [f for f in report["findings"] if f["weight"] != "undecided"] == []
    assert report["rows"] == 24 * 120
