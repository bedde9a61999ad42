"""Whoever looks after values that are held when their owner no longer does."""

import threading
from collections.abc import Callable


class Deadman:
    """A thread that calls `look`, which says when to look again [s].

    A thread and not the owner itself, because an owner that hangs is what it is for.
    """

    def __init__(self, look: Callable[[], float]) -> None:
        self._look = look
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="write gate", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread; not called from within `look`."""
        self._stop.set()
        self._thread.join()

    def _watch(self) -> None:
        # once a second at least: a wait does not count the time in which the machine sleeps
        while not self._stop.wait(min(self._look(), 1.0)):
            pass
