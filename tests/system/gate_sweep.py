"""Sessions of the write gate that end badly at every possible place, as real processes.

`python gate_sweep.py FOLDER PORT HOW STRIDE`: for k = 0, STRIDE, 2 STRIDE ... a child process
(forked, so that libraries load once) runs the same session against the controller at PORT, and
HOW ends it at its k-th step towards disk or line: `kill` (SIGKILL), `term`, `hup`, `int`, or
`full` (files may not grow beyond k * 61 bytes). Then another process starts as a user would; with
`starved`, after a SIGKILL, one that can write nothing and only puts back. One line of JSON each:
how it ended, what the controller held then and after the next start, and what the audit log says.
The sweep ends when a session reached its own end.
"""

import json
import os
import resource
import sys
from pathlib import Path

from gate_controller import MAP, open_device

from hil.gate import LiveGate
from hil.gate.audit import verify
from hil.gate.interrupt import Interrupted
from twin.errors import HukkaError
from twin.registers import Block, load_map

PHRASE = "hp1"
STEPS = (
    (os, "write"), (os, "fsync"), (os, "ftruncate"), (Path, "replace"), (Path, "unlink"),
)  # fmt: skip


def session(folder: Path, port: int) -> None:
    """Two points written and put back: everything that a gate does."""
    points = load_map(folder / "map.csv")
    device, address = open_device(port)
    flow, bit = Block([points.point("flow")]), Block([points.point("on")])
    with LiveGate(folder / "gate", PHRASE, patience_s=2) as gate:
        gate.recover(lambda entry: device)
        for block in (flow, bit):
            gate.admit(device, block, address)
        gate.arm(PHRASE, "sweep", 60)
        gate.write(device, flow, [20.0], expect=[12.5])
        gate.write(device, bit, [1.0], expect=[0.0])
        gate.hold(0.0)


def starved(folder: Path, port: int) -> None:
    """A start on a disk that takes nothing."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    with LiveGate(folder / "gate", PHRASE) as gate:
        gate.recover(lambda entry: open_device(port)[0])


def interfere(at: int, how: str) -> None:
    """End this process at its `at`-th step; before and after a request are steps, too."""
    if how == "full":
        resource.setrlimit(resource.RLIMIT_FSIZE, (at * 61, resource.RLIM_INFINITY))
        return
    number = {"kill": 9, "starved": 9, "term": 15, "hup": 1, "int": 2}[how]
    count = [0]

    def step() -> None:
        if count[0] == at:
            os.kill(os.getpid(), number)
        count[0] += 1

    def wrapped(function):
        def call(*arguments, **named):
            step()
            return function(*arguments, **named)

        return call

    for owner, name in STEPS:
        setattr(owner, name, wrapped(getattr(owner, name)))
    from hil.links.tcp import TcpLink

    real = TcpLink.transact

    def transact(link, unit, request):
        step()
        reply = real(link, unit, request)
        step()
        return reply

    TcpLink.transact = transact


def child(work) -> int:
    """Exit status of `work` in a process of its own: 0, a signal as a negative number, or 1."""
    pid = os.fork()
    if not pid:
        status = 0
        try:
            work()
        except HukkaError as error:
            status = 10 + error.exit_code
            print(error, file=sys.stderr)
        except BaseException as error:
            status = 130 if isinstance(error, Interrupted | KeyboardInterrupt) else 1
            print(repr(error), file=sys.stderr)
        os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def held(port: int) -> list[str]:
    """What the controller holds, as bytes."""
    device, _ = open_device(port)
    readings = [device.link.transact(1, request) for request in
                (b"\3\0\1\0\2", b"\3\0\5\0\1")]  # fmt: skip
    device.link.close()
    return [reply[2:].hex() for reply in readings]


def one(base: Path, port: int, how: str, at: int) -> dict[str, object]:
    """The session that ends at step `at`, and the start after it."""
    folder = base / f"{how}{at}"
    folder.mkdir()
    (folder / "map.csv").write_text(MAP)

    def bad() -> None:
        interfere(at, how)
        session(folder, port)

    ended = child(bad)
    between, journal = held(port), (folder / "gate" / "journal.jsonl").exists()
    again = child(lambda: (starved if how == "starved" else session)(folder, port))
    verdict = verify(folder / "gate")
    return {
        "at": at, "ended": ended, "between": between, "journal": journal, "again": again,
        "after": held(port), "left": (folder / "gate" / "journal.jsonl").exists(),
        "findings": [f"{place} {what}" for place, what in verdict.findings],
        "events": [record.fields["event"] for record in verdict.records],
    }  # fmt: skip


def main() -> None:
    """Sweep until a session is not disturbed any more."""
    base, port, how = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    stride = int(sys.argv[4])
    for at in range(stride if how == "starved" else 0, 1000, stride):
        result = one(base, port, how, at)
        print(json.dumps(result), flush=True)
        if result["ended"] == 0:
            return


if __name__ == "__main__":
    main()
