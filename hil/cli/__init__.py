"""The `hukka` command: its entry point, and what every exit code means."""

import contextlib
import os
import signal
import sys
from types import FrameType

from hil.gate.interrupt import Interrupted, asked_by
from twin.errors import BadInput, HukkaError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells count it: 128 + SIGINT."""


class ReaderGone(Exception):
    """The reader of our output (head, less) has seen enough.

    Not a BrokenPipeError, which the command line's library would take for a failure.
    """


def main() -> None:
    """Entry point: an error that hukka raises on purpose is one message and its exit code."""
    # matrices here are too small for threads, which cost a replay five times its time
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        _end_in_order()
        from hil.cli.commands import app  # here, so that signals are heard while libraries load

        app()
    except HukkaError as error:
        _say(str(error))
        sys.exit(error.exit_code)
    except (KeyboardInterrupt, Interrupted):
        _say("interrupted")
        sys.exit(INTERRUPTED)
    except (BrokenPipeError, ReaderGone):
        # what is still buffered has nowhere to go either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        if error.filename is not None:  # most files have their own message; this has none
            _say(f"{error.filename}: {error.strerror or error}")
            sys.exit(BadInput.exit_code)
        _say(f"cannot write the output: {error.strerror or error}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)


def _end_in_order() -> None:
    """Whoever wants an end by SIGTERM or a closed terminal gets it as one who presses Ctrl-C.

    Commands that end in an order of their own take signals from here on, and give them back.
    """
    for number in asked_by():
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _interrupt)


def _interrupt(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # the ending is not disturbed by a second one
    raise Interrupted


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal is gone; the exit code still says it
        sys.stderr.write(f"hukka: {text}\n")
