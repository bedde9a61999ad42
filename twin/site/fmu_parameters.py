"""Which parameters of an FMU may change while it runs; reads its description and loads no code."""

import functools
import zipfile
from pathlib import Path
from xml.etree import ElementTree

_LARGEST_B = 64 * 1024 * 1024
"""A description that swells beyond this is not read."""


def tunable_parameters(path: Path) -> tuple[str, ...] | None:
    """Names of the tunable parameters of the FMU at `path`, in its order.

    None when there is no such file, or it is none: what is wrong with it is for the plant to
    say, when it opens it.
    """
    try:
        found = path.stat()
    except OSError:
        return None
    return _read(path, (found.st_mtime_ns, found.st_size))


@functools.lru_cache(maxsize=64)
def _read(path: Path, version: tuple[int, int]) -> tuple[str, ...] | None:
    """`version`, the file's time [ns] and size [B], makes one that was built anew another one."""
    try:
        with zipfile.ZipFile(path) as archive:
            if archive.getinfo("modelDescription.xml").file_size > _LARGEST_B:
                return None
            root = ElementTree.fromstring(archive.read("modelDescription.xml"))
    except (OSError, KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        return None
    return tuple(
        variable.get("name", "")
        for variable in root.iterfind("ModelVariables/*")
        if (variable.get("causality"), variable.get("variability")) == ("parameter", "tunable")
    )
