"""Pages of the documentation as a person follows them: their files written, their commands run."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from free_ports import free_port

ROOT = Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"-?\d+\.\d+")
PORT = "1502"
LONGEST_S = 240
"""How long a command may take on a machine with other work [s]."""


@dataclass
class Step:
    command: str
    expected: list[str] = field(default_factory=list)


def steps(text: str) -> list[Step]:
    """Commands of the ```console blocks with the output that follows each."""
    found: list[Step] = []
    for block in re.findall(r"^```console\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append(Step(line[2:]))
            else:
                found[-1].expected.append(line)
    return found


def differences(expected: list[str], printed: list[str]) -> list[str]:
    """What does not fit; a line `...` stands for any lines, `...` inside one for any text."""
    if not expected:
        return []
    if expected[0] == "...":
        tails = [differences(expected[1:], printed[i:]) for i in range(len(printed) + 1)]
        return [] if len(expected) == 1 or [] in tails else [f"not found: {expected[1]!r}"]
    if not printed:
        return [f"missing: {expected[0]!r}"]
    if not _alike(expected[0], printed[0]):
        return [f"expected {expected[0]!r}, found {printed[0]!r}"]
    return differences(expected[1:], printed[1:])


def _alike(expected: str, printed: str) -> bool:
    """The same text; a number with decimals may be 5 % off."""
    parts = [re.escape(NUMBER.sub("0.0", part)) for part in expected.split("...")]
    if not re.fullmatch(".*".join(parts), NUMBER.sub("0.0", printed)):
        return False
    if "..." in expected:
        return True
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(printed), strict=True)
    return all(abs(float(a) - float(b)) <= 0.05 * abs(float(a)) for a, b in pairs)


class Shell:
    """Runs steps in one folder; `&` and `kill %1` as a person's shell does."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        self.environment = {
            **os.environ,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HUKKA_DATA": str(folder / "none"),
            "HUKKA_GATE": str(folder / "gate"),
            "COLUMNS": "120",
        }
        self.background: list[subprocess.Popen[str]] = []

    def run(self, step: Step) -> list[str]:
        """Lines that it printed, with the tutorial's port in place of the one that was free."""
        command = step.command.replace(PORT, str(self.port))
        if command == "kill %1":
            self.end()
            return []
        if command.endswith(" &"):
            process = self._start(command[:-2])
            self.background.append(process)
            assert process.stdout is not None
            printed = "".join(process.stdout.readline() for _ in step.expected)
        else:
            process = self._start(command)
            try:
                printed, _ = process.communicate(timeout=LONGEST_S)
            except subprocess.TimeoutExpired:
                process.kill()
                printed = f"{process.communicate()[0]}\nno end within {LONGEST_S} s"
        return printed.replace(str(self.port), PORT).splitlines()

    def _start(self, command: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            ["bash", "-c", f"exec {command}" if "|" not in command else command],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def end(self) -> None:
        """Ctrl-C for what still runs."""
        for process in self.background:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=20)
        self.background.clear()


def write_files(text: str, folder: Path) -> None:
    """Blocks that name a file (```yaml station/site.yaml), each written below `folder`."""
    for name, content in re.findall(r"^```\w+ (\S+)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


def run_steps(shell: Shell, text: str) -> list[str]:
    """Run all commands of a page; programs of others that are not here, so were left out."""
    skipped = []
    for step in steps(text):
        program = step.command.split()[0]
        if program in ("mbpoll", "sqlite3") and shutil.which(program) is None:
            skipped.append(program)
            continue
        printed = shell.run(step)
        wrong = differences(step.expected, printed)
        assert wrong == [], f"$ {step.command}\n" + "\n".join([*wrong, *printed[-40:]])
    return skipped


@contextmanager
def work_folder(folder: Path) -> Iterator[Shell]:
    """A shell in an empty folder beside `sites`."""
    (folder / "sites").symlink_to(ROOT / "sites")
    (folder / "tour").mkdir()
    shell = Shell(folder / "tour", free_port())
    try:
        yield shell
    finally:
        for process in shell.background:
            process.kill()
            process.communicate()
