"""The files of a historian's folder: which there are, how large, and how one is taken away."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hil.historian.weeks.iso_week import WEEK_NS, start_of_file

BROKEN: Final = ".broken"
_BESIDE: Final = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class WeekFile:
    """A week on disk."""

    start_ns: int
    path: Path
    inode: int

    @property
    def end_ns(self) -> int:
        """Beginning of the next week [ns since 1970]."""
        return self.start_ns + WEEK_NS

    def mark(self) -> tuple[int, int] | None:
        """Size [B] and time of its last change [ns]; None if it is gone."""
        try:
            found = self.path.stat()
        except OSError:
            return None
        return found.st_size, found.st_mtime_ns

    def used_bytes(self) -> int:
        """Room that it takes with its log [B]."""
        total = 0
        for path in (self.path, *_beside(self.path)):
            with contextlib.suppress(FileNotFoundError):
                total += path.stat().st_size
        return total


def week_files(folder: Path) -> list[WeekFile]:
    """Weeks in a folder, the oldest first; nothing where there is no folder."""
    found = []
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            start_ns = start_of_file(entry.name)
            if start_ns is not None and entry.is_file():
                found.append(WeekFile(start_ns, folder / entry.name, entry.inode()))
    return sorted(found, key=lambda file: file.start_ns)


def used_bytes(folder: Path) -> int:
    """Room that the weeks of a folder take, logs and broken ones too [B]."""
    total = 0
    with contextlib.suppress(FileNotFoundError, NotADirectoryError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(FileNotFoundError):
                total += entry.stat().st_size
    return total


def drop(path: Path) -> None:
    """Take a week away, and its room back at once even where a reader has it open."""
    for name in (path, *_beside(path)):
        with contextlib.suppress(FileNotFoundError):
            fd = os.open(name, os.O_RDWR)
            try:
                name.unlink()
                if not name.name.endswith("-shm"):  # readers have that one mapped
                    os.ftruncate(fd, 0)
            finally:
                os.close(fd)


def sweep(folder: Path) -> None:
    """Take away logs whose week is gone: a process was killed while it dropped one."""
    for end in _BESIDE:
        for path in folder.glob(f"*.sqlite{end}"):
            if not path.with_name(path.name.removesuffix(end)).exists():
                path.unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Rename a broken week, and what lies beside it, out of the way; its new name."""
    number, aside = 2, path.with_name(path.name + BROKEN)
    while aside.exists():
        aside = path.with_name(f"{path.name}{BROKEN}-{number}")
        number += 1
    for end in ("", *_BESIDE):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + end).rename(aside.with_name(aside.name + end))
    return aside


def _beside(path: Path) -> list[Path]:
    return [path.with_name(path.name + end) for end in _BESIDE]


def set_aside_files(folder: Path) -> list[Path]:
    """Weeks that were found broken."""
    found = folder.glob(f"*{BROKEN}*")
    return sorted(path for path in found if not path.name.endswith(_BESIDE))
