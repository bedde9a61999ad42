# ruff: noqa: E501  a row of the table is a line
"""Archives that are broken or lie: each is refused with file and line, and nothing is written."""

import shutil
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ssp_samples import CHAIN, HEATER, SET, fmu, ssp

from twin.errors import BadInput
from twin.site.load import load_site
from twin.ssp import import_site

WORDS = [
    "",
    "b",
    "m",
    "T_in",
    "Heater A",
    '"',
    "<x/>",
    'kind="input"',
    "resources/",
    "&#10;",
    "=",
    " ",
]
B_IN = 'endElement="b" endConnector="T_in"'
CONNECTOR = '<ssd:Connector name="T_in" kind="input"><ssc:Real unit="K"/></ssd:Connector>'

STRUCTURE = [
    (
        "<ssd:SystemStructureDescription",
        '<!DOCTYPE a [<!ENTITY b "c">]>\n<ssd:SystemStructureDescription',
        "SystemStructure.ssd:2: must not declare a document type",
    ),
    ("</ssd:System>", "", "SystemStructure.ssd: is not well-formed XML"),
    (
        'version="1.0" name="Two',
        'version="3.0" name="Two',
        "ssd:2 version = '3.0': must be 1.x or 2.x",
    ),
    (
        'SystemStructureDescription" xmlns:ssc',
        'Other" xmlns:ssc',
        "must be SystemStructureDescription of http",
    ),
    (
        'name="b" source',
        'name="Heater A" source',
        "ssd:18 Heater A: declared twice, first at chain.ssp: SystemStructure.ssd:9 Heater A",
    ),
    (CONNECTOR, CONNECTOR * 2, "ssd:20 T_in: declared twice"),
    (
        'source="resources/Heater.fmu">',
        'source="resources/Heeter.fmu">',
        "ssd:9 Heater A source: 'resources/Heeter.fmu' is not in the archive",
    ),
    ('source="resources/Heater.fmu">', 'source="../Heater.fmu">', "must stay inside the archive"),
    (
        'source="resources/Heater.fmu">',
        'source="resources/..%2f..%2fHeater.fmu">',
        "must stay inside the archive",
    ),
    (
        'source="resources/Heater.fmu">',
        'source="file:///etc/passwd">',
        "must be a relative path inside the archive",
    ),
    (
        'source="resources/Heater.fmu">',
        'source="//[x">',
        "ssd:9 Heater A source = '//[x': must be a relative path inside the archive",
    ),
    (
        'source="resources/Heater.fmu">',
        f'source="{"a" * 300}.fmu">',
        f"ssd:9 Heater A source: '{'a' * 300}.fmu' is not in the archive",
    ),
    (
        'source="resources/Heater.fmu">',
        'source="resources/a.ssv">',
        "chain.ssp: resources/a.ssv: is not a zip archive",
    ),
    (
        'source="resources/Heater.fmu">',
        'type="application/x-ssp-package" source="x.ssp">',
        "ssd:9 Heater A type = 'application/x-ssp-package': must be application/x-fmu-sharedlibrary",
    ),
    (
        B_IN,
        'endElement="c" endConnector="T_in"',
        "ssd:27 Heater A.T_out - c.T_in: unknown element 'c'",
    ),
    (
        B_IN,
        'endElement="b" endConnector="T_inn"',
        "ssd:27 Heater A.T_out - b.T_inn: b has no connector 'T_inn', did you mean 'T_in'?",
    ),
    (B_IN, 'endElement="b" endConnector="T_out"', "both ends give a value"),
    (
        B_IN,
        'endElement="b" endConnector="m"',
        "ssd:28 flow - b.m: b.m is already fed at chain.ssp: SystemStructure.ssd:27",
    ),
    (
        f'startElement="Heater A" startConnector="T_out" {B_IN}',
        f'startConnector="flow" {B_IN}',
        "unit 'kg/s' (mass flow) cannot become 'K' (temperature)",
    ),
    (
        CONNECTOR,
        CONNECTOR.replace("T_in", "T_inn"),
        "ssd:20 T_inn: unknown variable 'T_inn', did you mean 'T_in'?",
    ),
    (CONNECTOR, CONNECTOR.replace('"K"', '"kg/s"'), "ssd:20 T_in unit = 'kg/s': the FMU has K"),
    (
        CONNECTOR,
        CONNECTOR.replace("Real", "Boolean"),
        "ssd:20 T_in type = 'Boolean': the FMU has Real",
    ),
    (
        CONNECTOR,
        CONNECTOR.replace('"input"', '"parameter"'),
        "ssd:20 T_in kind = 'parameter': the FMU has it as input",
    ),
    (
        CONNECTOR,
        CONNECTOR.replace('"input"', '"sideways"'),
        "ssd:20 T_in kind = 'sideways': must be one of",
    ),
    (
        f"{B_IN}/>",
        f'{B_IN}><ssc:LinearTransformation factor="2"/></ssd:Connection>',
        "ssd:27 Heater A.T_out - b.T_in: gives 2 * value + 0, but a connection of a site only converts units",
    ),
    (
        f"{B_IN}/>",
        f'{B_IN}><ssc:LinearTransformation factor="inf"/></ssd:Connection>',
        "factor = 'inf': must be a finite number",
    ),
    (
        "resources/a.ssv",
        "resources/b.ssv",
        "ParameterBinding source: 'resources/b.ssv' is not in the archive",
    ),
    (
        '<ssd:Component name="b"',
        '<ssd:SignalDictionaryReference name="d" dictionary="e"/><ssd:Component name="b"',
        "ssd:18: SignalDictionaryReference is not read here",
    ),
]


