"""Site → .ssp → site keeps everything; fmpy's reader and the official schema read the file."""

import zipfile
from pathlib import Path

import pytest
from fmpy.ssp.ssd import read_ssd, read_ssv
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ssp_samples import HEATER, fmu

from twin.errors import BadInput
from twin.site.check_plant import check_plant
from twin.site.load import load_site
from twin.ssp import export_site, import_site
from twin.ssp.fmu_facts import read_fmu

SITE = """\
# A comment at the top stays.
site: pair
title: Two heaters & a "weather"
plant:
  parts:
    a: {fmu: own/Heater.fmu, parameters: {UA: %s, T_set: %s}}  # measured
    b: {fmu: own/Heater.fmu}
    c: {fmu: other/Heater.fmu}
  connections:
    - a.T_out -> b.T_in  # the main pipe
    - b.T_shown -> c.T_in
boundary:
  a.T_in: {source: weather, column: T_outdoor}
  a.m: {source: constant, value: 1.25 kg/s}
  b.m: {source: constant, value: 0.5 kg/s}
  c.m: {source: constant, value: 0.75 kg/s}
weather: data/weather.csv  # a short one
signals:
  a.T_out: {unit: degC, noise: 0.1, lag: 5 s}
  a.m: {unit: kg/s}
  pipe.T: {unit: degC, of: b.T_in}
twin:
  a:
    boundary: {T_in: a.T_out, m: a.m}
    watch: {T_out: {band: 0.8 K}}
"""


def _site(folder: Path, ua: float = 1500.0, T_set: float = 330.1):
    for name in ("own", "other"):
        fmu(folder / name / "Heater.fmu")
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "weather.csv").write_text("time_s,T_outdoor_degC\n0,-8\n3600,-2\n")
    text = SITE.replace("pipe.T", "b.T_pipe")
    (folder / "site.yaml").write_text(text % (repr(ua), repr(T_set)))
    return load_site(folder)


@pytest.fixture
def exported(tmp_path):
    site = _site(tmp_path)
    export_site(site, tmp_path / "pair.ssp")
    return site, tmp_path / "pair.ssp"


def test_everything_comes_back_with_its_comments(exported, tmp_path):
    site, path = exported
    assert import_site(path, tmp_path / "back") == ()
    back = load_site(tmp_path / "back")
    assert back.plant.connections == site.plant.connections
    for part, declared in site.plant.parts.items():
        assert dict(back.plant.parts[part].parameters) == dict(declared.parameters)
        assert back.fmu_path(part).read_bytes() == site.fmu_path(part).read_bytes()
    same = ("site", "title", "boundary", "signals", "links", "controllers", "twin", "accounts")
    assert all(getattr(back, key) == getattr(site, key) for key in same)
    assert back.weather_path.read_bytes() == site.weather_path.read_bytes()
    text = (tmp_path / "back" / "site.yaml").read_text()
    for comment in (
        "# A comment at the top stays.",
        "# measured",
        "# the main pipe",
        "# a short one",
    ):
        assert comment in text


def test_a_second_round_changes_nothing(exported, tmp_path):
    _, path = exported
    import_site(path, tmp_path / "one")
    export_site(load_site(tmp_path / "one"), tmp_path / "pair2.ssp")
    import_site(tmp_path / "pair2.ssp", tmp_path / "two")
    first, second = (tmp_path / n / "site.yaml" for n in ("one", "two"))
    assert first.read_text() == second.read_text()
    export_site(load_site(tmp_path / "two"), tmp_path / "pair3.ssp")
    assert (tmp_path / "pair2.ssp").read_bytes() == (tmp_path / "pair3.ssp").read_bytes()


