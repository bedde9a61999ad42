"""What a gate tells its user, so that telling can neither fail nor stop it.

A terminal that is closed raises, one that is stopped (Ctrl-S, a click into a Windows console)
blocks, and a value has to go back all the same.
"""

import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue

PATIENCE_S = 1.0
"""How long a remark may take before nobody waits for any more of them [s]; assumed."""


class Remarks:
    """Hands remarks to `say` in a thread of its own, in order; what `say` raises is dropped."""

    def __init__(self, say: Callable[[str], None], patience_s: float = PATIENCE_S) -> None:
        self._say = say
        self._patience_s = patience_s
        self._waiting: SimpleQueue[tuple[str, threading.Event] | None] = SimpleQueue()
        self._started = False

    def __call__(self, text: str) -> None:
        """Say `text`, and wait until that is done; not again once it took too long."""
        if not self._started:
            try:
                threading.Thread(target=self._tell, name="gate remarks", daemon=True).start()
            except RuntimeError:  # no more threads: the program ends, or the system has none left
                self._try(text)
                return
            self._started = True
        said = threading.Event()
        self._waiting.put((text, said))
        if self._patience_s and not said.wait(self._patience_s):
            self._patience_s = 0.0

    def close(self) -> None:
        """End the thread, when it has said everything."""
        if self._started:
            self._waiting.put(None)
            self._started = False

    def _tell(self) -> None:
        while (remark := self._waiting.get()) is not None:
            text, said = remark
            self._try(text)
            said.set()

    def _try(self, text: str) -> None:
        with contextlib.suppress(Exception):
            self._say(text)