@pytest.mark.parametrize(("good", "bad", "message"), STRUCTURE, ids=[m for *_, m in STRUCTURE])
def test_a_structure_that_does_not_fit_is_refused_by_line(tmp_path, good, bad, message):
    assert good in CHAIN
    with pytest.raises(BadInput) as refusal:
        import_site(ssp(tmp_path, CHAIN.replace(good, bad, 1)), tmp_path / "out")
    assert message in str(refusal.value)
    assert "chain.ssp" in str(refusal.value)
    assert not (tmp_path / "out").exists()


VALUES = [
    (
        "<ssv:ParameterSet",
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">\n<ssv:ParameterSet',
        "a.ssv:1: must not declare a document type",
    ),
    ('value="1.5e3"', 'value="-1"', "a.ssv:3 UA = -1.0: must be 0 to 1e+09 W/K"),
    ('value="1.5e3"', 'value="NaN"', "a.ssv:3 UA = 'NaN': must be a finite number"),
    ('value="1.5e3"', 'value="1_0"', "a.ssv:3 UA = '1_0': must be a finite number"),
    ('unit="W/K"', 'unit="K"', "a.ssv:3 UA: unit 'K' (temperature) cannot become 'W/K'"),
    ('unit="degC"', 'unit="degF"', "a.ssv:4 T_set: unknown unit 'degF', did you mean 'degC'?"),
    (
        '<ssv:Integer value="7"/>',
        '<ssv:Real value="7.5"/>',
        "a.ssv:5 cells = 7.5: must be a whole number",
    ),
    (
        '<ssv:Boolean value="false"/>',
        '<ssv:Boolean value="no"/>',
        "a.ssv:6 clean = 'no': must be true or false",
    ),
    ('<ssv:Boolean value="false"/>', '<ssv:String value="no"/>', "a.ssv:6 clean type = 'String'"),
    ('<ssv:Boolean value="false"/>', "", "a.ssv:6 clean: must have a value"),
    ('name="T_in"', 'name="T"', "a.ssv:7 T: is no parameter and no input of its FMU"),
    ("ssv:ParameterSet", "ssv:Other", "resources/a.ssv:1 = "),
]


