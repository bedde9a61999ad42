"""modelDescription.xml: what is read from good ones and how broken ones are refused."""

import re
from pathlib import Path

import pytest
from probe_fmu import SOURCES

from twin.errors import BadInput
from twin.plant.description import Description, read_description
from twin.plant.variable import FmuVariable

GOOD2 = (SOURCES / "probe2.xml").read_text()


def read(tmp_path: Path, text: str | bytes) -> Description:
    path = tmp_path / "modelDescription.xml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_description(path)


def refused(tmp_path: Path, text: str | bytes) -> str:
    with pytest.raises(BadInput) as refusal:
        read(tmp_path, text)
    return str(refusal.value)


@pytest.mark.parametrize("fmi", [2, 3])
def test_both_versions_say_the_same(fmi: int) -> None:
    description = read_description(SOURCES / f"probe{fmi}.xml")
    assert (description.fmi, description.model_name, description.token) == (fmi, "Probe", "{probe}")
    assert list(description.interfaces) == ["co_simulation"]
    about = description.interfaces["co_simulation"]
    assert about.identifier == "probe"
    assert about.can_serialize_state
    assert not about.needs_tool
    assert description.log_categories == ("logStatusError",)
    gain = description.variables["gain"]
    assert gain == FmuVariable(
        name="gain",
        vr=3,
        type="Real" if fmi == 2 else "Float64",
        causality="parameter",
        variability="tunable",
        unit="-",  # unit and range come from the declared type
        start=0.1,
        min=0.0,
        max=10.0,
    )
    assert description.variables["trip"].min is None
    assert description.variables["z"].start is None
    assert description.variables["u"].variability == "continuous"


def test_other_types_of_fmi3(tmp_path: Path) -> None:
    text = (SOURCES / "probe3.xml").read_text()
    more = (
        '<Boolean name="on" valueReference="20" causality="input" start="true"/>'
        '<Int32 name="n" valueReference="21" causality="parameter" start="-3"/>'
        '<String name="s" valueReference="22" causality="parameter"><Start value="x"/></String>'
        '<Float64 name="column" valueReference="23" causality="input" start="1 2">'
        '<Dimension start="2"/></Float64>'
    )
    found = read(tmp_path, text.replace("</ModelVariables>", more + "</ModelVariables>")).variables
    assert (found["on"].start, found["n"].start, found["s"].start) == (1.0, -3.0, None)
    assert found["on"].variability == "discrete"
    assert found["column"].is_array
    assert [v.name for v in found.values() if v.is_real][:3] == ["time", "u", "y"]
    assert not any(found[name].is_real for name in ("on", "n", "s", "column"))


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        ('start="1 2 3"><Dimension start="2"/>', "start = 3: must be 2 values"),
        ('start="1 2">', "start = '1 2': must be a number"),
        ('start="1"><Dimension start="0"/>', "Dimension = 0: must be at least 1"),
        ('start="1"><Dimension start="two"/>', "Dimension = 'two': must be a whole number"),
        ('start="1"><Dimension valueReference="99"/>', "Dimension.valueReference = '99': is no"),
        ('start="1"><Dimension valueReference="2"/>', "must have a start or a valueReference"),
        ("><Dimension/>", "must have a start or a valueReference with one"),
        ('start="1">' + '<Dimension start="9999"/>' * 4, "elements = 9996000599960001: at most"),
    ],
)
def test_broken_arrays(tmp_path: Path, variable: str, message: str) -> None:
    text = (SOURCES / "probe3.xml").read_text()
    more = f'<Float64 name="a" valueReference="23" {variable}</Float64></ModelVariables>'
    assert message in refused(tmp_path, text.replace("</ModelVariables>", more))


def test_long_arrays_stay_whole(tmp_path: Path) -> None:
    text = (SOURCES / "probe3.xml").read_text()
    more = '<Float64 name="a" valueReference="23" start="7"><Dimension start="5000000"/></Float64>'
    found = read(tmp_path, text.replace("</ModelVariables>", f"{more}</ModelVariables>")).variables
    assert found["a"].size == 5_000_000
    assert "a[1]" not in found


@pytest.mark.parametrize("fmi", [2, 3])
@pytest.mark.parametrize(
    ("found", "instead", "states"),
    [
        ('name="der(h)"', 'name="fall"', ["h", "v"]),
        (' derivative="{h}"', "", ["h", "v"]),  # its name says so
        ('name="der(h)" valueReference="30"', 'name="der(x)" valueReference="30"', ["h", "v"]),
        (' derivative="{h}"', ' derivative="99"', [None, "v"]),
        (' derivative="{h}"', f' derivative="{"9" * 5000}"', [None, "v"]),
        ('{key}="{der}"/>', f'{{key}}="{"9" * 5000}"/>', [None, "v"]),
    ],
)
def test_states_that_derivatives_belong_to(
    tmp_path: Path, fmi: int, found: str, instead: str, states: list[str | None]
) -> None:
    text = (SOURCES / f"ball{fmi}.xml").read_text()
    words = {"h": "2", "key": "Unknown index", "der": "12"}
    if fmi == 3:
        words = {"h": "1", "key": "ContinuousStateDerivative valueReference", "der": "30"}
    found, instead = found.format(**words), instead.format(**words)
    assert found in text
    description = read(tmp_path, text.replace(found, instead))
    assert [d.state for d in description.derivatives] == states


