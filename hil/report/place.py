"""Where a file goes: refused before anything runs, written as a whole or not at all."""

import contextlib
from errno import EISDIR
from os import getpid, strerror
from pathlib import Path

from twin.errors import BadInput


def target_of(path: Path, name: str) -> Path:
    """The file: `path`, or `name` in it if it is a folder."""
    return path / name if path.is_dir() else path


def refuse_unwritable(target: Path) -> None:
    """Nothing, if `target` can be written.

    Raises:
        BadInput: it is a folder, or its folder is missing or read-only.
    """
    if target.is_dir():
        raise BadInput(f"{target}: cannot be written: {strerror(EISDIR)}")
    if _stays(target):
        return
    beside = _beside(target)
    try:
        beside.write_bytes(b"")
        beside.unlink()
    except OSError as error:
        raise _refusal(target, error) from None


def write(target: Path, text: str) -> None:
    """Write the page.

    Raises:
        BadInput: it cannot be written.
    """
    write_bytes(target, text.encode())


def write_bytes(target: Path, content: bytes) -> None:
    """Write a file that is no text.

    Raises:
        BadInput: it cannot be written.
    """
    beside = target if _stays(target) else _beside(target)
    try:
        beside.write_bytes(content)
        if beside != target:
            beside.replace(target)
    except OSError as error:
        if beside != target:
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
        raise _refusal(target, error) from None


def _stays(target: Path) -> bool:
    """Whether it is a device, a pipe or a link: whoever put something else there would break it."""
    return target.is_symlink() or (target.exists() and not target.is_file())


def _beside(target: Path) -> Path:
    # each process has its own: two that write one file leave that of the later one
    return target.with_name(f"{target.name}.{getpid()}.part")


def _refusal(target: Path, error: OSError) -> BadInput:
    return BadInput(f"{target}: cannot be written: {error.strerror or error}")
