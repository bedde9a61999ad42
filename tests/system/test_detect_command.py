"""`hukka detect` as a user calls it."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np


def hukka(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", "detect", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def table(tmp_path: Path) -> Path:
    y = np.random.default_rng(2).standard_normal((240, 2))
    y[150:, 0] += 5.0
    rows = [f"{t};{a:.3f};{b:.3f};{int(t >= 150)}".replace(".", ",") for t, (a, b) in enumerate(y)]
    path = tmp_path / "loop.csv"
    path.write_text("time;flow;T in;anomaly\n" + "\n".join(rows) + "\n", "utf-8")
    return path


def test_flags_and_object(tmp_path: Path) -> None:
    flags = tmp_path / "flags.csv"
    run = hukka(table(tmp_path), "--train-rows", 100, "--out", flags, "--json")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found["channels"] == ["flow", "T in"]
    assert found["alarms"][0]["suspects"] == ["flow"]
    rows = flags.read_text("utf-8").splitlines()
    assert rows[0] == "time,score,alarm,suspects"
    assert len(rows) == 241
    assert sum(row.split(",")[2] == "1" for row in rows[1:]) == round(found["alarm_share"] * 140)
    assert "column 'anomaly' is a label" in run.stderr


def test_without_out_the_rows_are_printed_before_the_object(tmp_path: Path) -> None:
    run = hukka(table(tmp_path), "--train-rows", 100, "--ignore", "anomaly", "--json")
    lines = run.stdout.splitlines()
    assert len(lines) == 242
    assert lines[0] == "time,score,alarm,suspects"
    assert json.loads(lines[-1])["rows"] == 240
    assert run.stderr == ""


def test_bad_input_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    path = table(tmp_path)
    for words, said in (
        ((path, "--train-rows", 240), "must leave rows to judge"),
        ((path, "--train-rows", 100, "--ignore", "flwo"), "did you mean 'flow'"),
        ((tmp_path / "none.csv", "--train-rows", 100), "cannot be read"),
        ((path, "--train-rows", 100, "--out", tmp_path / "no" / "f.csv"), "cannot be written"),
    ):
        run = hukka(*words)
        assert run.returncode == 2
        assert said in run.stderr
        assert "Traceback" not in run.stderr
