"""How commands end: nobody reads on, somebody wants an end, a place takes no files."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ENV = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
EXPORT = """time,heat_pump.T_sink_out [degC]
2025-12-01 02:00,71.3
2025-12-01 02:01,71.4
"""
INSIDE = """
import os, signal, sys
from hil.bench.inside import inside
from hil.gate.interrupt import Interrupted
from twin.site import load_site

try:
    inside(load_site("mantsala"), lambda: 1, lambda _: os.kill(os.getpid(), signal.SIGTERM))
except Interrupted:
    sys.exit(130)
"""


WHILE = """
import os, signal, sys

asked, module, *words = sys.argv[1:]

class Look:
    def find_spec(self, name, path=None, target=None):
        if name == module:
            os.kill(os.getpid(), signal.Signals[asked])

sys.meta_path.insert(0, Look())
sys.argv = ["hukka", *words]
from hil.cli import main
main()
"""


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["bench", "--help"],
        ["--version"],
        ["sites"],
        ["trend", "check", "mantsala", "export.csv"],
    ],
)
def test_a_reader_that_has_seen_enough_is_no_failure(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "export.csv").write_text(EXPORT, "utf-8")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "hil.cli", *words], cwd=tmp_path, stdout=write,
        stderr=subprocess.PIPE, env=ENV, timeout=280, check=False,
    )  # fmt: skip
    os.close(write)
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("asked", ["SIGTERM", "SIGHUP"])
@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("hil.cli.commands", ["sites"]),
        ("hil.monitor.supervisor", ["monitor", "mantsala"]),
        ("hil.report.place", ["detect", "export.csv", "--train-rows", "1"]),
        ("twin.trend", ["trend", "map", "mantsala", "export.csv", "--out", "map.yaml"]),
    ],
)
def test_whoever_is_told_to_end_while_libraries_load_ends_in_order(
    tmp_path: Path, asked: str, module: str, words: list[str]
) -> None:
    (tmp_path / "export.csv").write_text(EXPORT, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", WHILE, asked, module, *words], cwd=tmp_path, env=ENV, timeout=280,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, "hukka: interrupted\n")
    assert [path.name for path in tmp_path.iterdir()] == ["export.csv"]


def test_work_on_models_ends_in_order_and_leaves_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INSIDE], env={**ENV, "TMPDIR": str(tmp_path)}, timeout=280,
        capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (130, b"")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["fmu", "build", "SmoothPipe", "--out", "export.csv"], "export.csv: cannot be written"),
        (["replay", "mantsala", "export.csv", "--report", "a.pdf"], "--report = 'a.pdf': must end"),
        (
            ["detect", "export.csv", "--train-rows", "1", "--out", "no/flags.csv"],
            "no/flags.csv: cannot be written",
        ),
        (
            ["trend", "map", "mantsala", "export.csv", "--out", "no/map.yaml"],
            "no/map.yaml: cannot be written",
        ),
    ],
)
def test_a_place_that_takes_no_file_is_named(tmp_path: Path, words: list[str], said: str) -> None:
    (tmp_path / "export.csv").write_text(EXPORT, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "hil.cli", *words], cwd=tmp_path, capture_output=True, text=True,
        env=ENV, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["check"], ["alarms", "list"], ["report"]])
def test_a_name_that_no_disk_takes_is_bad_input(tmp_path: Path, words: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hil.cli", *words, "x" * 300], cwd=tmp_path, capture_output=True,
        text=True, env=ENV, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "x" * 300 in done.stderr
    assert "too long" in done.stderr.lower()
    assert "output" not in done.stderr
