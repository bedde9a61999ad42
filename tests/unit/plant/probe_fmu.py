"""Builds the probe: a small FMU, in FMI 2.0 and 3.0, that misbehaves when it is told to.

Run as a program it writes `probe2.fmu` and `probe3.fmu` into the folder it is given, and with the
word `all` after it `ball*.fmu` (Model Exchange, every kind of event) and `types*.fmu` (every type).
"""

import re
import subprocess
import sys
import zipfile
from collections.abc import Sequence
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
    return build_fmu("probe", fmi, folder)


def build_fmu(
    name: str,
    fmi: int,
    folder: Path,
    *,
    resources: dict[str, str] | None = None,
    define: str = 'TOKEN="{probe}"',
    also: Sequence[Path] = (),
) -> Path:
    """`folder/<name><fmi>.fmu` of the C and XML of that name, and of the C files `also`."""
    absent = folder / f"absent_{name}{fmi}.c"
    source = SOURCES / f"{name}{fmi}.c"
    absent.write_text(_absent_functions(fmi, source.read_text()))
    library = folder / f"{name}{fmi}{fmpy.sharedLibraryExtension}"
    compile_c([source, absent, *also], library, f"-D{define}")
    description = (SOURCES / f"{name}{fmi}.xml").read_text()
    return pack(folder / f"{name}{fmi}.fmu", description, library, fmi, resources)


def pack(
    path: Path, description: str, library: Path, fmi: int, resources: dict[str, str] | None = None
) -> Path:
    """An .fmu of a description, a library called `probe` and text files among its resources."""
    platform = fmpy.platform if fmi == 2 else fmpy.platform_tuple
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("modelDescription.xml", description)
        archive.write(library, f"binaries/{platform}/probe{fmpy.sharedLibraryExtension}")
        for name, text in (resources or {}).items():
            archive.writestr(f"resources/{name}", text)
    return path


def _absent_functions(fmi: int, source: str) -> str:
    """C of the functions that FMI demands and `source` does not have: each answers Error."""
    fronts = (fmi2.FMU2Slave, fmi2.FMU2Model) if fmi == 2 else (fmi3.FMU3Slave, fmi3.FMU3Model)
    made = re.sub(r"SCALARS\((\w+)", r"fmi3Get\1( fmi3Set\1(", source)  # by a macro of types3.c
    names = {
        n
        for front in fronts
        for n in dir(front)
        if n.startswith(f"fmi{fmi}") and not re.search(rf"\b{n}\(", made)
    }
    return "".join(f"int {name}(void) {{ return 3; }}\n" for name in sorted(names))


if __name__ == "__main__":
    target = Path(sys.argv[1])
    for version in (2, 3):
        build_probe(version, target)
    if "all" in sys.argv[2:]:
        for version in (2, 3):
            build_fmu("ball", version, target)
            build_fmu("types", version, target, resources={"factor.txt": "2.5\n"})
