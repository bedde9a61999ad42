"""Ctrl-C, SIGTERM and a closed terminal while values are held: heard, but never half-way."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from hil.gate.interrupt import SIGNALS, Interrupted


class Signals:
    """Between `take` and `give_back` the first signal raises Interrupted, later ones nothing.

    In a `shielded` part it is raised at the end of it: what goes on between a device and its
    journal is not torn apart. Only the main thread hears signals; elsewhere this does nothing.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, object] = {}
        self._shields = 0
        self._pending = self._ending = False

    def take(self) -> None:
        """Begin to listen."""
        if not _is_main():
            return
        for number in SIGNALS:
            handler = signal.getsignal(number)
            if handler is not signal.SIG_IGN:  # started with nohup, or ended by somebody else
                self._before[number] = handler
                signal.signal(number, self._heard)

    def end(self) -> None:
        """From here on signals are not heard: values are being put back."""
        self._ending = True

    def give_back(self) -> None:
        """Leave signals to whoever had them before."""
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # as getsignal gave it
        self._before.clear()

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """A part that a signal does not tear apart."""
        if not _is_main():  # which alone hears signals
            yield
            return
        self._shields += 1
        try:
            yield
        finally:
            self._shields -= 1
        if self._pending and not self._shields:
            self._raise()

    def _heard(self, *_: object) -> None:
        if self._shields:
            self._pending = True
        else:
            self._raise()

    def _raise(self) -> None:
        self._pending = False
        if not self._ending:
            self._ending = True
            raise Interrupted


def _is_main() -> bool:
    return threading.current_thread() is threading.main_thread()
