"""What comes of blocks in processes of their own, as one JSON object.

A program of its own: the tests' process has more threads than a fork should see.
"""

import json
import os
import resource
import signal
import sys
from contextlib import suppress
from pathlib import Path

from hil.commissioning import branch
from hil.commissioning.record import BlockRecord, StepRecord
from hil.commissioning.verdict import Verdict
from hil.crew import apart
from hil.gate.interrupt import Interrupted
from twin.errors import BadInput, HukkaError

LONG = "x" * 500_000  # more than a pipe holds
SEEN: list[float] = []
PARENT = os.getpid()


class Unwanted(Exception):
    pass


def record(why=""):
    step = StepRecord("a step", Verdict.PASS, 0.0, 1.0, figures={"rise [s]": 2.0})
    return BlockRecord("own.trial", "heat_pump", "first", Verdict.PASS, why, (step,), 3.0)


def gives_a_record(tell):
    print("said by the child", flush=True)
    for t_s in (60.0, 120.0):
        tell(t_s)
    SEEN.append(-1.0)
    return record()


def gives_a_long_record(tell):
    return record(LONG)


def crashes(tell):
    os.abort()


def crashes_half_way(tell):
    tell(60.0)
    os.kill(os.getpid(), signal.SIGKILL)


def leaves(tell):
    os._exit(0)


def refuses(tell):
    raise BadInput("the line is gone")


def is_wrong(tell):
    raise ZeroDivisionError("ours")


def is_ended(tell):
    raise Interrupted


def goes_on_alone(tell):
    """Tells a parent that is gone: neither this nor the end of its parent ends it by force."""
    read, write = os.pipe()
    if not os.fork():  # a run, killed while its block is under way
        with suppress(BaseException):
            branch.in_branch(lambda tell: _alone(tell, write))
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as heard:
        return record(heard.read())


def _alone(tell, write):
    def ended(*_):
        tell(60.0)
        os.write(write, b"it ends by itself")
        os._exit(0)

    signal.signal(signal.SIGTERM, ended)
    os.kill(os.getppid(), signal.SIGKILL)
    while True:
        signal.pause()


def waits(tell):
    tell(60.0)
    signal.pause()


def hangs(tell):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # as in a step of an FMU, where nobody hears it
    waits(tell)


def tell(t_s):
    SEEN.append(t_s)


def tell_no_more(t_s):
    raise Unwanted


def tried(work, hear=tell):
    SEEN.clear()
    try:
        given = branch.in_branch(work, hear)
        found = {"same": given in (record(), record(LONG)), "length": len(given.why)}
        found["why"] = given.why[:50]
    except (HukkaError, Unwanted) as error:
        found = {"error": type(error).__name__, "said": str(error)}
    finally:
        if os.getpid() != PARENT:
            os.write(2, b"a child came out of its branch\n")
    opened = [file.name for file in Path("/proc/self/fd").iterdir()]
    return {**found, "told": list(SEEN), "children": children(), "open": len(opened)}


def children():
    """Whether there are processes that nobody has waited for."""
    with suppress(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)
        return True
    return False


def main():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    apart.PATIENCE_S = 20.0
    print("said before")  # lies in a buffer that the child must not write as well
    works = (gives_a_record, gives_a_long_record, crashes, crashes_half_way, leaves, refuses,
             is_wrong, is_ended, goes_on_alone)  # fmt: skip
    found = {work.__name__: tried(work) for work in works}
    found["is_stopped"] = tried(waits, tell_no_more)
    apart.PATIENCE_S = 0.3
    found["hangs"] = tried(hangs)
    Path(sys.argv[1]).write_text(json.dumps(found))


main()
