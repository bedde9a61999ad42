"""Memory that processes of one run share: a file without a name, gone with the last of them."""

import mmap
import os
import tempfile
from contextlib import suppress
from pathlib import Path


class SharedMemory:
    """`size` bytes [B] seen by every process that opens `path`.

    It lives in RAM where the system offers that, because a dirty page of a disk file can stall
    its writer for as long as the disk takes.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        self.descriptor: int | None = None
        """What a child must inherit for `path` to lead here; only in the process that created."""
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), size)
        self.buffer = memoryview(self._map)

    @classmethod
    def create(cls, size: int) -> "SharedMemory":
        """New zeroed memory of `size` bytes for this process and children given `descriptor`."""
        handle, path = _nameless()
        os.truncate(handle, size)
        memory = cls(path, size)
        memory.descriptor = handle
        return memory

    def unlink(self) -> None:
        """Nobody can open it any more; those who have it open keep it."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
        if os.name != "posix":
            with suppress(PermissionError):  # somebody has it open still
                self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the memory back; views into it must be gone."""
        self.buffer.release()
        self._map.close()


def _nameless() -> tuple[int, Path]:
    """A new file and the path by which this process and its heirs open it."""
    if hasattr(os, "memfd_create"):
        handle = os.memfd_create("hukka")
        return handle, Path(f"/proc/self/fd/{handle}")
    handle, name = tempfile.mkstemp(prefix="hukka-")
    if os.name != "posix":
        return handle, Path(name)
    Path(name).unlink()
    return handle, Path(f"/dev/fd/{handle}")
