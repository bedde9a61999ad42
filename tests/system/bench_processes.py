"""A bench as its user and the system see it: a command, its children, what it leaves behind."""

import json
import os
import re
import selectors
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from twin.clock import WallClock, monotonic_ns

ROOT = Path(__file__).parents[2]
HUKKA = [sys.executable, "-m", "hil.cli"]
BUILDER = ROOT / "tests/unit/plant/probe_fmu.py"
LONG_S = 180.0


def hukka(*arguments: object, timeout_s: float = LONG_S) -> subprocess.CompletedProcess[str]:
    """One command of hukka, to its end."""
    return subprocess.run(
        [*HUKKA, *map(str, arguments)],
        cwd=ROOT, capture_output=True, text=True, timeout=timeout_s, check=False,
    )  # fmt: skip


def until(condition: Callable[[], bool], what: str, timeout_s: float = LONG_S) -> None:
    """Look every 10 ms whether `condition` holds; AssertionError with `what` when it never does."""
    clock = WallClock()
    while not condition():
        assert clock.now_ns() < timeout_s * 1e9, f"waited {timeout_s:g} s for {what}"
        clock.wait_until(clock.now_ns() + 10_000_000)


def is_alive(pid: int) -> bool:
    """Whether the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@dataclass
class Bench:
    """A running `hukka bench`, for `with`. Children are known by the name of their module."""

    arguments: tuple[object, ...]
    out: Path
    stdout: int | None = None
    command: tuple[str, ...] = tuple(HUKKA)
    output: dict[str, str] = field(default_factory=lambda: {"out": "", "err": ""})
    pids: dict[int, str] = field(default_factory=dict)
    start_s: float = 0.0
    """How long it took until the first thing that was waited for."""

    def __enter__(self):
        piped = self.stdout or subprocess.PIPE
        self.scratch = self.out.with_name(f"{self.out.name}-scratch")
        self.scratch.mkdir()
        self._began_ns = monotonic_ns()
        environment = {"PYTHONUNBUFFERED": "1", "TMPDIR": str(self.scratch)}
        self.process = subprocess.Popen(
            [*self.command, "bench", *map(str, self.arguments), "--out", str(self.out)],
            cwd=ROOT, stdin=subprocess.DEVNULL, stdout=piped, stderr=subprocess.PIPE,
            start_new_session=True, env={**os.environ, **environment},
        )  # fmt: skip
        self._selector = selectors.DefaultSelector()
        for name, stream in (("out", self.process.stdout), ("err", self.process.stderr)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self._selector.register(stream, selectors.EVENT_READ, name)
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self._selector.close()
        for stream in (self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()

    def children(self, module: str = "") -> list[int]:
        """Living children that run `hil.bench.<module>...`."""
        task = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        try:
            found = [int(pid) for pid in task.read_text().split()]
        except OSError:
            return []
        for pid in found:
            self.pids.setdefault(pid, "")
            try:
                command = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
            except OSError:
                continue
            if "hil.bench." in command:
                self.pids[pid] = command.partition("hil.bench.")[2].strip("\0")
        return [pid for pid in found if self.pids[pid] and self.pids[pid].startswith(module)]

    def listen(self, timeout_s: float = 0.01) -> None:
        """Take up what was printed."""
        for key, _ in self._selector.select(timeout_s):
            chunk = os.read(key.fd, 65536)
            self.output[key.data] += chunk.decode(errors="replace")
            if not chunk:
                self._selector.unregister(key.fileobj)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition while the command lives."""
        deadline = monotonic_ns() + int(LONG_S * 1e9)
        while not condition():
            self.listen()
            self.children()
            said = f"{what}; exit {self.process.poll()}; said {self.output}"
            assert monotonic_ns() < deadline, f"waited for {said}"
            assert self.process.poll() is None, f"ended before {said}"
        self.start_s = self.start_s or (monotonic_ns() - self._began_ns) / 1e9

    def said(self, pattern: str, stream: str = "err") -> Callable[[], bool]:
        """The condition that something was printed."""
        return lambda: re.search(pattern, self.output[stream]) is not None

    def end(self, timeout_s: float = LONG_S) -> int:
        """The exit code, when it comes; nothing may be left of the run then.

        Beside other work it may take longer than `timeout_s`, but not than twice its start.
        """
        deadline = monotonic_ns() + int(max(timeout_s, 2.0 * self.start_s) * 1e9)
        while self._selector.get_map():
            assert monotonic_ns() < deadline, f"does not end; said {self.output}"
            self.listen(0.1)
        code = self.process.wait(max(0.0, (deadline - monotonic_ns()) / 1e9))
        self.assert_nothing_left()
        return code

    def assert_nothing_left(self, unpacked: bool = False) -> None:
        """No process, no shared memory and, but where `unpacked` says so, no temporary file."""
        gone_s = max(5.0, self.start_s)
        until(lambda: not any(map(is_alive, self.pids)), f"the end of {self.pids}", gone_s)
        assert list(Path("/dev/shm").glob("hukka-*")) == []
        assert unpacked or list(self.scratch.iterdir()) == []

    @property
    def error(self) -> str:
        """What stood on stderr."""
        return self.output["err"]

    @property
    def result(self) -> dict:
        """The last line of stdout as JSON."""
        return json.loads(self.output["out"].splitlines()[-1])

    @property
    def status(self) -> str:
        """Status in run.json."""
        return json.loads((self.out / "run.json").read_text())["status"]

    def signal(self, number: signal.Signals) -> None:
        """Send the command a signal."""
        self.process.send_signal(number)
