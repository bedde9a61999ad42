"""The one door: everything that this system offers, in one call that cannot be taken back."""

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from twin.confine.landlock import restrict_files
from twin.confine.places import OF_NAMES, of_python
from twin.confine.seccomp import NOTHING, Left, refuse_calls

GIB = 1 << 30
_left: Left | None = None
"""What this process has left, once it is shut in."""


@dataclass(frozen=True)
class Allowed:
    """What is left to a process that is shut in."""

    read: tuple[Path, ...] = ()
    """Folders and files beside those that Python itself reads; they need not be there."""
    write: tuple[Path, ...] = ()
    """Folders in which files may be made, changed and removed."""
    devices: tuple[Path, ...] = ()
    """Devices, and folders of devices, that it talks to."""
    left: Left = NOTHING
    """System calls beside those of numerics."""
    more_memory_bytes: int = 4 * GIB
    """Address space beyond what the process has now [B]."""
    file_bytes: int = 64 * GIB
    """Largest file that it may write [B]."""


def confine(allowed: Allowed) -> str:
    """Shut this process in for the rest of its life; a sentence of what came of it.

    Call it after everything that needs more was opened and before the first byte of foreign code
    is loaded, with one thread: files are shut away from the calling thread and those it starts.
    """
    if not sys.platform.startswith("linux"):
        return f"not confined: {sys.platform} has neither Landlock nor seccomp"
    from twin.confine.limits import set_limits  # its library is there on Unix only

    global _left
    _left = allowed.left
    names = OF_NAMES if allowed.left.internet else ()
    said = [
        restrict_files(
            _existing((*of_python(), *allowed.read, *names)),
            _existing(allowed.write),
            _existing(allowed.devices),
            internet=allowed.left.internet,
        ),
        refuse_calls(allowed.left),
        set_limits(allowed.more_memory_bytes, allowed.file_bytes),
    ]
    if (others := _other_threads()) > 0:
        said.append(f"older threads that keep their files: {others}")
    return "confined: " + "; ".join(said)


def no_more_copies() -> None:
    """Of a process that was shut in: it makes no more copies of itself."""
    global _left
    if _left is not None and _left.copies:
        _left = replace(_left, copies=False)
        refuse_calls(_left)


def _existing(paths: Iterable[Path]) -> list[Path]:
    return [path for path in dict.fromkeys(paths) if _is_there(path)]


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # in a folder that is shut to us already
        return False


def _other_threads() -> int:
    return sum(1 for _ in Path("/proc/self/task").iterdir()) - 1
