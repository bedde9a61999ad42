"""A copy of this process that does what may crash, hang or be shut in, and says what came of it.

A fork is the one copy that holds whatever memory foreign FMUs have, and a crash of one ends its
copy and nothing else. Answers are JSON: who asks believes a copy nothing but data. The process
that is copied must have no second thread.
"""

import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from hil.gate.interrupt import SIGNALS, Interrupted
from hil.loop.priority import die_with_parent
from twin.closing import Closing
from twin.confine import no_more_copies
from twin.errors import BadInput, HukkaError, JudgementFailed, LinkLost, PlantLost

PATIENCE_S = 120.0
"""A copy that makes no progress for so long hangs in an FMU [s] (assumed)."""
GRACE_S = 10.0
"""A copy that is to end may take so long to put back what it has written [s] (assumed)."""
_CHUNK = 65536
_KINDS = {kind.__name__: kind for kind in (BadInput, JudgementFailed, LinkLost, PlantLost)}

Tell = Callable[[float], None]
"""Hears how far a copy is [s of plant time]."""
Answer = Callable[[Any, Tell], Any]
"""What a copy does with a question: JSON types in, JSON types out."""


def apart(work: Callable[[Tell], Any], tell: Tell = lambda t_s: None) -> Any:  # noqa: ANN401 - JSON
    """What `work` gives in a copy of this process, as JSON types; `tell` hears of its progress.

    A copy of a process that is shut in cannot be copied again.

    Raises:
        PlantLost: the copy crashed or hangs.
        HukkaError: what `work` raised: an error of its kind.
    """

    def answer(_question: Any, told: Tell) -> Any:  # noqa: ANN401 - JSON
        no_more_copies()
        return work(told)

    with Copy(answer, patience_s=PATIENCE_S) as copy:
        return copy.ask(tell=tell)


class Copy(Closing):
    """A copy of this process that answers one question after the other; close it."""

    def __init__(
        self,
        answer: Answer,
        *,
        end: Callable[[], None] = lambda: None,
        patience_s: float | None = None,
        grace_s: float = GRACE_S,
    ) -> None:
        """Begin it.

        Args:
            answer: what it does with each question.
            end: called in it when nobody asks any more.
            patience_s: longest time without progress [s]; None: it may take as long as it likes.
            grace_s: how long it may take to end [s].
        """
        self._patience_s, self._grace_s = patience_s, grace_s
        asked, self._ask = os.pipe()
        self._told, told = os.pipe()
        # what is in the buffers would be written by both
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if not self._child:
            os.close(self._ask)
            os.close(self._told)
            _be_the_copy(answer, end, asked, told, patience_s)
        os.close(asked)
        os.close(told)
        self._open = True

    def ask(self, question: Any = None, tell: Tell = lambda t_s: None) -> Any:  # noqa: ANN401 - JSON
        """Its answer, as JSON types; `tell` hears of its progress.

        Raises:
            PlantLost: it crashed or hangs.
            HukkaError: what it raised: an error of its kind.
        """
        try:
            with suppress(BrokenPipeError):  # it is gone, which is heard below
                _say(self._ask, question)
            return self._hear(tell)
        except BaseException as error:
            if not isinstance(error, HukkaError):
                self._signal(signal.SIGTERM)
                self.close()  # nobody else touches what it has written before it has put that back
            raise

    def close(self) -> None:
        """Let it end, and wait for that; one that does not hear it, in an FMU's step, is killed."""
        if not self._open:
            return
        self._open = False
        os.close(self._ask)
        os.close(self._told)
        with suppress(ChildProcessError, ProcessLookupError):
            if hasattr(os, "pidfd_open"):
                handle = os.pidfd_open(self._child)
                ended = select.select([handle], [], [], self._grace_s)[0]
                os.close(handle)
                if not ended:
                    os.kill(self._child, signal.SIGKILL)
            os.waitpid(self._child, 0)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.kill(self._child, number)

    def _hear(self, tell: Tell) -> Any:  # noqa: ANN401 - JSON
        pending = b""
        while True:
            if not select.select([self._told], [], [], self._patience_s)[0]:
                self._signal(signal.SIGKILL)
                why = f"no progress for {self._patience_s:g} s: an FMU hangs in a step"
                raise PlantLost(why)
            chunk = os.read(self._told, _CHUNK)
            if not chunk:
                raise PlantLost("its process ended without a word: an FMU has crashed")
            *lines, pending = (pending + chunk).split(b"\n")
            for line in lines:
                said = json.loads(line)
                if "found" in said:
                    return said["found"]
                if "error" in said:
                    raise _KINDS.get(said.get("kind"), HukkaError)(said["error"])
                tell(float(said["t_s"]))


def _be_the_copy(
    answer: Answer, end: Callable[[], None], asked: int, told: int, patience_s: float | None
) -> NoReturn:
    """Never returns: what the parent has opened is the parent's to close."""
    code = 1
    try:
        # not by force: what it has written is in cabinets, and it still can put that back
        die_with_parent(signal.SIGTERM)
        with os.fdopen(asked, "rb") as questions:
            while line := questions.readline():
                _end_if_it_hangs(patience_s)
                said = _last_words(answer, json.loads(line), told, patience_s)
                _say_in_peace(told, said)
                signal.alarm(0)  # whoever waits for a question does not hang
        end()
        code = 0
    finally:
        with suppress(BaseException):
            sys.stderr.flush()
        os._exit(code)


def _last_words(
    answer: Answer,
    question: Any,  # noqa: ANN401 - JSON
    told: int,
    patience_s: float | None,
) -> dict[str, Any]:
    def go_on(t_s: float) -> None:
        """Tell of progress; a copy that nobody is left to hear goes on, and ends by itself."""
        _end_if_it_hangs(patience_s)
        with suppress(BrokenPipeError):
            _say(told, {"t_s": t_s})

    try:
        return {"found": answer(question, go_on)}
    except HukkaError as error:
        return {"error": str(error), "kind": type(error).__name__}
    except Interrupted:
        return {"error": "somebody ended its process"}
    except Exception as error:  # of ours, and no FMU's fault
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}


def _end_if_it_hangs(patience_s: float | None) -> None:
    """Have the kernel do what the parent does, which may be gone: an FMU hears no other signal."""
    if patience_s is not None:
        signal.alarm(round(patience_s + GRACE_S))


def _say_in_peace(pipe: int, what: dict[str, Any]) -> None:
    """Say the last of it, whoever wants an end now: there is nothing left to end in order."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in SIGNALS}
    _say(pipe, what)
    for number, handler in before.items():
        signal.signal(number, handler)


def _say(pipe: int, what: Any) -> None:  # noqa: ANN401 - JSON
    data = json.dumps(what).encode() + b"\n"
    while data:
        data = data[os.write(pipe, data) :]
