"""Shared libraries of FMUs: other platforms, missing libraries and tools are named."""

import zipfile
from pathlib import Path

import fmpy
import pytest
from probe_fmu import SOURCES, compile_c, pack

from twin.errors import BadInput, PlantLost
from twin.plant import open_fmu
from twin.plant.binary import needed, platforms

TARGETS = {
    "x86_64-linux-gnu": "x86_64-linux",
    "x86-linux-gnu": "x86-linux",
    "aarch64-linux-gnu": "aarch64-linux",
    "x86_64-windows-gnu": "x86_64-windows",
    "x86-windows-gnu": "x86-windows",
    "x86_64-macos": "x86_64-darwin",
    "aarch64-macos": "aarch64-darwin",
}
ENTRY = """#ifdef _WIN32
int __stdcall DllMainCRTStartup(void *a, unsigned b, void *c) { return 1; }
#endif
"""
LINUX = pytest.mark.skipif(fmpy.platform_tuple != "x86_64-linux", reason="libraries of Linux")


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as refusal:
        open_fmu(path)
    return str(refusal.value)


def library(folder: Path, target: str | None = None, *links: Path, name: str = "lib") -> Path:
    """A library that calls `missing_N` of each of `links`."""
    calls = "".join(f"int missing_{k}(void);\n" for k in range(len(links)))
    summed = " + ".join(["0", *(f"missing_{k}()" for k in range(len(links)))])
    source = folder / f"{name}.c"
    source.write_text(f"{ENTRY}{calls}int fmi2DoStep(void) {{ return {summed}; }}\n")
    found = folder / f"{name}.bin"
    # without a C library nothing has to be built for a foreign target first
    flags = [f"--target={target}", "-nostdlib"] if target else []
    compile_c([source, *links], found, *flags)
    return found


@pytest.mark.parametrize(("target", "platform"), TARGETS.items())
def test_platform_is_read_from_the_header(tmp_path: Path, target: str, platform: str) -> None:
    assert platforms(library(tmp_path, target)) == (platform,)


@pytest.mark.parametrize("data", [b"", b"\x7fELF", b"MZ", b"MZ" + b"\xff" * 100, b"#!/bin/sh\n"])
def test_what_is_no_library(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "x").write_bytes(data)
    assert platforms(tmp_path / "x") == ()
    assert needed(tmp_path / "x") == ()


@LINUX
@pytest.mark.parametrize("size", [64, 100, 200, 1000, 3000])
def test_cut_off_libraries_do_no_harm(tmp_path: Path, size: int) -> None:
    whole = library(tmp_path).read_bytes()
    (tmp_path / "x").write_bytes(whole[:size])
    assert isinstance(needed(tmp_path / "x"), tuple)


def test_needed_libraries_of_windows(tmp_path: Path) -> None:
    source, found = tmp_path / "w.c", tmp_path / "w.dll"
    source.write_text(
        f"{ENTRY}unsigned __stdcall GetTickCount(void);\n"
        "__declspec(dllexport) unsigned fmi2DoStep(void) { return GetTickCount(); }\n"
    )
    compile_c([source], found, "--target=x86_64-windows-gnu", "-nostdlib", "-lkernel32")
    assert [name.lower() for name in needed(found)] == ["kernel32.dll"]


@LINUX
def test_every_missing_library_is_named(tmp_path: Path) -> None:
    for k in range(2):
        (tmp_path / f"m{k}.c").write_text(f"int missing_{k}(void) {{ return {k}; }}\n")
        name = f"libheat{k}.so.3"
        compile_c([tmp_path / f"m{k}.c"], tmp_path / name, f"-Wl,-soname,{name}")
    links = [tmp_path / f"libheat{k}.so.3" for k in range(2)]
    needy = library(tmp_path, None, *links)
    for link in links:
        link.unlink()
    assert set(needed(needy)) >= {"libheat0.so.3", "libheat1.so.3"}
    path = pack(tmp_path / "needy.fmu", (SOURCES / "probe2.xml").read_text(), needy, 2)
    assert "needs libheat0.so.3, libheat1.so.3, not found on this machine: " in refused(path)


@LINUX
@pytest.mark.parametrize("target", ["x86-linux-gnu", "x86_64-windows-gnu"])
def test_a_library_in_the_wrong_folder(tmp_path: Path, target: str) -> None:
    found = library(tmp_path, target)
    path = pack(tmp_path / "wrong.fmu", (SOURCES / "probe2.xml").read_text(), found, 2)
    rule = f"is for {TARGETS[target]}, this machine is x86_64-linux"
    assert rule in refused(path)


@LINUX
@pytest.mark.parametrize(
    ("member", "rule"),
    [
        ("binaries/linux32/probe.so", "it has binaries for linux32 (x86-linux)"),
        ("binaries/win64/probe.dll", "it has binaries for win64 (x86_64-windows)"),
        ("sources/probe.c", "it has source code only, which its own tool must compile"),
        ("extra.txt", "it has binaries for no platform"),
    ],
)
def test_what_there_is_instead(tmp_path: Path, member: str, rule: str) -> None:
    path = tmp_path / "other.fmu"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("modelDescription.xml", (SOURCES / "probe2.xml").read_text())
        archive.writestr(member, "x")
    assert rule in refused(path)


def test_tool_coupling_is_said_when_it_fails(tmp_path: Path, probe_paths: dict[int, Path]) -> None:
    text = (SOURCES / "probe2.xml").read_text().replace('guid="{probe}"', 'guid="{other}"')
    text = text.replace("<CoSimulation", '<CoSimulation needsExecutionTool="true"')
    text = text.replace("<fmiModelDescription", '<fmiModelDescription generationTool="Acme 7"')
    with open_fmu(probe_paths[2]) as probe:
        path = pack(tmp_path / "tool.fmu", text, probe.library, 2)
    message = r"wrong guid; it says that it cannot run without Acme 7 \(needsExecutionTool\)"
    with open_fmu(path) as file, pytest.raises(PlantLost, match=message):
        file.instantiate("part")
    bare = tmp_path / "bare.fmu"
    with zipfile.ZipFile(bare, "w") as archive:
        archive.writestr("modelDescription.xml", text)
    assert "it says that it cannot run without Acme 7" in refused(bare)
