"""Files that are on disk when a function returns, and a folder that one process has to itself."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from twin.closing import Closing
from twin.errors import BadInput

if os.name == "posix":
    import fcntl
else:
    import msvcrt

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)


class AppendFile:
    """Lines that are safe when `append` returns; one that does not fit leaves nothing behind."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, _FLAGS, 0o600)
        sync_folder(path.parent)  # even if it was there: a crash may have come before this

    @property
    def size(self) -> int:
        """Bytes in the file [-]."""
        return os.fstat(self._fd).st_size

    def append(self, line: bytes) -> None:
        """Add `line` and wait for the disk; OSError, and the file as it was, if that fails."""
        before = self.size
        try:
            _write(self._fd, line)
            os.fsync(self._fd)
        except OSError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._fd, before)
                os.fsync(self._fd)
            raise

    def cut(self, size: int) -> None:
        """Keep the first `size` bytes [-]."""
        os.ftruncate(self._fd, size)
        os.fsync(self._fd)

    def close(self) -> None:
        """Give the file back; what is appended later fails."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


def replace(path: Path, content: bytes) -> None:
    """Put `content` at `path` so that a crash leaves either the old or the new one, whole."""
    fresh = path.with_name(path.name + ".new")
    fd = os.open(fresh, _FLAGS | os.O_TRUNC, 0o600)
    try:
        _write(fd, content)
        os.fsync(fd)
    finally:
        os.close(fd)
    fresh.replace(path)
    sync_folder(path.parent)


def make_folder(folder: Path) -> None:
    """Make `folder`, for this user alone, and those above it, so that a crash keeps them."""
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    for path in reversed(missing):
        path.mkdir(mode=0o700 if path == folder else 0o777, exist_ok=True)
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until names that were made or taken away in `folder` are on disk."""
    if os.name != "posix":  # elsewhere a folder cannot be opened, and its names are written through
        return
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


class FolderLock(Closing):
    """Whoever has it is the only one, on this machine, until it ends, however it ends.

    Raises:
        BadInput: another process has it, which is named.
    """

    def __init__(self, folder: Path, does: str = "has armed this gate") -> None:
        path = folder / "lock"
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._fd)
        except (BlockingIOError, PermissionError):  # PermissionError is how Windows says it
            holder = os.read(self._fd, 200).decode(errors="replace").strip() or "another process"
            os.close(self._fd)
            raise BadInput(f"{path}: {holder} {does}; one at a time") from None
        except OSError:  # as of a network disk without locks
            os.close(self._fd)
            raise
        with contextlib.suppress(OSError):  # a full disk: the lock counts, not who has it
            os.ftruncate(self._fd, 0)
            os.write(self._fd, f"process {os.getpid()}".encode())

    def close(self) -> None:
        """Let the next one in."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1


@contextlib.contextmanager
def turn(path: Path) -> Iterator[None]:
    """Wait until nobody else on this machine is inside with the same `path`, and keep them out.

    For moments only: whoever comes meanwhile waits.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.name == "posix":
            fcntl.flock(fd, fcntl.LOCK_EX)
        else:  # tries for ten seconds
            msvcrt.locking(fd, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined,unused-ignore]
        yield
    finally:
        os.close(fd)


def _write(fd: int, content: bytes) -> None:
    left = memoryview(content)
    while left:
        left = left[os.write(fd, left) :]


def _lock(fd: int) -> None:
    if os.name == "posix":
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    else:  # beyond the name of the holder, which stays readable
        os.lseek(fd, 4096, os.SEEK_SET)
        msvcrt.locking(fd, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
        os.lseek(fd, 0, os.SEEK_SET)
