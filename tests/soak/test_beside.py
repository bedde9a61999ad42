"""What `make test` runs beside its tests counts as much as they do, and ends with them."""

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

BESIDE = Path(__file__).with_name("beside.py")
WAITS = """
import os, sys, threading
try:
    print("here", os.getpid(), flush=True)
    while True:
        threading.Event().wait(0.1)
except KeyboardInterrupt:
    print("tidied up", flush=True)
    sys.exit(2)
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="process groups")


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def words(log: Path, beside: str, command: str) -> list[str]:
    return [sys.executable, str(BESIDE), str(log), shlex.join(python(beside)), "--",
            *python(command)]  # fmt: skip


@pytest.mark.parametrize(
    ("beside", "command", "code"), [(0, 0, 0), (3, 0, 3), (0, 4, 4), (3, 4, 4)]
)
def test_either_may_fail(tmp_path, beside, command, code):
    log = tmp_path / "new" / "log"
    done = subprocess.run(
        words(
            log,
            f"import sys; print('from beside'); sys.exit({beside})",
            f"import sys; print('in the open'); sys.exit({command})",
        ),
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == code
    said = done.stdout.splitlines()
    assert "in the open" in said
    assert said[-1] == "from beside"
    assert log.read_text() == "from beside\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("ignored", [False, True])
def test_whoever_is_asked_to_end_ends_both(tmp_path, number, ignored):
    """Also in the background of a script, where SIGINT is ignored at the start."""
    log, fifo = tmp_path / "log", tmp_path / "fifo"
    os.mkfifo(fifo)
    there = f"open({str(fifo)!r}, 'w').write('1')\n"
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if ignored else None
    try:
        process = subprocess.Popen(
            words(log, WAITS.replace("    while", f"    {there}    while"), WAITS),
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
    finally:
        if ignored:
            signal.signal(signal.SIGINT, before)
    with process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("here")
        fifo.read_text()  # both are there
        process.send_signal(number)
        rest = process.stdout.read().splitlines()
        assert process.wait() == 2
    assert rest.count("tidied up") == 2
    pids = [int(line.split()[1]) for line in log.read_text().splitlines() if "here" in line]
    assert pids
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)
