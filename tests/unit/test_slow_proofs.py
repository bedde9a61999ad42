"""Slow proofs that have not begun when their time is over are left out, and listed."""

import os
import subprocess
import sys

QUICK = "tests/unit/test_house.py::test_code_files_are_short"
SLOW = "tests/unit/fmus/test_network_heat.py::test_two_hundred_pipes_are_built_with_sizes_in_proportion"  # noqa: E501


def test_only_slow_ones_are_left_out():
    done = subprocess.run(
        [sys.executable, "-m", "pytest", QUICK, SLOW, "-q", "-p", "no:cacheprovider"],
        capture_output=True, text=True, check=False,
        env={**os.environ, "HUKKA_SLOW_UNTIL": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert f"1 slow proofs left out, there was no time:\n  {SLOW}" in done.stdout
    assert " passed, 1 skipped" in done.stdout
