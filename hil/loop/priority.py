"""What the operating system can do for a loop that must not be late. Said, not required."""

import ctypes
import gc
import os
import sys

# now, later, and each page when it is first touched: whole libraries would be loaded otherwise
_MCL_CURRENT_FUTURE_ONFAULT = 1 | 2 | 4
_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def claim_realtime(priority: int = 50) -> str:
    """Ask for SCHED_FIFO and locked memory and freeze the collector; a sentence of what came.

    The garbage collector stays off from here on: the loop makes no cycles, and a full
    collection costs milliseconds.
    """
    gc.collect()
    gc.freeze()
    gc.disable()
    return f"{_fifo(priority)}, {_lock_memory()}, collector frozen"


def _fifo(priority: int) -> str:
    if not hasattr(os, "sched_setscheduler"):
        return "no SCHED_FIFO on this system"
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except PermissionError:
        return "SCHED_FIFO not allowed"
    return f"SCHED_FIFO {priority}"


def _lock_memory() -> str:
    if not sys.platform.startswith("linux"):
        return "memory not locked"
    libc = ctypes.CDLL(None, use_errno=True)
    locked = libc.mlockall(_MCL_CURRENT_FUTURE_ONFAULT) == 0
    return "memory locked" if locked else "memory not locked"


def die_with_parent(how: int = _SIGKILL) -> None:
    """Have the kernel end this process by signal `how` [-] when its parent is gone (Linux)."""
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, how, 0, 0, 0)
