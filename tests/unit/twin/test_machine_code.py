"""Machine code is found on disk by whoever is loaded before its process is shut in."""

import subprocess
import sys
from pathlib import Path

import pytest

from twin.confine.landlock import landlock_version

ROOT = Path(__file__).resolve().parents[3]
LOADED = "import twin.diagnosis.kernels as kernels"
SHUT_IN = f"""
from pathlib import Path
from twin.confine import Allowed, confine
confine(Allowed((Path({str(ROOT)!r}),)))
"""
SAID = "no folder keeps the machine code of twin.diagnosis.kernels"
NEEDS_WALLS = pytest.mark.skipif(
    not sys.platform.startswith("linux") or landlock_version() < 1, reason="needs Landlock"
)


def said(*lines: str) -> str:
    """What Python says on its way through some lines, which must end well."""
    code = "\n".join([*lines, "print(kernels.log_phi(0.0))"])
    words = [sys.executable, "-W", "default", "-c", code]  # for all tests else it is an error
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("-0.69314718")
    return done.stderr


@NEEDS_WALLS
def test_who_is_loaded_too_late_works_and_says_what_it_costs():
    assert SAID in said(SHUT_IN, LOADED)


@NEEDS_WALLS
def test_who_was_loaded_before_has_its_machine_code():
    assert "machine code" not in said(LOADED, SHUT_IN)


def test_nobody_says_so_without_walls():
    assert "machine code" not in said(LOADED)
