"""What a process takes of the machine, as Linux tells it; nothing elsewhere."""

import os
from pathlib import Path
from typing import NamedTuple


class Usage(NamedTuple):
    """CPU time since it began [s], resident memory [B], open files [-]."""

    cpu_s: float
    memory_bytes: int
    files: int


def usage(pid: int) -> Usage:
    """Of process `pid`; zeros where that cannot be known."""
    proc = Path("/proc") / str(pid)
    try:
        fields = (proc / "stat").read_text().rpartition(")")[2].split()
        pages = int((proc / "statm").read_text().split()[1])
        files = len(list((proc / "fd").iterdir()))
    except (OSError, ValueError, IndexError):
        return Usage(0.0, 0, 0)
    ticks = os.sysconf("SC_CLK_TCK")
    cpu_s = (int(fields[11]) + int(fields[12])) / ticks
    return Usage(cpu_s, pages * os.sysconf("SC_PAGE_SIZE"), files)
