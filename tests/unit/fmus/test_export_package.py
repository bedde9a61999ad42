"""The .fmu files as archives: reproducible, complete, and not built twice."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest
from export_models import built, driven, references, unpacked
from fmpy import read_model_description

import fmus.export.models
from fmus.export import build, build_named
from fmus.export.compile import PLATFORMS, native_platform
from fmus.export.session import Session
from fmus.export.stamp import STAMP, read_stamp, source_hash
from twin.errors import BadInput


@pytest.mark.parametrize("version", ["2.0", "3.0"])
def test_another_process_writes_the_same_bytes(version, tmp_path):
    code = (
        "import sys; from pathlib import Path; from export_models import driven; "
        "from fmus.export import build; "
        f"build(driven(), Path(sys.argv[1]), fmi=({version!r},))"
    )
    here = str(Path(__file__).parent)
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": here}
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], env=environment, check=True)
    again = tmp_path / built("Driven", version).name
    assert again.read_bytes() == built("Driven", version).read_bytes()


def test_archive_holds_library_sources_and_stamp():
    with ZipFile(built("Driven", "3.0")) as archive:
        names = set(archive.namelist())
        stamp = json.loads(archive.read(STAMP))
        listed = archive.read("sources/buildDescription.xml").decode()
    assert any(n.startswith(f"binaries/{native_platform()}/Driven.") for n in names)
    for name in (
        "core.c",
        "fmi2.c",
        "fmi3.c",
        "model_equations.c",
        "det_math.h",
        "fmi3Functions.h",
    ):
        assert f"sources/{name}" in names
        assert not name.endswith(".c") or f'"{name}"' in listed
    assert stamp["model"] == "Driven"
    assert stamp["platforms"] == [native_platform()]


def test_sources_in_the_archive_build_the_same_library(tmp_path):
    """What an importer compiles itself is what we ship."""
    from fmus.export.compile import shared_library

    with ZipFile(built("Driven", "2.0")) as archive:
        files = {
            name.removeprefix("sources/"): archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith("sources/")
        }
        shipped = next(
            archive.read(name) for name in archive.namelist() if name.startswith("binaries/")
        )
    assert shared_library(files, native_platform()).read_bytes() == shipped


def test_a_named_model_is_built_once(tmp_path, monkeypatch):
    package = tmp_path / "demo_model"
    package.mkdir()
    (package / "__init__.py").write_text("")
    text = "from export_models import driven\n\n\ndef build(structure):\n    return driven()\n"
    (package / "model.py").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(fmus.export.models.MODELS, "Driven", "demo_model.model")
    out = tmp_path / "out"
    paths = build_named("Driven", out)
    stamps = [p.stat().st_mtime_ns for p in paths]
    assert [p.name for p in paths] == ["Driven.fmu", "Driven.fmi3.fmu"]
    assert build_named("Driven", out) == paths
    assert [p.stat().st_mtime_ns for p in paths] == stamps
    (package / "model.py").write_text(f"{text}# changed\n")
    build_named("Driven", out)
    assert all(p.stat().st_mtime_ns > t for p, t in zip(paths, stamps, strict=True))
    paths[0].write_bytes(b"not a zip")
    build_named("Driven", out)
    assert read_stamp(paths[0])["source_hash"] == source_hash(package)


def test_an_unknown_model_platform_or_version_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(BadInput, match="did you mean 'HeatPump'"):
        build_named("HeatPumpe", tmp_path)
    with pytest.raises(BadInput, match="did you mean 'x86_64-linux'"):
        build(driven(), tmp_path, platforms=["x86-64-linux"])
    with pytest.raises(BadInput, match="FMI version '4'"):
        build(driven(), tmp_path, fmi=("4",))
    assert list(tmp_path.iterdir()) == []


# ---- compilers ---------------------------------------------------------------------------------


def _trajectory(folder):
    description = read_model_description(str(built("Thermostat", "2.0")), validate=False)
    run = Session(folder, description, "CoSimulation")
    ambient, *others = references(run, "T_ambient", "T[1]", "T[2]", "E_heater", "E_loss", "t_off")
    rows = []
    for k in range(600):
        run.set([ambient], [280.0 - k % 11])
        run.step(float(k), 1.0)
        rows.append(run.get(others))
    return rows


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc here to compare with")
@pytest.mark.parametrize("level", ["-O0", "-O2", "-O3 -march=native"])
def test_another_compiler_gives_the_same_bits(level, tmp_path):
    with ZipFile(built("Thermostat", "2.0")) as archive:
        archive.extractall(tmp_path)
    library = next((tmp_path / "binaries").rglob("Thermostat.*"))
    units = sorted(str(p) for p in (tmp_path / "sources").glob("*.c"))
    flags = f"{level} -std=c99 -Wall -Wextra -Werror -Wno-unused-parameter -shared -fPIC"
    flags += " -fvisibility=hidden -ffp-contract=off -fno-math-errno -Wl,-z,defs"
    done = subprocess.run(
        ["gcc", *flags.split(), *units, "-o", str(library)], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    ours = _trajectory(unpacked("Thermostat", "2.0"))
    assert ours == _trajectory(tmp_path)
    assert ours[-1][2] > 1e5


@pytest.mark.slow
def test_one_file_runs_on_every_platform(tmp_path):
    """Cold, the other platforms' C libraries are compiled once: a minute."""
    two, three = build(driven(), tmp_path, platforms=list(PLATFORMS))
    starts = {".so": b"\x7fELF", ".dll": b"MZ"}
    with ZipFile(three) as archive:
        libraries = {n: archive.read(n) for n in archive.namelist() if n.startswith("binaries/")}
    assert {n.split("/")[1] for n in libraries} == set(PLATFORMS)
    for name, data in libraries.items():
        assert data.startswith(starts.get(Path(name).suffix, b"\xcf\xfa\xed\xfe")), name
    with ZipFile(two) as archive:
        names = [n for n in archive.namelist() if n.startswith("binaries/")]
        mac = archive.read("binaries/darwin64/Driven.dylib")
    assert sorted(n.split("/")[1] for n in names) == [
        "aarch64-linux",
        "darwin64",
        "linux64",
        "win64",
    ]
    assert mac.startswith(b"\xca\xfe\xba\xbe")
