"""seccomp: system calls that this process will never need are answered with "not permitted"."""

import ctypes
import os
import platform
import struct
from dataclasses import dataclass
from errno import ENOSYS, EPERM
from typing import Final

from twin.confine.libc import call, no_new_privileges
from twin.confine.syscalls import (
    CLONE,
    CLONE3,
    OF_COPIES,
    REFUSED,
    SECCOMP,
    SIGNALS,
    SOCKET,
    TO_ITSELF,
)

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST = 0, 4, 16
_ALLOW, _ERROR = 0x7FFF0000, 0x00050000
_X32: Final = 0x40000000
"""From here on: calls of a second set on x86-64, which our list does not name."""
_CLONE_THREAD: Final = 0x00010000
_CLONE_NAMESPACES: Final = 0x7E020000
_INTERNET: Final = (2, 10)
"""AF_INET and AF_INET6: not the sockets of other programs of this machine."""
_SET_MODE_FILTER, _ALL_THREADS = 1, 1

Instruction = tuple[int, int, int, int]
"""struct sock_filter: code, jump if true, jump if false, constant."""


@dataclass(frozen=True)
class Left:
    """Calls that a process keeps although no model needs them, because it does more."""

    internet: bool = False
    """Sockets of IPv4 and IPv6."""
    copies: bool = False
    """Copies of itself by fork, which inherit what is refused, and signals."""


NOTHING: Final = Left()


@dataclass(frozen=True)
class Architecture:
    """What the kernel calls a processor, and which column of numbers is its own."""

    audit: int
    column: int


ARCHITECTURES: Final = {
    "x86_64": Architecture(0xC000003E, 0),
    "aarch64": Architecture(0xC00000B7, 1),
}


class _Program(ctypes.Structure):
    """Kernel: struct sock_fprog."""

    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def refuse_calls(left: Left) -> str:
    """Refuse them from now on, in every thread, but those that are `left`; what came of it.

    What was refused once stays so: a second time it can only be more.
    """
    machine = ARCHITECTURES.get(platform.machine())
    if machine is None or struct.calcsize("P") != 8:
        return f"no list of system calls for {platform.machine()}: programs and sockets are open"
    code = b"".join(struct.pack("=HBBI", *i) for i in program(machine, os.getpid(), left))
    memory = ctypes.create_string_buffer(code)
    rules = _Program(len(code) // 8, ctypes.addressof(memory))
    no_new_privileges()
    number = SECCOMP[machine.column]
    done, error = call(number, _SET_MODE_FILTER, _ALL_THREADS, ctypes.byref(rules))
    if done != 0:
        return f"seccomp refused ({os.strerror(error)}): programs and sockets are open"
    words = {"sockets": left.internet, "programs": False, "other processes": left.copies}
    *first, last = (word for word, kept in words.items() if not kept)
    refused = f"{', '.join(first)} or {last}" if first else last
    kept = {"the internet": left.internet, "copies of itself": left.copies}
    also = " and ".join(word for word, is_left in kept.items() if is_left)
    return f"no {refused} by seccomp{f', left: {also}' if also else ''}"


def program(machine: Architecture, pid: int, left: Left) -> list[Instruction]:
    """The filter of a process that has number `pid` [-], as the kernel runs it."""
    kept = OF_COPIES if left.copies else ()
    refused = [of[machine.column] for name, of in REFUSED.items() if name not in kept]
    lines = [
        (_LOAD, 0, 0, _AT_ARCHITECTURE),
        (_EQUAL, 1, 0, machine.audit),
        _answer(EPERM),  # 32-bit calls in a 64-bit process
        (_LOAD, 0, 0, _AT_NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        _answer(EPERM),
        *_where(CLONE3[machine.column], [_answer(ENOSYS)]),
        *_where(CLONE[machine.column], _no_namespaces() if left.copies else _threads_only()),
        *_where(
            SOCKET[machine.column], _first_among(_INTERNET) if left.internet else [_answer(EPERM)]
        ),
    ]
    for name, numbers in TO_ITSELF.items():
        if left.copies and name in SIGNALS:
            continue  # a copy has another number; Landlock keeps signals among them
        # 0 is the caller to prlimit64, but its whole group to kill
        itself = (pid, 0) if name == "prlimit64" else (pid,)
        lines += _where(numbers[machine.column], _first_among(itself))
    for number in refused:
        if number is not None:
            lines += _where(number, [_answer(EPERM)])
    return [*lines, (_RETURN, 0, 0, _ALLOW)]


def _where(number: int, then: list[Instruction]) -> list[Instruction]:
    """`then` for the call `number`; every way through `then` must return."""
    return [(_EQUAL, 0, len(then), number), *then]


def _answer(error: int) -> Instruction:
    return (_RETURN, 0, 0, _ERROR | error)


def _threads_only() -> list[Instruction]:
    return [
        (_LOAD, 0, 0, _AT_FIRST),
        (_ANY_BIT, 0, 1, _CLONE_THREAD),
        (_RETURN, 0, 0, _ALLOW),
        _answer(EPERM),
    ]


def _no_namespaces() -> list[Instruction]:
    return [
        (_LOAD, 0, 0, _AT_FIRST),
        (_ANY_BIT, 0, 1, _CLONE_NAMESPACES),
        _answer(EPERM),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _first_among(numbers: tuple[int, ...]) -> list[Instruction]:
    allowed = [line for n in numbers for line in _where(n, [(_RETURN, 0, 0, _ALLOW)])]
    return [(_LOAD, 0, 0, _AT_FIRST), *allowed, _answer(EPERM)]
