"""Ballast: a file that is there to be given up, so that a full disk leaves room to tidy up."""

import contextlib
import errno
import os
import shutil
from pathlib import Path
from typing import Final

import apsw

BALLAST_BYTES: Final = 32 << 20
_PIECE: Final = 1 << 20
_FULL_BYTES: Final = 1 << 20
"""A disk with less than this left is full, whatever the error that comes of it says [B]."""


class Ballast:
    """A file of so many bytes, there when nobody needs its room."""

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size

    def give_up(self) -> bool:
        """Free its room; False if there was none."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True

    def restore(self) -> bool:
        """Put it there if there is room; False if nothing was changed."""
        if self.size == 0 or self.path.exists():
            return False
        if shutil.disk_usage(self.path.parent).free < 2 * self.size:
            return False  # what it takes must not be what the next samples need
        noise = os.urandom(_PIECE)  # a disk may compress, and give zeros no room
        fresh = self.path.with_name(self.path.name + ".new")
        try:
            with fresh.open("wb") as file:
                for at in range(0, self.size, _PIECE):
                    file.write(noise[: self.size - at])
            fresh.replace(self.path)
        except OSError:  # somebody else was quicker to take the room
            with contextlib.suppress(OSError):
                fresh.unlink()
            return False
        return True


def is_full(error: Exception, folder: Path) -> bool:
    """Whether an error of SQLite or of the system says that the disk is full."""
    if isinstance(error, apsw.FullError):
        return True
    if isinstance(error, OSError):
        return error.errno in (errno.ENOSPC, errno.EDQUOT)
    if isinstance(error, apsw.IOError | apsw.CantOpenError):
        return shutil.disk_usage(folder).free < _FULL_BYTES
    return False
