"""The how-to about watching a plant for years is true: a bench, a monitor beside it, its record."""

import json
import re
import shlex
import signal
import subprocess
from pathlib import Path

from docs_shell import ROOT, Shell, work_folder
from free_ports import free_port

PAGE = (ROOT / "docs" / "how-to" / "run-for-years.md").read_text(encoding="utf-8")
FOLDER = (ROOT / "docs" / "decisions" / "0038-the-desk.md").read_text(encoding="utf-8")
SAID_BY_BENCH = {"site_lan": "cooling_loop", "hp_line": "heat_pump", "network": "network"}
"""Word behind `--at` -> controller of whose address the bench tells."""


def typed(start: str) -> str:
    """The one command of the page that begins so."""
    lines = re.sub(r"\\\n\s*", " ", PAGE)
    (command,) = re.findall(
        rf"^    (?:\$ )?({re.escape(start)}.*?)(?:  #.*)?$", lines, re.MULTILINE
    )
    return command


def run(shell: Shell, command: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        shlex.split(command),
        cwd=shell.folder,
        env=shell.environment,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def addresses(bench: "subprocess.Popen[str]") -> dict[str, str]:
    """Controller -> where it listens, as the bench says it."""
    found: dict[str, str] = {}
    assert bench.stderr is not None
    said = []
    for line in bench.stderr:
        said.append(line)
        if where := re.search(r"(\w+): Modbus TCP (127\.0\.0\.1:\d+)", line):
            found[where[1]] = where[2]
        if len(found) == len(SAID_BY_BENCH):
            return found
    raise AssertionError("".join(said))


def test_a_monitor_beside_a_bench_and_what_it_kept(tmp_path: Path) -> None:
    with work_folder(tmp_path) as shell:
        bench = subprocess.Popen(
            shlex.split(typed("hukka bench mantsala") + " --warmup 1m"),
            cwd=shell.folder,
            env=shell.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        with bench:
            try:
                where = addresses(bench)
                command = typed("hukka monitor mantsala")
                for word, controller in SAID_BY_BENCH.items():
                    here = f"{word}=tcp://{where[controller]}"
                    command, n = re.subn(rf"\b{word}=tcp://127\.0\.0\.1:\d+", here, command)
                    assert n == 1
                options = f" --data desk --duration 30s --json --page 127.0.0.1:{free_port()}"
                done = run(shell, command + options)
            finally:
                bench.send_signal(signal.SIGINT)
                bench.communicate(timeout=60)
        assert done.returncode == 0, done.stderr
        ended = json.loads(done.stdout.splitlines()[-1])
        assert (ended["unread"], ended["trouble"]) == ([], "")
        assert ended["rows"] >= 5

        for command in (
            "hukka data check desk",
            "hukka alarms list desk",
            "hukka alarms rates desk",
        ):
            done = run(shell, command)
            assert (done.returncode, done.stderr) == (0, ""), command
        learn = typed("hukka trend check mantsala").replace("/var/lib/hukka", "desk")
        done = run(shell, learn)
        assert "data folder" in done.stdout, done.stderr
        assert "constant" not in done.stdout
        fit = typed("hukka twin fit mantsala").replace("/var/lib/hukka", "desk")
        done = run(shell, fit)
        assert done.returncode == 2
        assert "usable days, at least 14 are needed" in done.stderr

        there = (shell.folder / "desk").iterdir()  # a log of SQLite belongs to its file
        made = {re.sub(r"-(wal|shm)$", "", path.name) for path in there}
        assert {"weeks", "desk.sqlite", "health.json", "lock"} <= made
        assert {name for name in made if f"`{name}" not in FOLDER} == set()