def test_a_key_with_nothing_behind_it_comes_back(tmp_path):
    _site(tmp_path)
    text = (tmp_path / "site.yaml").read_text()
    text = text.replace("weather: data/weather.csv", "weather:")
    text = text.replace("{source: weather, column: T_outdoor}", "{source: constant, value: 5 degC}")
    (tmp_path / "site.yaml").write_text(text)
    export_site(load_site(tmp_path), tmp_path / "pair.ssp")
    import_site(tmp_path / "pair.ssp", tmp_path / "back")
    assert "\nweather:" in (tmp_path / "back" / "site.yaml").read_text()
    assert load_site(tmp_path / "back").weather is None


def test_an_input_without_a_unit_is_given_what_the_plant_is_given(tmp_path):
    """A foreign FMU may say no unit: `hukka check` lets it take anything, in SI."""
    site = _site(tmp_path)
    bare = tuple(v.replace('unit="K" start="300"', 'start="300"') for v in HEATER)
    fmu(tmp_path / "own" / "Heater.fmu", variables=bare)
    text = site.document.path.read_text()
    text = text.replace(
        "{source: weather, column: T_outdoor}", "{source: constant, value: 80 degC}"
    )
    site.document.path.write_text(text)
    site = load_site(tmp_path)
    facts = {part: read_fmu(site.fmu_path(part)).variables for part in site.plant.parts}
    assert list(check_plant(site, facts)) == []
    export_site(site, tmp_path / "pair.ssp")
    values = read_ssv(str(tmp_path / "pair.ssp"), "resources/boundary.ssv").parameters
    assert {p.name: (float(p.value), p.unit) for p in values}["a_T_in"] == (80.0 + 273.15, None)


number = st.floats(min_value=0.0, max_value=1e9) | st.sampled_from([5e-324, 0.1 + 0.2, 1e-7, 1e22])


@settings(max_examples=25, deadline=None)
@given(ua=number.filter(lambda x: x <= 1e9), T_set=st.floats(allow_nan=False, allow_infinity=False))
def test_parameter_values_keep_every_bit(tmp_path_factory, ua, T_set):
    folder = tmp_path_factory.mktemp("bits")
    export_site(_site(folder, ua, T_set), folder / "pair.ssp")
    import_site(folder / "pair.ssp", folder / "back")
    found = load_site(folder / "back").plant.parts["a"].parameters
    assert (found["UA"].hex(), found["T_set"].hex()) == (ua.hex(), T_set.hex())
    # and without our own file, as any other tool sees it
    with zipfile.ZipFile(folder / "pair.ssp") as old, zipfile.ZipFile(folder / "f.ssp", "w") as new:
        for name in old.namelist():
            if not name.startswith("extra/"):
                new.writestr(name, old.read(name))
    import_site(folder / "f.ssp", folder / "foreign")
    found = load_site(folder / "foreign").plant.parts["a"].parameters
    assert (found["UA"].hex(), found["T_set"].hex()) == (ua.hex(), T_set.hex())


def test_fmpy_reads_and_validates_the_file(exported):
    _, path = exported
    ssd = read_ssd(str(path), validate=True)  # against the schema that fmpy ships
    system = ssd.system
    assert [e.name for e in system.elements] == ["a", "b", "c"]
    assert {(c.name, c.kind) for c in system.connectors} == {
        *(("a_T_in", "input"), ("a_m", "input"), ("b_m", "input"), ("c_m", "input")),
        ("a_T_out", "output"),
    }
    ends = {
        (c.startElement, c.startConnector, c.endElement, c.endConnector) for c in system.connections
    }
    assert ("a", "T_out", "b", "T_in") in ends
    assert (None, "a_m", "a", "m") in ends
    assert ("a", "T_out", None, "a_T_out") in ends
    assert {u.name: (u.K, u.offset) for u in ssd.units if u.K} == {
        "K": (1, 0.0),
        "degC": (1, 273.15),
        "W/K": (-1, 0.0),
    }
    values = read_ssv(str(path), "resources/a.ssv", validate=True)
    assert [(p.name, p.type, float(p.value), p.unit) for p in values.parameters] == [
        ("UA", "Real", 1500.0, "W/K"),
        ("T_set", "Real", 330.1, "K"),
    ]
    outside = read_ssv(str(path), "resources/boundary.ssv", validate=True)
    assert {p.name: float(p.value) for p in outside.parameters} == {
        "a_m": 1.25,
        "b_m": 0.5,
        "c_m": 0.75,
    }


