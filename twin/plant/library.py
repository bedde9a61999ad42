"""The shared library of an FMU for this machine: found, held against it, and loaded."""

import ctypes
from contextlib import suppress
from pathlib import Path

import fmpy

from twin.errors import BadInput
from twin.plant.binary import needed, platforms

_FOLDERS_2 = {
    "linux32": "x86-linux",
    "linux64": "x86_64-linux",
    "win32": "x86-windows",
    "win64": "x86_64-windows",
    "darwin64": "x86_64-darwin",
}
"""Platform folders of FMI 2.0 by the names of 3.0."""


def find_library(path: Path, folder: Path, identifier: str, fmi: int) -> Path:
    """The library `identifier` of the FMU at `path`, unpacked to `folder`.

    Raises:
        BadInput: there is none for this machine; says what there is instead.
    """
    # fmpy says `linux64` on ARM too; FMI 2.0 means x86-64 by it, so only there is it a fallback
    legacy = fmpy.platform if fmi == 2 and fmpy.architecture in ("x86_64", "x86") else None
    for platform in (fmpy.platform_tuple, legacy):
        if platform is not None:
            library: Path = (
                folder / "binaries" / platform / (identifier + fmpy.sharedLibraryExtension)
            )
            if library.is_file():
                _check_platform(path, library)
                return library
    there = sorted(p.name for p in (folder / "binaries").glob("*") if p.is_dir())
    named = [f"{n} ({_FOLDERS_2[n]})" if n in _FOLDERS_2 else n for n in there]
    found = f"it has binaries for {', '.join(named) or 'no platform'}"
    if not there and (folder / "sources").is_dir():
        found = "it has source code only, which its own tool must compile"
    raise BadInput(
        f"{path}: no {identifier}{fmpy.sharedLibraryExtension} for {fmpy.platform_tuple}; {found}"
    )


def load_library(path: Path, library: Path) -> int:
    """The system's handle of `library`, which belongs to the FMU at `path`.

    Raises:
        BadInput: it does not load; names each library that it needs and this machine lacks.
    """
    try:
        return ctypes.CDLL(str(library))._handle
    except OSError as error:
        missing = _missing(library)
        why = f"needs {', '.join(missing)}, not found on this machine: " if missing else ""
        # the loader's own sentence says what else it may be: a symbol, a version
        raise BadInput(f"{path}: {library.name} cannot be loaded: {why}{error}") from error


def _check_platform(path: Path, library: Path) -> None:
    found = platforms(library)
    if not found:
        raise BadInput(f"{path}: {library.name} cannot be loaded: it is no shared library")
    if fmpy.platform_tuple not in found:
        raise BadInput(
            f"{path}: {library.name} in {library.parent.name} is for {', '.join(found)},"
            f" this machine is {fmpy.platform_tuple}"
        )


def _missing(library: Path) -> list[str]:
    missing = list(needed(library))
    for name in needed(library):
        for place in (name, str(library.parent / name)):
            with suppress(OSError):
                ctypes.CDLL(place)
                missing.remove(name)
                break
    return missing
