"""A wall clock for some programs that can be set while all their other clocks run on."""

import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

SOURCE = Path(__file__).with_name("clock_step.c")
NS_PER_S = 1_000_000_000


class SteppedClock:
    """Programs with `environment` tell the machine's wall time and `offset_s` [s] more."""

    def __init__(self, folder: Path) -> None:
        """Compile what they preload into `folder`; OSError says why that cannot be had."""
        if not sys.platform.startswith("linux"):
            raise OSError(f"{sys.platform} has no LD_PRELOAD")
        folder.mkdir(parents=True, exist_ok=True)
        library, self._file = folder / "clock_step.so", folder / "clock_offset"
        _compile(library)
        self.offset_s = 0.0
        self._write()
        self.environment: Mapping[str, str] = {
            "LD_PRELOAD": str(library),
            "CLOCK_STEP_FILE": str(self._file),
        }

    def step(self, seconds: float) -> None:
        """Set the clock forward, or back where `seconds` [s] is below zero."""
        self.offset_s += seconds
        self._write()

    def _write(self) -> None:
        """Eight bytes in one call: whoever has the file mapped sees the old number or the new."""
        number = struct.pack("=q", round(self.offset_s * NS_PER_S))
        handle = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o644)
        try:
            os.pwrite(handle, number, 0)
        finally:
            os.close(handle)


def _compile(library: Path) -> None:
    """With the compiler of the system, or the one that builds FMUs."""
    if (own := shutil.which("cc")) is not None:
        compiler = [own]
    elif find_spec("ziglang") is not None:
        compiler = [sys.executable, "-m", "ziglang", "cc"]
    else:
        raise OSError("there is no C compiler: neither cc nor ziglang")
    words = [*compiler, "-shared", "-fPIC", "-O2", "-o", str(library), str(SOURCE), "-ldl"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{SOURCE.name} cannot be compiled: {done.stderr.strip()[-300:]}")
