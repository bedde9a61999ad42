"""Processes of which there are many, and those that keep the beat, begin with little."""

import subprocess
import sys

import pytest

HEAVY = {"twin.site", "pydantic", "numba", "scipy", "fmpy"}
"""Hundreds of ms of CPU each, for a process that gets all it needs as plain data."""


@pytest.mark.parametrize(
    "module",
    [
        "hil.bench.link_worker",
        "hil.bench.controller_worker",
        "hil.monitor.link_worker",
        "hil.monitor.loop_worker",
    ],
)
def test_it_knows_neither_site_files_nor_models(module):
    code = f"import sys, {module}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert module in loaded
    assert loaded & HEAVY == set()
