"""Faults of the peers that the matrix found; the bytes that prove them are shown by every run."""

from typing import NamedTuple

from interop_judge import Verdict


class Known(NamedTuple):
    """A fault of `peer` in `role`, over each of `transports`: how the finding begins, and why."""

    peer: str
    role: str
    transports: str
    column: str
    begins: str
    note: str


_COUNT_IN_REPLY = "it holds the count in the reply, which is right, against 125 registers"
_ANSWERS_FOR_ALL = "it answers requests to units that it is not"
_FUNCTION_0 = "it answers with function 0x80 instead of the function asked for + 0x80"
_TOO_LONG = "it has no limit of its own and answers with more than a frame may hold"

KNOWN = (
    Known("libmodbus", "server", "tcp", "unit", "values", _ANSWERS_FOR_ALL),
    Known(
        "libmodbus", "server", "rtu", "43/14", "silent",
        "of a function it does not know it takes a wrong length, finds no CRC and stays silent",
    ),
    Known(
        "libmodbus", "server", "rtu", "ex 1", "silent",
        "of a function it does not know it takes a wrong length, finds no CRC and stays silent",
    ),
    Known(
        "libmodbus", "server", "rtu", "unit", "silent",
        "after a request to another unit it takes the next request for that unit's reply",
    ),
    Known("pymodbus", "server", "tcp rtu", "ex 3", "error answer 80 01", _FUNCTION_0),
    Known("pymodbus", "server", "rtu", "ex 3", "error ours: unit 1: 01 80 01", _FUNCTION_0),
    Known("pymodbus", "server", "tcp rtu", "unit", "exception 4", _ANSWERS_FOR_ALL),
    Known(
        "pymodbus", "server", "rtu", "ex 1", "silent",
        "a type of function 43 that it does not know stays in its buffer, unanswered",
    ),
    Known(
        "pymodbus", "server", "rtu", "ex 2", "silent",
        "what it did not know stays in its buffer, and it drops the next request with it",
    ),
    Known(
        "minimalmodbus", "client", "rtu", "15", "error ValueError: The number of registers",
        _COUNT_IN_REPLY,
    ),
    Known("umodbus", "server", "tcp rtu", "unit", "exception 2", _ANSWERS_FOR_ALL),
    Known(
        "umodbus", "server", "rtu", "unit 0", "answered",
        "it answers a broadcast, with exception 2, unless it was given a unit 0",
    ),
    Known(
        "modbus-serial", "server", "rtu", "unit 0", "register 20 is",
        "it does not do what is broadcast",
    ),
    Known(
        "modbus-serial", "client", "rtu", "22", "silent",
        "its RTU port does not know how long replies to this function are",
    ),
    Known(
        "modbus-serial", "client", "rtu", "23", "silent",
        "its RTU port does not know how long replies to this function are",
    ),
    Known("modbus-serial", "server", "tcp", "ex 3", "error ours: a frame of 255", _TOO_LONG),
    Known("modbus-serial", "server", "rtu", "ex 3", "values", _TOO_LONG),
    Known(
        "modbus-serial", "server", "tcp rtu", "ex 3", "exception 2",
        "it looks for the addresses before it looks at the count",
    ),
)  # fmt: skip


def note_on(peer: str, role: str, transport: str, verdict: Verdict) -> str:
    """What is known of this very fault; empty: it is new, and perhaps ours."""
    here = (peer, role, verdict.column)
    for known in KNOWN:
        if (known.peer, known.role, known.column) != here:
            continue
        if transport in known.transports.split() and verdict.wrong.startswith(known.begins):
            return known.note
    return ""
