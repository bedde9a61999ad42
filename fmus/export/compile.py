"""C → shared libraries for every platform, with the compiler that pip installs (ziglang).

Results are kept by the hash of everything that went into them, in `HUKKA_CACHE` or the user's
cache folder; compilers themselves cache there too. Long units are compiled on their own
(`object_file`), on all cores and while the rest of the code is still being written.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from twin.errors import BadInput, HukkaError, unknown


@dataclass(frozen=True)
class Platform:
    """A place an FMU can run: how zig calls it, and where FMI 2.0 looks for its library."""

    zig: str
    extension: str
    fmi2_folder: str
    link: tuple[str, ...] = ()


PLATFORMS: Mapping[str, Platform] = {
    "x86_64-linux": Platform("x86_64-linux-gnu.2.17", ".so", "linux64", ("-Wl,-z,defs",)),
    "aarch64-linux": Platform("aarch64-linux-gnu.2.17", ".so", "aarch64-linux", ("-Wl,-z,defs",)),
    "x86_64-windows": Platform("x86_64-windows-gnu", ".dll", "win64"),
    "x86_64-darwin": Platform("x86_64-macos", ".dylib", "darwin64"),
    "aarch64-darwin": Platform("aarch64-macos", ".dylib", "darwin64"),
}
"""Platforms by their FMI 3.0 name."""

_FLAGS = (
    *("-std=c99", "-O2", "-ffp-contract=off", "-fno-math-errno", "-fvisibility=hidden", "-s"),
    "-g0",  # zig would have debug information made, a third of the time, and -s throws it away
    "-fno-slp-vectorize",  # nothing gained in this code, and a fifth of the time to compile
)

_LONG = 200_000
"""Characters from which a unit is compiled on its own [-]."""
_INCLUDE = re.compile(r'^#include "([^"]+)"', re.MULTILINE)


def native_platform() -> str:
    """Name of the platform this runs on, a key of `PLATFORMS`."""
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(
        platform.machine().lower(), platform.machine().lower()
    )
    name = f"{machine}-{platform.system().lower()}"
    if name not in PLATFORMS:
        raise unknown("this machine", "platform", name, PLATFORMS)
    return name


def cache_folder() -> Path:
    """Where slow results are kept: `HUKKA_CACHE`, or `hukka` in the user's cache folder."""
    if chosen := os.environ.get("HUKKA_CACHE"):
        return Path(chosen)
    match platform.system():
        case "Windows":
            base = os.environ.get("LOCALAPPDATA") or str(Path.home() / "AppData" / "Local")
        case "Darwin":
            base = str(Path.home() / "Library" / "Caches")
        case _:
            base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "hukka"


def fmi_headers() -> dict[str, str]:
    """Headers of the FMI standard by name, as fmpy installs them."""
    spec = importlib.util.find_spec("fmpy")
    if spec is None or spec.origin is None:
        raise BadInput("fmpy is not installed, and with it the FMI headers: pip install fmpy")
    folder = Path(spec.origin).parent / "c-code"
    return {p.name: p.read_text("utf-8") for p in sorted(folder.glob("fmi[23]*.h"))}


def toolchain() -> str:
    """Name and version of the compiler.

    Raises:
        BadInput: it is not installed.
    """
    try:
        return f"ziglang {importlib.metadata.version('ziglang')}"
    except importlib.metadata.PackageNotFoundError as error:
        raise BadInput(
            "the C compiler is not installed: pip install 'hukka[build]' (package ziglang)"
        ) from error


def is_long(text: str) -> bool:
    """Whether a unit is compiled on its own."""
    return len(text) >= _LONG


def object_file(name: str, files: Mapping[str, str], platform_name: str) -> Path:
    """The unit `name` of `files` (name → text), compiled; only what it includes is looked at.

    Raises:
        BadInput: unknown platform.
        HukkaError: the compiler refuses; its message follows.
    """
    target = _platform(platform_name)
    needed = {name: files[name], **_included(files[name], files)}
    return _kept("objects", needed, target, ".o", ("-c", name))


def shared_library(files: Mapping[str, str], platform_name: str) -> Path:
    """Compiled and linked C `files` (name → text; every `.c` is a unit) for one platform.

    Raises:
        BadInput: unknown platform.
        HukkaError: the compiler refuses; its message follows.
    """
    target = _platform(platform_name)
    units = sorted(name for name in files if name.endswith(".c"))
    long = [name for name in units if is_long(files[name])]

    def parts() -> list[str]:
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            done = pool.map(lambda name: object_file(name, files, platform_name), long)
            found = dict(zip(long, map(str, done), strict=True))
        return ["-shared", *target.link, *(found.get(name, name) for name in units)]

    return _kept("libraries", files, target, target.extension, parts)


def _platform(name: str) -> Platform:
    if name not in PLATFORMS:
        raise unknown("platforms", "platform", name, PLATFORMS)
    return PLATFORMS[name]


def _included(text: str, files: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in _INCLUDE.findall(text):
        if name in files:
            found |= {name: files[name], **_included(files[name], files)}
    return found


def _kept(
    shelf: str,
    files: Mapping[str, str],
    target: Platform,
    extension: str,
    arguments: Sequence[str] | Callable[[], Sequence[str]],
) -> Path:
    """What `arguments` make of `files`, from the cache where it was made before."""
    key = hashlib.sha256()
    for part in (toolchain(), *_FLAGS, *target.link, target.zig):
        key.update(part.encode() + b"\0")
    for name in sorted(files):
        key.update(f"{name}\0{files[name]}\0".encode())
    kept = cache_folder() / shelf / f"{key.hexdigest()[:40]}{extension}"
    if not kept.exists():
        given = arguments() if callable(arguments) else arguments
        kept.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=kept.parent) as folder:
            _compile(files, target, Path(folder), given, f"out{extension}").replace(kept)
    return kept


def _compile(
    files: Mapping[str, str], target: Platform, folder: Path, given: Sequence[str], built: str
) -> Path:
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    pic = () if target.extension == ".dll" else ("-fPIC",)
    command = [sys.executable, "-m", "ziglang", "cc", "-target", target.zig]
    command += [*_FLAGS, *pic, "-I", ".", *given, "-o", built]
    zig_cache = str(cache_folder() / "zig")
    environment = {
        **os.environ,
        "ZIG_GLOBAL_CACHE_DIR": zig_cache,
        "ZIG_LOCAL_CACHE_DIR": str(folder / "local"),
    }
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        kept = cache_folder() / "refused"  # the last one only
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(folder, kept, ignore=shutil.ignore_patterns("local"), dirs_exist_ok=True)
        raise HukkaError(f"the C compiler refused the sources in {kept}:\n{done.stderr.strip()}")
    return folder / built
