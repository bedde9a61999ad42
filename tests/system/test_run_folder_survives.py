"""A recorder that dies or runs out of disk leaves a folder that opens with all it committed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hil.historian import open_run

RECORD = """
import sys
from pathlib import Path
import numpy as np
from hil.historian import Column, RunHeader, RunRecorder

columns = [Column(f"part.x{i}", "measured", "-", "part") for i in range(60)]
record = RunRecorder.create(Path(sys.argv[1]), RunHeader(site="test", seed=1), columns)
for block in range(10_000):
    rows = np.full((100, 61), float(block))
    rows[:, 0] = (block * 100 + np.arange(100)) * 1e9
    record.append(rows)
    record.append_lateness(block * 100, np.full(100, block, dtype=np.int32))
    record.commit()
    print(block, flush=True)
"""

LIMITED = (
    """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
"""
    + RECORD
)


@pytest.mark.parametrize("after", [0, 3, 25])
def test_killed_recorder_leaves_all_it_committed(tmp_path: Path, after: int) -> None:
    command = [sys.executable, "-c", RECORD, str(tmp_path / "run")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= after:
                break
        os.kill(child.pid, signal.SIGKILL)
        seen = [after, *(int(line) for line in child.stdout if line.strip())]
    run = open_run(tmp_path / "run")
    assert run.header.status == "running"
    series = run.series(["part.x0:measured", "part.x59:measured"])
    blocks = len(series.t_ns) // 100
    assert blocks > max(seen)
    assert series.t_ns.tolist() == [k * 10**9 for k in range(blocks * 100)]
    expected = np.repeat(np.arange(blocks, dtype=float), 100)
    np.testing.assert_array_equal(series.values, np.column_stack([expected, expected]))
    assert run.lateness().size == blocks * 100


def test_a_full_disk_stops_the_record_and_keeps_it(tmp_path: Path) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "run")]
    child = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert child.returncode == 1
    assert "RecordingStopped" in child.stderr.splitlines()[-1]
    assert "what was committed is kept" in child.stderr
    committed = [int(line) for line in child.stdout.split()]
    run = open_run(tmp_path / "run")
    assert run.header.status == "recording stopped"
    assert run.rows >= (len(committed)) * 100 > 0
