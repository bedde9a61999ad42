"""The filter of system calls, run by an interpreter of its own, against the kernel's headers."""

import re
from errno import ENOSYS, EPERM
from pathlib import Path

import pytest

from twin.confine.seccomp import ARCHITECTURES, program
from twin.confine.syscalls import CLONE, CLONE3, REFUSED, SECCOMP, TO_ITSELF

PID = 4711
ALLOWED = 0
HEADERS = {
    "x86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "aarch64": Path("/usr/include/asm-generic/unistd.h"),
}


def answer(machine: str, number: int, first: int = 0, audit: int | None = None) -> int:
    """What a filter answers a call: 0, or the number of the error."""
    architecture = ARCHITECTURES[machine]
    words = {0: number, 4: architecture.audit if audit is None else audit, 16: first & 0xFFFFFFFF}
    lines = program(architecture, PID)
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
    special = {CLONE[column], CLONE3[column], *(n[column] for n in TO_ITSELF.values())}
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
    special = {"clone": CLONE, "clone3": CLONE3, "seccomp": SECCOMP}
    compared = 0
    for name, numbers in {**REFUSED, **TO_ITSELF, **special}.items():
        if name in known:
            assert numbers[column] == int(known[name]), name
            compared += 1
        elif numbers[column] is not None:
            assert numbers[column] > 450, name  # newer than the headers
    assert compared > 60