@pytest.mark.parametrize("fmi", [2, 3])
def test_states_that_nothing_says(tmp_path: Path, fmi: int) -> None:
    text = (SOURCES / f"ball{fmi}.xml").read_text().replace('name="der(h)"', 'name="fall"')
    derivatives = read(tmp_path, re.sub(r' derivative="\d+"', "", text)).derivatives
    assert derivatives == (("fall", None), ("der(v)", "v"))


def test_states_in_an_array_are_not_told_apart(tmp_path: Path) -> None:
    text = (SOURCES / "ball3.xml").read_text()
    old = '<Float64 name="der(v)" valueReference="31" causality="local" variability="continuous"'
    assert old in text
    array = f'{old} derivative="2"><Dimension start="2"/></Float64>'
    found = read(tmp_path, text.replace(f'{old} derivative="2"/>', array)).derivatives
    assert found == (("der(h)", "h"), ("der(v)[1]", None), ("der(v)[2]", None))


BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">
<!ENTITY lol2 "&lol;&lol;&lol;&lol;">]><fmiModelDescription fmiVersion="2.0">&lol2;
</fmiModelDescription>"""
EXTERNAL = """<?xml version="1.0"?><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>"""


@pytest.mark.parametrize("text", [BOMB, EXTERNAL, BOMB.encode("utf-16")])
def test_entities_never_get_a_chance(tmp_path: Path, text: str | bytes) -> None:
    assert ":1: must not declare a document type" in refused(tmp_path, text)


@pytest.mark.parametrize(
    ("found", "instead", "message"),
    [
        ("</ModelVariables>", "", "is not well-formed XML (mismatched tag"),
        ("UTF-8", "klingon", "is not well-formed XML"),
        ('fmiVersion="2.0"', 'fmiVersion="1.0"', "fmiVersion = '1.0': must be 2.0 or 3.x"),
        ("fmiModelDescription", "html", "'html': the first element must be fmiModelDescription"),
        ("CoSimulation", "Cloud", "has neither Co-Simulation nor Model Exchange, only nothing"),
        ('guid="{probe}"', "", ":2: fmiModelDescription must have 'guid'"),
        ('modelIdentifier="probe"', 'modelIdentifier="../probe"', "'../probe': must be a C name"),
        ('valueReference="3"', 'valueReference="-3"', ":12 gain.valueReference = '-3': must be an"),
        ('start="0.1"', 'start="warm"', ":12 gain.start = 'warm': must be a number"),
        ('declaredType="Gain"', 'declaredType="Gian"', "declaredType = 'Gian': is not defined"),
        ('name="z"', 'name="y"', ":11 y: declared twice"),
        ('<Real unit="K"/>', "", ":11: a variable must have a type"),
    ],
)
def test_broken_descriptions(tmp_path: Path, found: str, instead: str, message: str) -> None:
    assert found in GOOD2
    assert message in refused(tmp_path, GOOD2.replace(found, instead))


def test_depth_and_length_do_no_harm(tmp_path: Path) -> None:
    depth = 200_000
    nested = GOOD2.replace("<ModelStructure>", f"<ModelStructure>{'<a>' * depth}{'</a>' * depth}")
    assert read(tmp_path, nested).model_name == "Probe"
    long = GOOD2.replace('valueReference="3"', f'valueReference="{"3" * 5000}"')
    assert "must be an unsigned 32-bit number" in refused(tmp_path, long)


def test_more_elements_than_the_memory_holds(tmp_path: Path) -> None:
    """Of a file that is packed into 4 kB."""
    many = GOOD2.replace("<ModelStructure>", f"<ModelStructure>{'<a/>' * 1_000_000}")
    assert re.search(r":\d+: more than 1000000 elements", refused(tmp_path, many))


def test_missing_and_empty(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"modelDescription.xml: is missing"):
        read_description(tmp_path / "modelDescription.xml")
    assert "no element found" in refused(tmp_path, "")


@pytest.mark.parametrize(
    ("value", "rule"),
    [(-0.1, "must be 0 to 10 K"), (10.5, "must be 0 to 10 K"), (float("nan"), "finite number")],
)
def test_range(value: float, rule: str) -> None:
    variable = FmuVariable("x", 0, "Real", "input", "continuous", unit="K", min=0.0, max=10.0)
    variable.check_range("place", 10.0)
    with pytest.raises(BadInput, match=rule):
        variable.check_range("place", value)
