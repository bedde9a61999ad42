"""Ctrl-C and its relatives, as one exception that nothing else swallows."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]
"""What asks a program to end in order, on this system."""


def asked_by() -> list[signal.Signals]:
    """The signals that ask this process to end: all of `SIGNALS`, but no SIGHUP under nohup."""
    hang_up = getattr(signal, "SIGHUP", None)
    nohup = hang_up is not None and signal.getsignal(hang_up) is signal.SIG_IGN
    return [number for number in SIGNALS if not (nohup and number is hang_up)]


class Interrupted(BaseException):
    """Somebody wants an end: Ctrl-C, SIGTERM, or a terminal that closed.

    Not a KeyboardInterrupt, which the command line's library would take for itself.
    """

    def __str__(self) -> str:
        return "interrupted"


@contextmanager
def interruptible() -> Iterator[Callable[[], None]]:
    """Inside, the first such signal raises Interrupted; the others do not disturb the ending.

    What `with` gives is called when the ending begins by itself: it ignores the first one, too.
    """

    def ignore() -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)

    def interrupt(*_: object) -> None:
        ignore()
        raise Interrupted

    before = {s: signal.getsignal(s) for s in asked_by()}
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield ignore
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
