"""What the catalogue of faults must know of an FMU; reads its description and loads no code."""

import functools
import zipfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_LARGEST_B = 64 * 1024 * 1024
"""A description that swells beyond this is not read."""


@dataclass(frozen=True, slots=True)
class FmuOutline:
    """Name of the model, and of its parameters that may change while it runs, in its order."""

    model: str
    tunable: tuple[str, ...]


def fmu_outline(path: Path) -> FmuOutline | None:
    """The model inside the FMU at `path`.

    None when there is no such file, or it is none: what is wrong with it is for the plant to
    say, when it opens it.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return _read(path, (found.st_mtime_ns, found.st_size))


@functools.lru_cache(maxsize=64)
def _read(path: Path, version: tuple[int, int]) -> FmuOutline | None:
    """`version`, the file's time [ns] and size [B], makes one that was built anew another one."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("modelDescription.xml").file_size > _LARGEST_B:
                return None
            text = archive.read("modelDescription.xml")
            if b"<!DOCTYPE" in text:  # where entity bombs live
                return None
            root = ElementTree.fromstring(text)
    except (OSError, KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        return None
    tunable = tuple(
        variable.get("name", "")
        for variable in root.iterfind("ModelVariables/*")
        if (variable.get("causality"), variable.get("variability")) == ("parameter", "tunable")
    )
    return FmuOutline(root.get("modelName", ""), tunable)