@pytest.mark.parametrize(("good", "bad", "message"), VALUES, ids=[m for *_, m in VALUES])
def test_a_value_that_does_not_fit_is_refused_by_line(tmp_path, good, bad, message):
    assert good in SET
    with pytest.raises(BadInput) as refusal:
        import_site(ssp(tmp_path, a_ssv=SET.replace(good, bad)), tmp_path / "out")
    assert f"{message}" in str(refusal.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/evil.txt", "a\\..\\evil", "resources/../../evil"]
)
def test_a_member_that_climbs_out_is_refused_before_anything_is_unpacked(tmp_path, name):
    path = ssp(tmp_path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(name, "x")
    with pytest.raises(BadInput, match=r"chain\.ssp"):
        import_site(path, tmp_path / "out")
    assert not list(tmp_path.parent.glob("evil*"))


def test_a_bomb_is_refused(tmp_path):
    with pytest.raises(BadInput, match="times the"):
        import_site(ssp(tmp_path, big_bin=b"\0" * (40 << 20)), tmp_path / "out")


def test_a_bomb_inside_an_fmu_is_refused_and_named(tmp_path):
    inner = fmu(tmp_path / "bomb.fmu")
    with zipfile.ZipFile(inner, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("resources/big", b"\0" * (40 << 20))
    with pytest.raises(
        BadInput, match=r"chain.ssp: resources/Heater.fmu: member resources/big: unpacked bytes"
    ):
        import_site(ssp(tmp_path, Heater_fmu=inner.read_bytes()), tmp_path / "out")


def test_an_fmu_with_a_document_type_is_refused_and_named(tmp_path):
    inner = tmp_path / "entity.fmu"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("modelDescription.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(BadInput, match=r"chain.ssp: resources/Heater.fmu: modelDescription.xml:1"):
        import_site(ssp(tmp_path, Heater_fmu=inner.read_bytes()), tmp_path / "out")


def test_what_is_no_archive_or_is_not_there_is_refused(tmp_path):
    with pytest.raises(BadInput, match="no such file"):
        import_site(tmp_path / "none.ssp", tmp_path / "out")
    (tmp_path / "text.ssp").write_text("hello")
    with pytest.raises(BadInput, match="is not a zip archive"):
        import_site(tmp_path / "text.ssp", tmp_path / "out")
    with zipfile.ZipFile(tmp_path / "empty.ssp", "w"):
        pass
    with pytest.raises(BadInput, match=r"SystemStructure.ssd: is missing"):
        import_site(tmp_path / "empty.ssp", tmp_path / "out")


def test_a_weather_of_our_own_site_whose_name_no_file_can_have_is_refused(tmp_path):
    path = ssp(tmp_path)
    own = f"site: a\ntitle: A\nweather: {'a' * 300}.csv\nplant: {{parts: {{b: {{fmu: b.fmu}}}}}}\n"
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("extra/hukka/site.yaml", own)
    with pytest.raises(BadInput, match=r"site.yaml weather = 'aaa.*: is not in the archive"):
        import_site(path, tmp_path / "out")


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(BadInput, match="choose another --out"):
        import_site(ssp(tmp_path), tmp_path / "out")
    assert [f.name for f in (tmp_path / "out").iterdir()] == ["mine.txt"]


def test_a_circle_of_system_connectors_is_refused(tmp_path):
    inner = """<ssd:System name="s{}"><ssd:Connectors>
      <ssd:Connector name="i" kind="input"/><ssd:Connector name="o" kind="output"/></ssd:Connectors>
      <ssd:Connections><ssd:Connection startConnector="i" endConnector="o"/></ssd:Connections>
      </ssd:System>"""
    line = (
        '<ssd:Connection startElement="{}" startConnector="o" endElement="{}" endConnector="{}"/>'
    )
    ends = [("s1", "s2", "i"), ("s2", "s1", "i"), ("s1", "b", "T_in")]
    first = f'<ssd:Connection startElement="Heater A" startConnector="T_out" {B_IN}/>'
    structure = CHAIN.replace(first, "".join(line.format(*e) for e in ends))
    structure = structure.replace(
        "</ssd:Elements>", inner.format(1) + inner.format(2) + "</ssd:Elements>"
    )
    with pytest.raises(BadInput, match="in a circle"):
        import_site(ssp(tmp_path, structure), tmp_path / "out")


def test_parts_of_one_name_after_cleaning_stay_apart(tmp_path):
    structure = CHAIN.replace('"Heater A"', '"B"')
    import_site(ssp(tmp_path, structure), tmp_path / "out")
    assert "b_2:" in (tmp_path / "out" / "site.yaml").read_text()


def test_an_array_of_fmi3_cannot_be_a_connector_but_does_no_harm(tmp_path):
    assert all("Dimension" not in v for v in HEATER)
    structure = CHAIN.replace(
        CONNECTOR, CONNECTOR.replace("</ssd", '<ssc:Dimension size="3"/></ssd')
    )
    with pytest.raises(BadInput, match="ssd:20 T_in: is an array"):
        import_site(ssp(tmp_path, structure), tmp_path / "out")


def test_a_line_break_in_a_name_does_not_become_a_line_of_the_site(tmp_path):
    structure = CHAIN.replace('"Heater A"', '"Heater&#10;accounts: {it: [b.E]}&#13;x: y"')
    import_site(ssp(tmp_path, structure), tmp_path / "out")
    text = (tmp_path / "out" / "site.yaml").read_text()
    assert "called" in text
    site = load_site(tmp_path / "out")
    assert site.accounts.it == ()
    assert len(site.plant.parts) == 2


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    cuts=st.lists(
        st.tuples(st.integers(0, len(CHAIN)), st.integers(0, 40)), min_size=1, max_size=3
    ),
    words=st.lists(st.sampled_from(WORDS), min_size=3, max_size=3),
)
def test_whatever_is_broken_is_refused_in_words(tmp_path, cuts, words):
    text = CHAIN
    for (at, length), word in zip(cuts, words, strict=False):
        text = text[:at] + word + text[at + length :]
    out = tmp_path / "out"
    if not _is_refused(ssp(tmp_path, text), out):
        load_site(out)
        shutil.rmtree(out)
    assert not out.exists()


def _is_refused(path, out) -> bool:
    try:
        import_site(path, out)
    except BadInput:
        return True
    return False
