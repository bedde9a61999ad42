"""Ctrl-C and its relatives, as one exception that nothing else swallows."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

_SIGNALS = [
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
]


class Interrupted(BaseException):
    """Somebody wants an end: Ctrl-C, SIGTERM, or a terminal that closed.

    Not a KeyboardInterrupt, which the command line's library would take for itself.
    """

    def __str__(self) -> str:
        return "interrupted"


@contextmanager
def interruptible() -> Iterator[None]:
    """Inside, the first such signal raises Interrupted; the others do not disturb the ending."""

    def interrupt(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    before = {s: signal.getsignal(s) for s in _SIGNALS}
    if hasattr(signal, "SIGHUP") and before[signal.SIGHUP] is signal.SIG_IGN:
        del before[signal.SIGHUP]  # started with nohup
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
