"""However a session ends, no process of its plant is left."""

import os
import select
import signal
import subprocess
import sys

import pytest
from plugin_desk import ADDOPTS, WARM

LONG = """
def test_long(bench):
    bench.run(seconds=1)
    print("running", bench._stand._process.pid, bench._stand._test, flush=True)
    bench.run(hours=23)
"""
PATIENCE_S = 60


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="no handles on processes here")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_nothing_is_left(number, tmp_path):
    (tmp_path / "test_long.py").write_text(LONG)
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *ADDOPTS.split(), *WARM, "-s"],
        cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    line = next(line for line in process.stdout if "running" in line)
    handles = [os.pidfd_open(int(pid)) for pid in line.split()[-2:]]
    process.send_signal(number)
    process.communicate(timeout=PATIENCE_S)
    try:
        for handle in handles:
            assert select.select([handle], [], [], PATIENCE_S)[0], "still there"
    finally:
        for handle in handles:
            os.close(handle)