def test_two_fmus_of_one_name_stay_two_and_one_fmu_of_two_parts_stays_one(exported):
    _, path = exported
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith(".fmu")]
    assert names == ["resources/Heater.fmu", "resources/c/Heater.fmu"]


def test_models_built_for_a_structure_keep_their_name_and_are_files_from_then_on(tmp_path):
    text = """\
site: built
title: Built for this site
plant:
  parts:
    a: {fmu: Heater, structure: {n: 1}}
    b: {fmu: Heater, structure: {n: 2}, parameters: {UA: 7.5}}
boundary:
"""
    inputs = [f"{p}.{v}: {{source: constant, value: {x}}}" for p in "ab"
              for v, x in [("T_in", "300 K"), ("m", "1 kg/s")]]  # fmt: skip
    (tmp_path / "site.yaml").write_text(text + "".join(f"  {line}\n" for line in inputs))
    site = load_site(tmp_path)
    assert site.fmu_path("a") != site.fmu_path("b")
    for part in "ab":
        fmu(site.fmu_path(part), name=f"Heater{part}")
    export_site(site, tmp_path / "built.ssp")
    import_site(tmp_path / "built.ssp", tmp_path / "back")
    back = load_site(tmp_path / "back")
    names = {n: (p.fmu, dict(p.structure)) for n, p in back.plant.parts.items()}
    assert names == {"a": ("resources/Heater.fmu", {}), "b": ("resources/b/Heater.fmu", {})}
    for part in "ab":
        assert back.fmu_path(part).read_bytes() == site.fmu_path(part).read_bytes()


def test_a_model_that_is_not_built_is_named_with_what_builds_it(tmp_path):
    site = _site(tmp_path)
    (tmp_path / "own" / "Heater.fmu").unlink()
    with pytest.raises(BadInput, match=r"site.yaml:6 plant.parts.a.fmu = .*--site pair"):
        export_site(site, tmp_path / "pair.ssp")
    assert not (tmp_path / "pair.ssp").exists()


def test_all_parameters_are_written_on_request(tmp_path):
    export_site(_site(tmp_path), tmp_path / "all.ssp", all_parameters=True)
    values = read_ssv(str(tmp_path / "all.ssp"), "resources/b.ssv")
    assert {p.name: (p.type, p.value) for p in values.parameters} == {
        "UA": ("Real", "10.0"),
        "T_set": ("Real", "320.0"),
        "cells": ("Integer", "4"),
        "clean": ("Boolean", "true"),
    }


def test_what_another_tool_changed_in_the_structure_counts(exported, tmp_path):
    _, path = exported
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "new.ssp", "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "resources/a.ssv":
                data = data.replace(b'value="1500.0"', b'value="1234.5"')
            if name == "SystemStructure.ssd":
                data = data.replace(
                    b'startElement="a" startConnector="T_out" endElement="b"',
                    b'startElement="c" startConnector="T_out" endElement="b"',
                )
            new.writestr(name, data)
    import_site(tmp_path / "new.ssp", tmp_path / "back")
    back = load_site(tmp_path / "back")
    assert back.plant.parts["a"].parameters == {"UA": 1234.5, "T_set": 330.1}
    assert {str(c) for c in back.plant.connections} == {
        "c.T_out -> b.T_in",
        "b.T_shown -> c.T_in",
    }
    assert "a.T_out" in back.signals


def test_the_imported_file_is_yaml_of_the_house(exported, tmp_path):
    _, path = exported
    import_site(path, tmp_path / "back")
    assert YAML(typ="safe").load(tmp_path / "back" / "site.yaml")["site"] == "pair"
