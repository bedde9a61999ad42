"""A run that is killed goes on where it was: same verdicts, nothing written left behind."""

import shutil
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest
from commission_desk import command, commission, environment, record_of, verdicts

from hil.gate.files import FolderLock

WORDS = ("mantsala", "heat_pump.weather_curve", "heat_pump.stop_order", "heat_pump.power_cycle",
         "cooling_loop.by_hand", "cooling_loop.power_cycle",
         "--warmup", "20m", "--json")  # fmt: skip
"""Procedures that write, and are short: there is something to put back at most moments."""


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole") / "run"
    code, summary, said = commission(*WORDS, "--out", folder)
    assert code == 0, said
    return folder, summary["wall_s"]


def killed_after(seconds, folder):
    """Begin, and kill it so long after it has begun its record."""
    process = subprocess.Popen(
        command(*WORDS, "--out", folder),
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment(),
    )  # fmt: skip
    while not (folder / "commission.jsonl").exists():  # before it nothing can be lost
        with suppress(subprocess.TimeoutExpired):
            assert process.wait(0.02) is None
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.kill()
    process.wait()


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_killed_at_any_moment_it_comes_to_the_same_end(whole, tmp_path):
    (first, lasts_s), moments, went_on = whole, np.random.default_rng(6), 0
    for i in range(20):
        folder = tmp_path / f"{i}"
        killed_after(moments.uniform(0.0, lasts_s), folder)
        kept = verdicts(folder)
        code, summary, said = commission(*WORDS, "--resume", folder)
        assert code == 0, said
        assert summary["passed"] == 5
        assert verdicts(folder) == verdicts(first)
        assert verdicts(folder).items() >= kept.items()
        went_on += kept != verdicts(folder)
        assert not (folder / "gate" / "journal.jsonl").exists()
        done = subprocess.run(
            [sys.executable, "-m", "hil.cli", "audit", "verify", folder / "gate"],
            capture_output=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert went_on >= 10


def test_what_was_done_is_not_done_again(whole, tmp_path):
    folder = tmp_path / "again"
    shutil.copytree(whole[0], folder)
    before = (folder / "commission.jsonl").read_bytes()
    assert commission(*WORDS, "--resume", folder)[1]["passed"] == 5
    assert (folder / "commission.jsonl").read_bytes() == before


def test_two_at_once_in_a_folder_are_one_too_many(whole):
    folder = whole[0]
    before = (folder / "commission.jsonl").read_bytes()
    lock = FolderLock(folder)
    code, _, said = commission(*WORDS, "--resume", folder)
    lock.close()
    assert code == 2
    assert "another process runs procedures in it" in said
    assert (folder / "commission.jsonl").read_bytes() == before


def test_another_run_is_not_resumed(whole):
    *most, json_flag = WORDS
    code, _, said = commission(*most, "--seed", "2", json_flag, "--resume", whole[0])
    assert code == 2
    assert "cannot be resumed: options.seed changed" in said
    assert record_of(whole[0])[-1]["end"]["verdict"] == "pass"
