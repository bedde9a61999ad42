"""System calls that Python has no function for."""

import ctypes
import os
from functools import cache

_PR_SET_NO_NEW_PRIVS = 38


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def call(number: int, *arguments: object) -> tuple[int, int]:
    """System call `number` [-]: its answer, and the error's number where that is negative."""
    # a plain int would be passed as 32 bits, and the rest of the register is anything
    passed = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    answer = int(_libc().syscall(ctypes.c_long(number), *passed))
    return answer, ctypes.get_errno() if answer < 0 else 0


def no_new_privileges() -> None:
    """From here on no program that this process starts has more rights than it has now."""
    nothing = ctypes.c_ulong(0)
    if _libc().prctl(_PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), nothing, nothing, nothing) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
