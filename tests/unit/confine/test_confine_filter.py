"""The filter of system calls, run by an interpreter of its own, against the kernel's headers."""

import re
from errno import ENOSYS, EPERM
from pathlib import Path

import pytest

from twin.confine.seccomp import ARCHITECTURES, NOTHING, Left, program
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

PID = 4711
ALLOWED = 0
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def answer(
    machine: str, number: int, first: int = 0, audit: int | None = None, left: Left = NOTHING
) -> int:
    """What a filter answers a call: 0, or the number of the error."""
    architecture = ARCHITECTURES[machine]
    words = {0: number, 4: architecture.audit if audit is None else audit, 16: first & 0xFFFFFFFF}
    lines = program(architecture, PID, left)
    at, loaded = 0, 0
    while True:
        code, yes, no, k = lines[at]
        at += 1
        match code:
            case 0x20:
                loaded = words[k]
            case 0x15:
                at += yes if loaded == k else no
            case 0x35:
                at += yes if loaded >= k else no
            case 0x45:
                at += yes if loaded & k else no
            case 0x06:
                return ALLOWED if k == 0x7FFF0000 else k & 0xFFFF
            case _:
                raise AssertionError(hex(code))


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_every_call_gets_its_answer(machine, column):
    refused = {numbers[column] for numbers in REFUSED.values()}
    special = {
        CLONE[column],
        CLONE3[column],
        SOCKET[column],
        *(n[column] for n in TO_ITSELF.values()),
    }
    for number in range(600):
        if number in special:
            continue
        assert answer(machine, number) == (EPERM if number in refused else ALLOWED), number
    assert answer(machine, CLONE3[column]) == ENOSYS
    assert answer(machine, CLONE[column], 0x3D0F00) == ALLOWED  # what glibc starts a thread with
    assert answer(machine, CLONE[column], 0x1200011) == EPERM  # ... and a process
    for name, numbers in TO_ITSELF.items():
        number = numbers[column]
        assert answer(machine, number, PID) == ALLOWED
        assert answer(machine, number, PID + 1) == EPERM
        assert answer(machine, number, -1) == EPERM
        assert answer(machine, number, 0) == (ALLOWED if name == "prlimit64" else EPERM)


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_who_copies_itself_keeps_what_that_needs_and_no_more(machine, column):
    left = Left(copies=True)
    kept = {REFUSED[name][column] for name in OF_COPIES} - {None}
    refused = {numbers[column] for numbers in REFUSED.values()} - kept - {None}
    assert all(answer(machine, number, left=left) == ALLOWED for number in kept)
    assert all(answer(machine, number, left=left) == EPERM for number in refused)
    assert answer(machine, CLONE[column], 0x1200011, left=left) == ALLOWED  # a process
    assert answer(machine, CLONE[column], 0x10000011, left=left) == EPERM  # in a world of its own
    assert answer(machine, SOCKET[column], 2, left=left) == EPERM
    for name in SIGNALS:
        assert answer(machine, TO_ITSELF[name][column], PID + 1, left=left) == ALLOWED
    assert answer(machine, TO_ITSELF["prlimit64"][column], PID + 1, left=left) == EPERM


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_lines_need_sockets_of_the_internet_and_no_others(machine, column):
    families = {1: EPERM, 2: ALLOWED, 10: ALLOWED, 16: EPERM, 17: EPERM, 40: EPERM}
    left = Left(internet=True)
    for family, found in families.items():
        assert answer(machine, SOCKET[column], family, left=left) == found
        assert answer(machine, SOCKET[column], family) == EPERM
    assert answer(machine, CLONE[column], 0x1200011, left=left) == EPERM


def test_a_second_set_of_calls_is_no_way_around():
    assert answer("x86_64", 39, audit=0x40000003) == EPERM  # as a 32-bit program
    assert answer("x86_64", 0x40000000 | 39) == EPERM  # x32
    assert answer("x86_64", 39) == ALLOWED


@pytest.mark.parametrize(("machine", "column"), [("x86_64", 0), ("aarch64", 1)])
def test_numbers_are_those_of_the_kernel(machine, column):
    if not HEADERS[machine].exists():
        pytest.skip(f"no {HEADERS[machine]}")
    text = HEADERS[machine].read_text("utf-8")
    known = dict(re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)", text))
    special = {"clone": CLONE, "clone3": CLONE3, "seccomp": SECCOMP, "socket": SOCKET}
    compared = 0
    for name, numbers in {**REFUSED, **TO_ITSELF, **special}.items():
        if name in known:
            assert numbers[column] == int(known[name]), name
            compared += 1
        elif numbers[column] is not None:
            assert numbers[column] > 450, name  # newer than the headers
    assert compared > 60
