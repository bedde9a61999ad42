"""Who stands at the cabinet: asked for what no register tells."""

import os
import sys
from collections.abc import Callable
from typing import Protocol

from hil.links.ready import ready
from twin.clock import NS_PER_S, monotonic_ns

_LOOK_NS = NS_PER_S // 5


class Operator(Protocol):
    """Somebody who reads questions and answers them."""

    name: str
    """Who answers, for the record."""

    def ask(self, question: str, meanwhile: Callable[[], None] | None = None) -> str | None:
        """The answer; None: there is nobody, or nobody wants to say.

        `meanwhile`, which takes its time, is called again and again until it is there.
        """
        ...


class Nobody:
    """A run at night."""

    name = ""

    def ask(self, question: str, meanwhile: Callable[[], None] | None = None) -> str | None:
        """Silence."""
        return None


class AtTerminal:
    """Somebody at the terminal; questions go to stderr, answers come line by line from stdin."""

    def __init__(self, name: str) -> None:
        self.name = name

    def ask(self, question: str, meanwhile: Callable[[], None] | None = None) -> str | None:
        """What was typed, without blanks around it; None at the end of all input (Ctrl-D)."""
        _forget_what_was_typed()
        sys.stderr.write(f"{question} ")
        sys.stderr.flush()
        line = b""
        while not line.endswith(b"\n"):
            if meanwhile is not None:
                meanwhile()
            while not line.endswith(b"\n") and _waits(0 if meanwhile else _LOOK_NS):
                if not (more := os.read(0, 1)):  # what comes behind the line is for another block
                    sys.stderr.write("\n")
                    return None
                line += more
        return line.decode(errors="replace").strip()


def _forget_what_was_typed() -> None:
    """A second Enter behind the answer before must not answer what nobody has read yet."""
    if os.isatty(0):
        import termios

        termios.tcflush(0, termios.TCIFLUSH)


def _waits(patience_ns: int) -> bool:
    """Whether something was typed, or will have been within `patience_ns` [ns]."""
    return bool(ready((0,), monotonic_ns() + patience_ns))
