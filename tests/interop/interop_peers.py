"""The peers: how each is started, and why it cannot be.

Run as a program it installs the npm peer into its cache; any Python does.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

PEERS = Path(__file__).parent / "peers"
NPM_PACKAGE = "modbus-serial@8.0.25"


class Peer(NamedTuple):
    """A Modbus program of others; `command` gives the words that start its client or server."""

    name: str
    command: Callable[[str], list[str]]
    missing: Callable[[], str]
    """Why it cannot be had here; empty: it can."""
    clients: tuple[str, ...] = ("tcp", "rtu")
    servers: tuple[str, ...] = ("tcp", "rtu")
    server_lacks: tuple[str, ...] = ()
    """Functions that its server refuses with exception 1, as it should."""


IDENTITY = {0: "theirs", 1: "P", 2: "3"}
"""What the servers of peers say to function 43/14, where they have it."""


def npm_folder() -> Path:
    """Where the npm packages are: a cache outside the repository, `HUKKA_NPM` if that is set."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("HUKKA_NPM") or f"{cache}/hukka/npm")


def install_npm() -> int:
    """Put the npm peer into its folder; what is needed of it is there without running scripts."""
    if shutil.which("npm") is None:
        print("npm is not installed", file=sys.stderr)
        return 1
    folder = npm_folder()
    folder.mkdir(parents=True, exist_ok=True)
    words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save"]
    done = subprocess.run([*words, "--prefix", str(folder), NPM_PACKAGE], check=False)
    return done.returncode


@functools.cache
def compiled(source: Path) -> Path:
    """The program of a C source, linked with libmodbus and compiled once a process."""
    folder = Path(_build_folder().name)
    program = folder / source.stem
    words = ["cc", "-O2", "-Wall", "-Wextra", "-Werror", "-o", str(program), str(source)]
    subprocess.run([*words, "-lmodbus"], check=True)
    return program


@functools.cache
def _build_folder() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="hukka-interop-")


@functools.cache
def no_libmodbus() -> str:
    """Why C programs with libmodbus cannot be compiled here; empty: they can."""
    if shutil.which("cc") is None:
        return "no C compiler (cc)"
    words = ["cc", "-x", "c", "-fsyntax-only", "-"]
    text = "#include <modbus/modbus.h>\n"
    done = subprocess.run(words, input=text, text=True, capture_output=True, check=False)
    return "libmodbus-dev is not installed" if done.returncode else ""


def _no_module(name: str) -> str:
    return "" if importlib.util.find_spec(name) else f"{name} is not installed"


def _no_npm() -> str:
    if shutil.which("node") is None:
        return "node is not installed"
    if (npm_folder() / "node_modules" / "modbus-serial").is_dir():
        return ""
    return f"no {NPM_PACKAGE} in {npm_folder()} (python tests/interop/interop_peers.py)"


def _python(name: str) -> Callable[[str], list[str]]:
    return lambda role: [sys.executable, str(PEERS / f"{name}_{role}.py")]


ALL = (
    Peer(
        "libmodbus",
        lambda role: [str(compiled(PEERS / f"libmodbus_{role}.c"))],
        no_libmodbus,
        server_lacks=("43/14",),
    ),
    Peer(
        "mbpoll",
        _python("mbpoll"),
        lambda: "" if shutil.which("mbpoll") else "mbpoll is not installed",
        servers=(),
    ),
    Peer("pymodbus", _python("pymodbus"), lambda: _no_module("pymodbus")),
    Peer(
        "minimalmodbus",
        _python("minimalmodbus"),
        lambda: _no_module("minimalmodbus"),
        clients=("rtu",),
        servers=(),
    ),
    Peer(
        "umodbus",
        _python("umodbus"),
        lambda: _no_module("umodbus"),
        server_lacks=("22", "23", "43/14"),
    ),
    Peer(
        "modbus-serial",
        lambda role: ["node", str(PEERS / f"modbus_serial_{role}.js")],
        _no_npm,
        server_lacks=("22", "23"),
    ),
)

if __name__ == "__main__":
    sys.exit(install_npm())
