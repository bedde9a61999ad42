"""`hukka controller` in the foreground of somebody else's terminal."""

import signal
import subprocess

from bench_processes import HUKKA, ROOT


class Desk:
    """A running `hukka controller`; `said` is its first line, `stop` gives the rest."""

    def __init__(self, *arguments: str) -> None:
        self._arguments = arguments

    def __enter__(self):
        self.process = subprocess.Popen(
            [*HUKKA, "controller", *self._arguments],
            cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.said = self.process.stdout.readline()
        return self

    def stop(self, number: signal.Signals = signal.SIGINT) -> tuple[int, str, str]:
        """Ctrl-C or the like; exit code, what else was said, and what was complained about."""
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=20)
        return self.process.returncode, out, err

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()
