"""Logs of processes that run for years: what they say is kept, but not all of it for ever."""

import shutil
from contextlib import suppress
from pathlib import Path

MOST_BYTES = 10_000_000
"""A log that is larger is put aside, over the one that was put aside before [B]."""


def trim(folder: Path, most_bytes: int = MOST_BYTES) -> list[str]:
    """Put aside what has grown beyond `most_bytes` [B]; the names of those logs.

    Their writers append, and go on at the beginning of the emptied file.
    """
    trimmed = []
    for path in sorted(folder.glob("*.log")):
        with suppress(OSError):
            if path.stat().st_size > most_bytes:
                shutil.copyfile(path, path.with_name(f"{path.name}.1"))
                with path.open("r+b") as file:
                    file.truncate()
                trimmed.append(path.name)
    return trimmed
