"""The `hukka` command: its entry point, and what every exit code means."""

import contextlib
import os
import sys

from hil.gate.interrupt import Interrupted
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
        from hil.cli.commands import app  # here, so that a Ctrl-C is heard while libraries load

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


def _say(text: str) -> None:
    with contextlib.suppress(OSError):  # the terminal is gone; the exit code still says it
        sys.stderr.write(f"hukka: {text}\n")
