"""`hukka fmu check` and `info` on sound, broken and hostile files: findings, never a traceback."""

import re
import stat
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent.parent / "unit" / "fmus"))

from export_models import built

from fmus.export.check import check_fmu, info
from fmus.export.compile import native_platform, shared_library
from hil.cli.commands import app
from twin.errors import BadInput, JudgementFailed

VERSIONS = ("2.0", "3.0")
RUN = CliRunner()


def _changed(source, target, changes=None, drop=()):
    """Copy of an FMU with entries replaced, added or dropped."""
    entries = {}
    with zipfile.ZipFile(source) as archive:
        for name in archive.namelist():
            entries[name] = archive.read(name)
    entries.update(changes or {})
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            if not any(name.startswith(prefix) for prefix in drop):
                archive.writestr(name, data)
    return target


def _xml(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("modelDescription.xml").decode()


def _texts(path):
    return [str(finding) for finding in check_fmu(path)]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", ["Thermostat", "Driven"])
def test_what_we_build_is_sound(name, version):
    assert _texts(built(name, version)) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_info_says_what_is_inside(version):
    found = info(built("Thermostat", version))
    assert (found["name"], found["fmi"], found["states"]) == ("Thermostat", version, 5)
    assert found["event_indicators"] == 4
    assert found["platforms"] == [native_platform()]
    assert found["interfaces"] == ["coSimulation", "modelExchange"]
    assert [v["name"] for v in found["outputs"]] == ["E_heater", "E_loss", "E_stored", "P"]
    leak = next(v for v in found["parameters"] if v["name"] == "leak")
    assert (leak["tunable"], leak["unit"], leak["max"]) == (True, "1", "1.0")


def test_files_that_are_no_fmu(tmp_path):
    whole = built("Driven", "2.0").read_bytes()
    (tmp_path / "text.fmu").write_text("hello")
    (tmp_path / "cut.fmu").write_bytes(whole[: len(whole) // 2])
    flipped = bytearray(whole)
    flipped[400] ^= 0xFF
    (tmp_path / "flipped.fmu").write_bytes(bytes(flipped))
    for name in ("text.fmu", "cut.fmu", "flipped.fmu", "absent.fmu"):
        assert _texts(tmp_path / name)[0].startswith("archive: "), name
        with pytest.raises(BadInput, match=name):
            info(tmp_path / name)


def test_a_file_that_is_not_there_is_bad_input_and_no_finding(tmp_path):
    for command in ("check", "info"):
        for path in (tmp_path / "absent.fmu", tmp_path):
            with pytest.raises(BadInput, match=str(path)):
                RUN.invoke(app, ["fmu", command, str(path)], catch_exceptions=False)
    (tmp_path / "text.fmu").write_text("hello")
    with pytest.raises(JudgementFailed, match=r"text\.fmu: 1 finding"):
        RUN.invoke(app, ["fmu", "check", str(tmp_path / "text.fmu")], catch_exceptions=False)


def test_an_archive_that_leaves_its_folder_swells_or_has_no_description(tmp_path):
    source = built("Driven", "2.0")
    for name in ("../evil.txt", "/etc/evil", "a/../../b", "C:/evil"):
        path = _changed(source, tmp_path / "climb.fmu", {name: b"x"})
        assert any("must" in text and name in text for text in _texts(path)), name
    assert not (tmp_path.parent / "evil.txt").exists()
    empty = _changed(source, tmp_path / "empty.fmu", drop=("modelDescription",))
    assert _texts(empty) == ["description: modelDescription.xml: is missing"]
    bomb = tmp_path / "bomb.fmu"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        for i in range(9):
            archive.writestr(f"{i}", bytes(1 << 27))
    assert any("unpacked bytes" in text for text in _texts(bomb))


def test_what_the_plant_refuses_is_a_finding_and_no_information(tmp_path):
    source = built("Driven", "2.0")
    entities = _xml(source).replace("<fmi", '<!DOCTYPE x [<!ENTITY a "b">]>\n<fmi', 1)
    utf_16 = re.sub("^<[?].*?[?]>", "", entities, count=1).encode("utf-16")
    link = zipfile.ZipInfo("resources/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    cases = {
        "a document type": ({"modelDescription.xml": utf_16}, "must not declare a document type"),
        "a link": ({link: b"/etc/passwd"}, "not a link or a device"),
        "a bomb": ({"resources/zeros": bytes(64 << 20)}, "times the"),
    }
    for name, (changes, rule) in cases.items():
        path = _changed(source, tmp_path / f"{name}.fmu", changes)
        assert len(_texts(path)) == 1, name
        assert rule in _texts(path)[0], name
        with pytest.raises(BadInput, match=rule) as refusal:
            info(path)
        assert str(refusal.value).startswith(f"{path}: "), name


def test_xml_that_is_broken_or_swells(tmp_path):
    source = built("Driven", "2.0")
    xml = _xml(source)
    cases = {
        "half": xml[: len(xml) // 2],
        "latin": "\xff\xfe not xml",
        "entities": xml.replace("<fmi", '<!DOCTYPE x [<!ENTITY a "b">]>\n<fmi', 1),
        "version": xml.replace('fmiVersion="2.0"', 'fmiVersion="7.0"'),
        "reference": xml.replace('dependencies="', 'dependencies="999 ', 1),
    }
    for name, text in cases.items():
        path = _changed(source, tmp_path / f"{name}.fmu", {"modelDescription.xml": text.encode()})
        found = _texts(path)
        assert found, name
        assert found[0].startswith(("description: ", "archive: ")), found


@pytest.mark.parametrize("version", VERSIONS)
def test_units_and_dependencies_that_are_missing(version, tmp_path):
    source = built("Driven", version)
    without_unit = _xml(source).replace(' unit="kg/s"', "")
    path = _changed(source, tmp_path / "u.fmu", {"modelDescription.xml": without_unit.encode()})
    assert "units: m: input without a unit" in _texts(path)
    loose = re.sub(r' dependencies="[^"]*"', "", _xml(source))
    path = _changed(source, tmp_path / "d.fmu", {"modelDescription.xml": loose.encode()})
    assert "dependencies: T_out: not said what it depends on" in _texts(path)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_library_that_is_absent_broken_or_another_one(version, tmp_path):
    source = built("Driven", version)
    absent = _changed(source, tmp_path / "absent.fmu", drop=("binaries/",))
    assert f"binary: no library for {native_platform()}; it has no platform" in _texts(absent)
    with zipfile.ZipFile(source) as archive:
        place = next(name for name in archive.namelist() if name.startswith("binaries/"))
    broken = _changed(source, tmp_path / "broken.fmu", {place: b"\x7fELF nonsense"})
    assert any("Failed to load" in text for text in _texts(broken))
    with zipfile.ZipFile(built("Thermostat", version)) as archive:
        other = archive.read(place.replace("Driven", "Thermostat"))
    swapped = _changed(source, tmp_path / "swapped.fmu", {place: other})
    assert any(text.startswith("behaviour: ") for text in _texts(swapped))


def _library_and_sources(fmu: Path) -> tuple[str, dict[str, str]]:
    """Where its library is, and the text of its source files by name."""
    with zipfile.ZipFile(fmu) as archive:
        place = next(name for name in archive.namelist() if name.startswith("binaries/"))
        files = {
            name.removeprefix("sources/"): archive.read(name).decode()
            for name in archive.namelist()
            if name.startswith("sources/")
        }
    return place, files


def test_a_library_that_crashes_is_a_finding(tmp_path):
    source = built("Driven", "2.0")
    place, files = _library_and_sources(source)
    crash = "fmi2Status fmi2DoStep(fmi2Component c, fmi2Real time, fmi2Real length,"
    assert crash in files["fmi2.c"]
    files["fmi2.c"] = files["fmi2.c"].replace(
        "    ENTER(HK_STEP);", "    ENTER(HK_STEP);\n    *(volatile int *)8 = 1;"
    )
    library = shared_library(files, native_platform()).read_bytes()
    path = _changed(source, tmp_path / "crash.fmu", {place: library})
    assert any("crashed with signal" in text for text in _texts(path))


def test_a_wrong_derivative_is_found(tmp_path):
    source = built("Driven", "2.0")
    place, files = _library_and_sources(source)
    right, wrong = "sensitivity[k] = of[", "sensitivity[k] = 1.001 * of["
    assert right in files["derivatives.c"]
    files["derivatives.c"] = files["derivatives.c"].replace(right, wrong)
    library = shared_library(files, native_platform()).read_bytes()
    path = _changed(source, tmp_path / "wrong.fmu", {place: library})
    assert any(text.startswith("derivatives: der(T[1]) by T_in: ") for text in _texts(path))
