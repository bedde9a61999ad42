"""Limits of resources: what a leak or a runaway file may take from the machine."""

import resource
from pathlib import Path

MOST_FILES = 512
"""Open files of a process that hosts models [-]."""


def set_limits(more_memory_bytes: int, file_bytes: int) -> str:
    """No core file, and at most so much; what came of it.

    Memory is counted as address space, which is what a limit can be set on: `more_memory_bytes`
    [B] beyond what is mapped now. One file may have `file_bytes` [B].

    Threads have no limit of their own: the system counts those of all processes of a user.
    """
    memory_bytes = _mapped_bytes() + more_memory_bytes
    try:
        _lower(resource.RLIMIT_CORE, 0)
        _lower(resource.RLIMIT_NOFILE, MOST_FILES)
        _lower(resource.RLIMIT_FSIZE, file_bytes)
        _lower(resource.RLIMIT_AS, memory_bytes)
    except OSError as error:  # a service manager may have its own idea of limits
        return f"limits refused ({error.strerror})"
    return f"at most {memory_bytes / 2**30:.1f} GiB of address space"


def _lower(which: int, most: int) -> None:
    soft, hard = resource.getrlimit(which)
    known = [limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY]
    least = min([most, *known])
    resource.setrlimit(which, (least, least))


def _mapped_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    return pages * resource.getpagesize()
