"""A block in a process of its own: whatever becomes of it, the run has a record and goes on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

if not sys.platform.startswith("linux"):
    pytest.skip("a fork, and the kernel's list of open files", allow_module_level=True)

PROGRAM = Path(__file__).with_name("branch_trial.py")


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    found = tmp_path_factory.mktemp("branch") / "found.json"
    buffered = {**os.environ, "PYTHONUNBUFFERED": ""}
    done = subprocess.run(
        [sys.executable, PROGRAM, found],
        capture_output=True, text=True, timeout=120, check=False, env=buffered,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(found.read_text()), done


@pytest.fixture
def found(ended):
    return ended[0]


def test_it_reports_its_progress_and_gives_its_record(found):
    assert found["gives_a_record"]["same"] is True
    assert found["gives_a_record"]["told"] == [60.0, 120.0]  # what the child changes is its own


def test_a_record_that_no_pipe_holds_arrives_whole(found):
    assert found["gives_a_long_record"]["length"] == 500_000


def test_a_block_whose_run_is_killed_may_still_put_back(found):
    assert found["goes_on_alone"]["why"] == "it ends by itself"


# (what the block does, what is raised, what is said of it, the progress that was heard)
ENDS = [
    ("crashes", "PlantLost", "its process ended without a word: an FMU has crashed", []),
    ("crashes_half_way", "PlantLost", "its process ended without a word", [60.0]),
    ("leaves", "PlantLost", "its process ended without a word", []),
    ("refuses", "BadInput", "the line is gone", []),
    ("is_ended", "HukkaError", "somebody ended its process", []),
    ("is_wrong", "HukkaError", "ZeroDivisionError: ours", []),
    ("hangs", "PlantLost", "no progress for 0.3 s: an FMU hangs in a step", [60.0]),
    ("is_stopped", "Unwanted", "", []),
]


@pytest.mark.parametrize(("what", "error", "said", "told"), ENDS)
def test_its_end_is_said(found, what, error, said, told):
    assert found[what]["error"] == error
    assert found[what]["said"].startswith(said)
    assert found[what]["told"] == told


def test_nothing_is_left_of_it(found):
    assert [name for name, end in found.items() if end["children"]] == []
    assert len({end["open"] for end in found.values()}) == 1


def test_what_is_said_is_said_once_and_a_mistake_of_ours_shows_its_way(ended):
    _, done = ended
    assert done.stdout.splitlines() == ["said before", "said by the child"]
    assert done.stderr.count("ZeroDivisionError: ours") == 1
    assert "came out" not in done.stderr
