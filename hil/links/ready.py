"""Waiting for bytes until an instant: to the microsecond, and with any number of open files.

`select` waits to the microsecond, which the silences between RTU frames need, but takes no
descriptor above 1023. `poll` takes any, but counts milliseconds; `ppoll` does both, and Python has
no way to it but the C library's own.
"""

import ctypes
import os
import select
from collections.abc import Callable, Sequence
from errno import EINTR
from typing import Final

from twin.clock import NS_PER_S, WallClock, monotonic_ns

SELECTABLE: Final = 1024
"""Descriptors from here on `select` cannot tell apart (FD_SETSIZE)."""
_POLLIN: Final = 1


class _PollFd(ctypes.Structure):
    """POSIX: struct pollfd."""

    _fields_ = (("fd", ctypes.c_int), ("events", ctypes.c_short), ("revents", ctypes.c_short))


class _TimeSpec(ctypes.Structure):
    """POSIX: struct timespec [s, ns]."""

    _fields_ = (("s", ctypes.c_long), ("ns", ctypes.c_long))


AWAKE_NS: Final = 200_000
"""A sleep ends so late, and more on a busy machine: 0.1 ms were measured [ns]."""


def ready(descriptors: Sequence[int], deadline_ns: int, awake_ns: int = 0) -> list[int]:
    """Those of `descriptors` that can be read, or are gone; none when `deadline_ns` passed.

    The deadline is on the monotonic clock [ns]. The last `awake_ns` [ns] before it are not slept,
    for who must not be late.
    """
    heard = _asleep(descriptors, deadline_ns - awake_ns)
    while not heard and monotonic_ns() < deadline_ns:
        heard = _asleep(descriptors, 0)
    return heard


def _asleep(descriptors: Sequence[int], deadline_ns: int) -> list[int]:
    if not descriptors:
        WallClock(0).wait_until(deadline_ns)
        return []
    left_ns = max(0, deadline_ns - monotonic_ns())
    if os.name != "posix" or max(descriptors) < SELECTABLE:
        return select.select(descriptors, (), (), left_ns / NS_PER_S)[0]
    if _PPOLL is None:  # macOS: up to a millisecond late
        watch = select.poll()
        for descriptor in descriptors:
            watch.register(descriptor, select.POLLIN)
        return [descriptor for descriptor, _ in watch.poll(left_ns / 1e6)]
    return _ppoll(_PPOLL, descriptors, deadline_ns)


def _ppoll(ppoll: Callable[..., int], descriptors: Sequence[int], deadline_ns: int) -> list[int]:
    watched = (_PollFd * len(descriptors))(*(_PollFd(fd, _POLLIN, 0) for fd in descriptors))
    while True:
        left_ns = max(0, deadline_ns - monotonic_ns())
        wait = _TimeSpec(*divmod(left_ns, NS_PER_S))
        if ppoll(watched, len(watched), ctypes.byref(wait), None) >= 0:
            return [w.fd for w in watched if w.revents]
        if (number := ctypes.get_errno()) != EINTR:
            raise OSError(number, os.strerror(number))


def _find_ppoll() -> Callable[..., int] | None:
    if os.name != "posix":
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "ppoll", None)


_PPOLL: Final = _find_ppoll()
