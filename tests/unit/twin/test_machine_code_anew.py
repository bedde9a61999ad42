"""Machine code on disk is that of the sources as they are, also of those that it calls."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
HELPER = """
from twin.compiled import compiled

@compiled
def factor():
    return {factor}
"""
CALLERS = {
    "direct": """
from helper import factor
from twin.compiled import compiled

@compiled
def called(x):
    return factor() * x
""",
    "by_module": """
import helper
from twin.compiled import compiled

@compiled
def called(x):
    return helper.factor() * x
""",
    "through_another": """
from between import passed_on
from twin.compiled import compiled

@compiled
def called(x):
    return passed_on() * x
""",
}
BETWEEN = """
from helper import factor
from twin.compiled import compiled

@compiled
def passed_on():
    return factor()
"""


def said(folder: Path, caller: str) -> tuple[float, int]:
    """What a new process is told by it, and how many times it found code on disk."""
    code = f"import {caller} as c; print(c.called(2.0), sum(c.called.stats.cache_hits.values()))"
    path = os.pathsep.join([str(folder), str(ROOT)])
    run = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    value, hits = run.stdout.split()
    return float(value), int(hits)


@pytest.mark.parametrize("caller", CALLERS)
def test_what_is_called_elsewhere_is_compiled_anew_when_it_changes(tmp_path, caller) -> None:
    (tmp_path / "helper.py").write_text(HELPER.format(factor=3.0))
    (tmp_path / "between.py").write_text(BETWEEN)
    (tmp_path / f"{caller}.py").write_text(CALLERS[caller])
    assert said(tmp_path, caller) == (6.0, 0)
    assert said(tmp_path, caller) == (6.0, 1)  # kept, where nothing has changed
    (tmp_path / "helper.py").write_text(HELPER.format(factor=50.0))
    assert said(tmp_path, caller) == (100.0, 0)
    assert said(tmp_path, caller) == (100.0, 1)
