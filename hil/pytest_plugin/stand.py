"""The process with the warmed-up rig, as the process of pytest sees it."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from multiprocessing.connection import Pipe
from pathlib import Path
from typing import Any

from hil.pytest_plugin.wanted import Wanted
from twin.errors import BadInput, PlantLost

OK, BAD, LOST, GONE, TOLD = "ok", "bad", "lost", "gone", "told"
"""Answers: as asked; it cannot be asked for; the plant is lost; its process is gone; still busy."""
PATIENCE_S = 120.0
"""A plant that makes no progress for so long hangs in an FMU [s] (assumed, as for a procedure)."""
WARM_S = 600.0
"""To warm up takes no longer than this [s] (assumed; an hour of a large site takes seconds)."""
GRACE_S = 10.0
"""To end takes no longer than this [s] (assumed)."""


class Stand:
    """A warmed-up rig in a process of its own; every test gets a copy of it."""

    def __init__(self, wanted: Wanted) -> None:
        """Begin to warm up.

        Raises:
            BadInput: the site, its FMUs or an option do not allow it.
            PlantLost: the plant did not get so far.
        """
        self._wire, theirs = Pipe()
        self._scratch = tempfile.TemporaryDirectory(prefix="hukka-", ignore_cleanup_errors=True)
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the process
        self._process = subprocess.Popen(
            [sys.executable, "-m", "hil.pytest_plugin.serving", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "TMPDIR": self._scratch.name},
            start_new_session=True,  # Ctrl-C is for pytest, which ends us in order
        )
        theirs.close()
        self._test: int | None = None
        self._busy = self._lost = False
        try:
            self._wire.send(asdict(wanted))
            self.facts: dict[str, Any] = self._answer(WARM_S)
        except BaseException:
            self.close()
            raise

    @contextmanager
    def test(self, transport: str, folder: Path, reason: str) -> Iterator[None]:
        """A copy of the rig; until its end `ask` goes to it."""
        __tracebackhide__ = True
        told = {"transport": transport, "folder": folder, "reason": reason}
        self._lost = False
        self._wire.send(("begin", told))
        self._test = self._answer(PATIENCE_S)
        try:
            yield
        finally:
            self._drop()

    @property
    def heard(self) -> bool:
        """Whether the test has heard that its plant is lost, or was itself cut off in a question.

        What is lost without that nobody has been told.
        """
        return self._lost or self._busy

    def ask(self, verb: str, **what: Any) -> Any:  # noqa: ANN401 - whatever it answers
        """Ask the copy of the present test for something, and wait for it.

        Raises:
            BadInput: that cannot be asked for.
            PlantLost: its process is gone, or hangs.
        """
        __tracebackhide__ = True
        try:
            return self._ask(verb, what)
        except PlantLost:
            self._lost = True
            raise

    def _ask(self, verb: str, what: dict[str, Any]) -> Any:  # noqa: ANN401
        __tracebackhide__ = True
        if self._busy:  # a time-out of pytest or Ctrl-C came between question and answer
            self._drop()
        if self._test is None:
            raise PlantLost("the plant of this test is gone")
        self._busy = True
        self._wire.send((verb, what))
        try:
            return self._answer(PATIENCE_S)
        finally:
            if verb == "end" and not self._busy:  # whatever it answered, it has ended with that
                self._test = None

    def close(self) -> None:
        """End the process."""
        with suppress(OSError):
            self._wire.close()
        try:
            self._process.wait(GRACE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._said.close()
        self._scratch.cleanup()

    def _answer(self, patience_s: float) -> Any:  # noqa: ANN401
        __tracebackhide__ = True
        kind, what = TOLD, ""
        while kind == TOLD:
            if not self._wire.poll(patience_s):
                self._drop()
                raise PlantLost(f"no progress for {patience_s:g} s: an FMU hangs in a step")
            kind, what = self._hear()
        self._busy = False
        match kind:
            case "bad":
                raise BadInput(what)
            case "lost":
                raise PlantLost(what)
            case "gone":
                self._test = None
                raise PlantLost(f"{what}: an FMU has crashed{self._last_words()}")
        return what

    def _hear(self) -> tuple[str, Any]:
        __tracebackhide__ = True
        try:
            # JSON: a process that hosts FMUs is believed nothing but data
            kind, what = json.loads(self._wire.recv_bytes())
        except (EOFError, ConnectionResetError):
            return GONE, "the process of the plant has ended"
        return kind, what

    def _drop(self) -> None:
        """End a copy that was not asked to end, or that is in the middle of something."""
        child, self._test, self._busy = self._test, None, False
        if child is None:
            return
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
        while self._wire.poll(GRACE_S) and self._hear()[0] != GONE:
            pass

    def _last_words(self) -> str:
        self._said.seek(0)
        words = self._said.read()[-2000:].decode(errors="replace").strip()
        return f"; it said:\n{words}" if words else ""
