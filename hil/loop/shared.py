"""Memory that processes of one run share: a file without a name once everybody has opened it."""

import mmap
import os
import tempfile
from pathlib import Path


class SharedMemory:
    """`size` bytes [B] seen by every process that opens `path`.

    It lives in RAM where the system offers that (`/dev/shm`), because a dirty page of a disk
    file can stall its writer for as long as the disk takes.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path = path
        self.size = size
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), size)
        self.buffer = memoryview(self._map)

    @classmethod
    def create(cls, size: int) -> "SharedMemory":
        """New zeroed memory of `size` bytes."""
        folder = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        handle, name = tempfile.mkstemp(prefix="hukka-", dir=folder)
        os.truncate(handle, size)
        os.close(handle)
        return cls(Path(name), size)

    def unlink(self) -> None:
        """Take the name away; those who have it open keep it, and nothing is left behind."""
        self.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Give the memory back; views into it must be gone."""
        self.buffer.release()
        self._map.close()
