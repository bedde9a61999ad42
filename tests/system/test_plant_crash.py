"""An FMU that crashes takes its process with it, at once, and leaves word which part it was."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

BUILDER = Path(__file__).parents[1] / "unit" / "plant" / "probe_fmu.py"

PLANT = """
import sys
import numpy as np
from twin.plant import Network, open_fmu

progress = np.memmap(sys.argv[2], np.int64, "r+")
with open_fmu(sys.argv[1], scratch=sys.argv[4]) as probe:
    network = Network(
        {"good": probe, "bad": probe}, [("good.y", "bad.u")], ["good.u"], ["bad.y"],
        parameters={"bad.trip": 6.0, "bad.trip_at": 3.0},
        compiled=sys.argv[3] == "compiled", progress=progress,
    )
    network.initialize(np.zeros(1))
    network.run(np.zeros((10, 1)), 1_000_000_000)
"""


@pytest.fixture(scope="module")
def probes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("probes")
    subprocess.run([sys.executable, BUILDER, folder], check=True)
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="no signals there")
@pytest.mark.parametrize("path", ["compiled", "plain"])
@pytest.mark.parametrize("fmi", [2, 3])
def test_a_crash_is_told_by_the_process_and_its_progress(
    probes: Path, tmp_path: Path, fmi: int, path: str
) -> None:
    np.array([-1, -1], np.int64).tofile(tmp_path / "progress")
    arguments = [str(probes / f"probe{fmi}.fmu"), str(tmp_path / "progress"), path]
    arguments.append(str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-c", PLANT, *arguments], cwd=Path(__file__).parents[2], timeout=120
    )
    assert done.returncode == -signal.SIGSEGV
    assert np.fromfile(tmp_path / "progress", np.int64).tolist() == [1, 3_000_000_000]
