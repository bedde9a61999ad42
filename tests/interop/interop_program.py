"""A peer's process, a line in and a line out at a time."""

import os
import select
import subprocess
from pathlib import Path

from interop_peers import npm_folder

from twin.clock import monotonic_ns


class PeerDead(Exception):
    """The peer hangs or has ended."""


class Program:
    """A peer's process, a line in and a line out at a time."""

    def __init__(self, words: list[str], folder: Path) -> None:
        self._said = (folder / f"{Path(words[0]).name}.err").open("w+")
        self._process = subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            env={**os.environ, "NODE_PATH": str(npm_folder() / "node_modules")},
        )
        self._text = b""

    def __enter__(self) -> "Program":
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._said.close()

    def say(self, line: str) -> None:
        """One line in."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def hear(self, within_s: float = 20.0) -> str:
        """One line out; PeerDead with what it complained of if none comes."""
        assert self._process.stdout is not None
        until_ns = monotonic_ns() + round(within_s * 1e9)
        while b"\n" not in self._text:
            left_s = (until_ns - monotonic_ns()) / 1e9
            if left_s <= 0 or not select.select((self._process.stdout,), (), (), left_s)[0]:
                raise PeerDead(f"it says nothing for {within_s:g} s {self._complaints()}")
            data = os.read(self._process.stdout.fileno(), 65536)
            if not data:
                raise PeerDead(f"it ended {self._complaints()}")
            self._text += data
        line, self._text = self._text.split(b"\n", 1)
        return line.decode()

    def _complaints(self) -> str:
        self._said.seek(0)
        return self._said.read()[-1000:]
