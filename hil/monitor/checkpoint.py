"""The twin's memory on disk: replaced as a whole, and used only where it fits.

What it must fit is everything that the numbers depend on: site file, models, what was learned,
period, and the code itself.
"""

import hashlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import numpy as np
import zstandard

import hil
import twin
from hil.gate.files import make_folder, replace
from twin.site.model import Site

FILE = "checkpoint"


class Missing(NamedTuple):
    """There is no memory to go on from; `why` is empty where there never was one."""

    why: str


class Checkpoint:
    """The memory in a `folder` of its own, for what `fits` (`fitting`)."""

    def __init__(self, folder: Path, fits: str) -> None:
        self._path = folder / FILE
        self._fits = fits

    def save(self, memory: bytes) -> int:
        """Replace what is there; bytes that it takes [B]. OSError where the disk does not."""
        make_folder(self._path.parent)
        packed = zstandard.compress(memory, 1)
        head = {"fits": self._fits, "sha256": hashlib.sha256(packed).hexdigest()}
        whole = json.dumps(head).encode() + b"\n" + packed
        replace(self._path, whole)
        return len(whole)

    def load(self) -> bytes | Missing:
        """What was saved last, or why it is of no use."""
        try:
            head, _, packed = self._path.read_bytes().partition(b"\n")
        except FileNotFoundError:
            return Missing("")
        except OSError as error:
            return Missing(f"{self._path}: {error.strerror or error}")
        try:
            told = json.loads(head)
            if told["sha256"] != hashlib.sha256(packed).hexdigest():
                return Missing(f"{self._path} is damaged")
            if told["fits"] != self._fits:
                return Missing("site, models, what was learned or hukka itself have changed")
            return zstandard.decompress(packed)
        except (ValueError, KeyError, TypeError, zstandard.ZstdError):
            return Missing(f"{self._path} is damaged")

    def forget(self) -> None:
        """Take it away."""
        self._path.unlink(missing_ok=True)


def fitting(site: Site, period_ns: int, learned: Path | None, unread: Collection[str] = ()) -> str:
    """What a memory has to fit, as a hash; `unread` is what nobody can be asked for."""
    found = hashlib.sha256()
    found.update(site.document.path.read_bytes())
    for part in site.plant.parts:
        path = Path(site.fmu_path(part))
        found.update(hashlib.sha256(path.read_bytes()).digest())
    found.update(b"" if learned is None else learned.read_bytes())
    found.update(f"{period_ns} {np.__version__} {sorted(unread)}".encode())
    for room in (Path(twin.__file__).parent, Path(hil.__file__).parent / "monitor"):
        for source in sorted(room.rglob("*.py")):
            found.update(source.read_bytes())
    return found.hexdigest()
