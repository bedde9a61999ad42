"""Landlock: a thread gives up files and TCP ports, without being root (Linux 5.13 and later)."""

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from twin.confine.libc import call, no_new_privileges

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_ASK_VERSION, _PATH_BENEATH = 1, 1

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE, _IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEVICE
"""Rights that may be given to what is no folder."""
_MAKE_DEVICE = 1 << 6 | 1 << 11
_BIND_AND_CONNECT_TCP: Final = 3
_SIGNALS_AND_ABSTRACT_SOCKETS: Final = 3


class _Ruleset(ctypes.Structure):
    """Kernel: struct landlock_ruleset_attr."""

    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scoped", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    """Kernel: struct landlock_path_beneath_attr."""

    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def landlock_version() -> int:
    """Version of Landlock's interface in this kernel [-]; 0 without it."""
    return max(0, _version()[0])


def _version() -> tuple[int, int]:
    return call(_CREATE_RULESET, None, 0, _ASK_VERSION)


def restrict_files(
    read: Iterable[Path], write: Iterable[Path], devices: Iterable[Path], *, internet: bool
) -> str:
    """Leave this thread `read` to read and `write` to do anything in but run; what came of it.

    `devices`, and those in such a folder, may be opened and set, and TCP with `internet`.
    """
    version, error = _version()
    if version < 1:
        return f"no Landlock ({os.strerror(error)}): files are open"
    handled, closed = _rights(version), version >= 4 and not internet
    rules = _Ruleset(
        handled,
        _BIND_AND_CONNECT_TCP if closed else 0,
        _SIGNALS_AND_ABSTRACT_SOCKETS if version >= 6 else 0,
    )
    ruleset, error = call(_CREATE_RULESET, ctypes.byref(rules), ctypes.sizeof(rules), 0)
    if ruleset < 0:
        return f"Landlock refused ({os.strerror(error)}): files are open"
    try:
        for path in read:
            with suppress(OSError):  # what cannot be named stays shut
                _allow(ruleset, path, _READ_FILE | _READ_DIR)
        for path in write:
            _allow(ruleset, path, handled & ~(_EXECUTE | _MAKE_DEVICE | _IOCTL_DEVICE))
        for path in devices:
            _allow(ruleset, path, handled & (_READ_FILE | _READ_DIR | _WRITE_FILE | _IOCTL_DEVICE))
        _allow(ruleset, Path("/dev/null"), _READ_FILE | _WRITE_FILE)
        no_new_privileges()
        done, error = call(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    if done < 0:
        return f"Landlock refused ({os.strerror(error)}): files are open"
    return f"files by Landlock {version}" + (", no TCP" if closed else "")


def _rights(version: int) -> int:
    """All rights over files that this version of Landlock can take away."""
    rights = _EXECUTE | _WRITE_FILE | _READ_FILE | _READ_DIR | _REMOVE_AND_MAKE
    newer = ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL_DEVICE))
    return rights | sum(right for since, right in newer if version >= since)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        allowed = rights if path.is_dir() else rights & _OF_FILES
        rule = _Beneath(allowed, handle)
        done, error = call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(handle)
    if done < 0:
        raise OSError(error, os.strerror(error), str(path))
