"""Builds the probe: a small FMU, in FMI 2.0 and 3.0, that misbehaves when it is told to.

Run as a program it writes `probe2.fmu` and `probe3.fmu` into the folder it is given.
"""

import re
import subprocess
import sys
import zipfile
from pathlib import Path

import fmpy
from fmpy import fmi2, fmi3

SOURCES = Path(__file__).parent / "fmu_sources"
# values of the parameter `trip`
WARN, DISCARD, ERROR, FATAL, NOT_A_NUMBER, SEGFAULT, TERMINATE, SET_FAILS, GET_FAILS = range(1, 10)
HANG = 10


def compile_c(sources: list[Path], library: Path, *flags: str) -> None:
    """A shared library of C files, with the compiler that pip installs."""
    headers = Path(fmpy.__file__).parent / "c-code"
    options = ["-shared", "-fPIC", "-O2", "-ffp-contract=off", "-fno-sanitize=all", f"-I{headers}"]
    command = [sys.executable, "-m", "ziglang", "cc", *options, *flags]
    subprocess.run([*command, "-o", library, *sources], check=True)


def build_probe(fmi: int, folder: Path) -> Path:
    """`folder/probe<fmi>.fmu` for this platform."""
    absent = folder / f"absent{fmi}.c"
    absent.write_text(_absent_functions(fmi))
    library = folder / f"probe{fmi}{fmpy.sharedLibraryExtension}"
    compile_c([SOURCES / f"probe{fmi}.c", absent], library, '-DTOKEN="{probe}"')
    return pack(folder / f"probe{fmi}.fmu", (SOURCES / f"probe{fmi}.xml").read_text(), library, fmi)


def pack(path: Path, description: str, library: Path, fmi: int) -> Path:
    """An .fmu of a description and a library called `probe`."""
    platform = fmpy.platform if fmi == 2 else fmpy.platform_tuple
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("modelDescription.xml", description)
        archive.write(library, f"binaries/{platform}/probe{fmpy.sharedLibraryExtension}")
    return path


def _absent_functions(fmi: int) -> str:
    """C of the functions that FMI demands and the probe does not have: each answers Error."""
    front = fmi2.FMU2Slave if fmi == 2 else fmi3.FMU3Slave
    source = (SOURCES / f"probe{fmi}.c").read_text()
    names = [
        n for n in dir(front) if n.startswith(f"fmi{fmi}") and not re.search(rf"\b{n}\(", source)
    ]
    return "".join(f"int {name}(void) {{ return 3; }}\n" for name in names)


if __name__ == "__main__":
    for version in (2, 3):
        build_probe(version, Path(sys.argv[1]))
