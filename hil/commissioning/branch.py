"""A block in a process of its own, that begins where the warmed-up plant stands.

A fork is the one copy that holds whatever memory foreign FMUs have, and a crash of one ends its
block and nothing else. The parent must have no second thread.
"""

import json
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from hil.commissioning.record import BlockRecord
from hil.commissioning.rig import Tell
from hil.gate.interrupt import SIGNALS, Interrupted
from hil.loop.priority import die_with_parent
from twin.errors import BadInput, HukkaError, PlantLost

PATIENCE_S = 120.0
"""A block that makes no progress for so long hangs in an FMU [s] (assumed)."""
GRACE_S = 10.0
"""A block that is to end may take so long to put back what it has written [s] (assumed)."""
_CHUNK = 65536


def in_branch(work: Callable[[Tell], BlockRecord], tell: Tell = lambda t_s: None) -> BlockRecord:
    """The record that `work` gives in a copy of this process, as `apart` has it."""
    return BlockRecord.of(apart(lambda told: work(told).plain(), tell))


def apart(work: Callable[[Tell], Any], tell: Tell = lambda t_s: None) -> Any:  # noqa: ANN401 - JSON
    """What `work` gives in a copy of this process, as JSON types; `tell` hears of its progress.

    Raises:
        PlantLost: the copy crashed or hangs.
        BadInput: what it needs cannot be had: a port, a device, a file.
        HukkaError: it could not begin.
    """
    read, write = os.pipe()
    # what is in the buffers would be written by both
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if not child:
        os.close(read)
        _be_the_child(work, write)
    os.close(write)
    try:
        return _hear(read, tell, child)
    except BaseException:
        with suppress(ProcessLookupError):
            os.kill(child, signal.SIGTERM)  # it puts back what it has written
        raise
    finally:
        os.close(read)
        _reap(child)


def _be_the_child(work: Callable[[Tell], Any], pipe: int) -> None:
    """Never returns: what the parent has opened is the parent's to close."""
    code = 1
    try:
        # not by force: what it has written is in cabinets, and it still can put that back
        die_with_parent(signal.SIGTERM)
        _end_if_it_hangs()
        said = _last_words(work, pipe)
        for number in SIGNALS:  # there is nothing left to end in order
            signal.signal(number, signal.SIG_IGN)
        _say(pipe, said)
        code = 0 if "found" in said else 1
    finally:
        with suppress(BaseException):
            sys.stderr.flush()
        os._exit(code)


def _last_words(work: Callable[[Tell], Any], pipe: int) -> dict[str, Any]:
    try:
        return {"found": work(lambda t_s: _go_on(pipe, t_s))}
    except HukkaError as error:
        return {"error": str(error), "bad_input": isinstance(error, BadInput)}
    except Interrupted:
        return {"error": "somebody ended its process"}
    except Exception as error:  # of ours, and no FMU's fault
        traceback.print_exc()
        return {"error": f"{type(error).__name__}: {error}"}


def _go_on(pipe: int, t_s: float) -> None:
    """Tell of progress; a process that nobody is left to hear goes on, and ends by itself."""
    _end_if_it_hangs()
    with suppress(BrokenPipeError):
        _say(pipe, {"t_s": t_s})


def _end_if_it_hangs() -> None:
    """Have the kernel do what the parent does, which may be gone: an FMU hears no other signal."""
    signal.alarm(round(PATIENCE_S + GRACE_S))


def _say(pipe: int, what: dict[str, Any]) -> None:
    data = json.dumps(what).encode() + b"\n"
    while data:
        data = data[os.write(pipe, data) :]


def _hear(pipe: int, tell: Tell, child: int) -> Any:  # noqa: ANN401 - JSON
    pending = b""
    while True:
        if not select.select([pipe], [], [], PATIENCE_S)[0]:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
            raise PlantLost(f"no progress for {PATIENCE_S:g} s: an FMU hangs in a step")
        chunk = os.read(pipe, _CHUNK)
        if not chunk:
            raise PlantLost("its process ended without a word: an FMU has crashed")
        *lines, pending = (pending + chunk).split(b"\n")
        for line in lines:
            said = json.loads(line)
            if "found" in said:
                return said["found"]
            if "error" in said:
                raise (BadInput if said.get("bad_input") else HukkaError)(said["error"])
            tell(float(said["t_s"]))


def _reap(child: int) -> None:
    """Wait for its end; one that does not hear it, in a step of an FMU, is killed."""
    with suppress(ChildProcessError, ProcessLookupError):
        if hasattr(os, "pidfd_open"):
            handle = os.pidfd_open(child)
            ended = select.select([handle], [], [], GRACE_S)[0]
            os.close(handle)
            if not ended:
                os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
