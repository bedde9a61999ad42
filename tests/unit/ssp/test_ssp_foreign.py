# ruff: noqa: E501  a line of XML is a line
"""Archives that other tools wrote: what of them a site takes, and how the rest is said."""

from pathlib import Path

import pytest
from ssp_samples import CHAIN, HEATER, SET, SPACES, fmu, ssp

from twin.errors import BadInput
from twin.site.check_plant import check_plant
from twin.site.load import load_site
from twin.ssp import import_site
from twin.ssp.fmu_facts import read_fmu


def _mistakes(site):
    facts = {part: read_fmu(site.fmu_path(part)) for part in site.plant.parts}
    return [m.text for m in check_plant(site, {p: f.variables for p, f in facts.items()})]


def _imported(tmp_path: Path, *arguments, **more):
    notes = import_site(ssp(tmp_path, *arguments, **more), tmp_path / "out")
    return load_site(tmp_path / "out"), notes


def test_a_chain_of_two_heaters_becomes_a_site(tmp_path):
    site, notes = _imported(tmp_path)
    assert notes == ()
    assert site.site == "two_heaters"
    assert {n: p.fmu for n, p in site.plant.parts.items()} == {
        "heater_a": "resources/Heater.fmu",
        "b": "resources/Heater.fmu",
    }
    assert [str(c) for c in site.plant.connections] == ["heater_a.T_out -> b.T_in"]
    # 60 degC in the unit of the FMU; whole numbers and truths as numbers
    assert site.plant.parts["heater_a"].parameters == {
        "UA": 1500.0,
        "T_set": 60.0 + 273.15,
        "cells": 7.0,
        "clean": 0.0,
    }
    assert site.plant.parts["b"].parameters == {}
    # one connector feeds two inputs; its direction does not follow from start and end
    assert {n: str(f.value) for n, f in site.boundary.items()} == {
        "heater_a.T_in": "290.5 K",
        "heater_a.m": "2 kg/s",
        "b.m": "2 kg/s",
    }
    assert {n: s.unit for n, s in site.signals.items()} == {"b.T_out": "K"}
    assert _mistakes(site) == []


def test_the_site_file_is_readable(tmp_path):
    _imported(tmp_path)
    text = (tmp_path / "out" / "site.yaml").read_text()
    assert 'called "Heater A" in the archive' in text
    assert "Imported from chain.ssp" in text
    assert "TODO" not in text
    assert max(map(len, text.splitlines())) <= 110
    keys = [line.partition(":")[0] for line in text.splitlines() if line[:1].isalpha()]
    assert keys == ["site", "title", "plant", "boundary", "signals"]


def test_what_is_missing_is_said_by_the_check_and_not_guessed(tmp_path):
    bare = [v.replace(' start="300"/>', "/>") if '"T_in"' in v else v for v in HEATER]
    bare_fmu = fmu(tmp_path / "Bare.fmu", variables=tuple(bare)).read_bytes()
    given = '<ssv:Parameter name="T_in"><ssv:Real value="290.5"/></ssv:Parameter>'
    assert given in SET
    site, _ = _imported(tmp_path, Heater_fmu=bare_fmu, a_ssv=SET.replace(given, ""))
    (mistake,) = _mistakes(site)
    assert "plant.parts.heater_a: nothing feeds its input 'T_in'" in mistake
    text = (tmp_path / "out" / "site.yaml").read_text()
    assert "heater_a.T_in has no value in the archive." in text


NESTED = CHAIN.replace(
    '<ssd:Component name="Heater A"',
    """<ssd:System name="inner">
        <ssd:Connectors>
          <ssd:Connector name="warm" kind="input"/>
          <ssd:Connector name="hot" kind="output"/>
          <ssd:Connector name="size" kind="parameter"/>
        </ssd:Connectors>
        <ssd:ParameterBindings>
          <ssd:ParameterBinding>
            <ssd:ParameterValues>
              <ssv:ParameterSet version="1.0" name="low">
                <ssv:Parameters>
                  <ssv:Parameter name="c.T_set"><ssv:Real value="310"/></ssv:Parameter>
                  <ssv:Parameter name="size"><ssv:Real value="5"/></ssv:Parameter>
                </ssv:Parameters>
              </ssv:ParameterSet>
            </ssd:ParameterValues>
          </ssd:ParameterBinding>
        </ssd:ParameterBindings>
        <ssd:Elements>
          <ssd:Component name="c" source="resources/Heater.fmu">
            <ssd:Connectors>
              <ssd:Connector name="T_in" kind="input"/>
              <ssd:Connector name="T_out" kind="output"/>
              <ssd:Connector name="UA" kind="parameter"/>
            </ssd:Connectors>
          </ssd:Component>
        </ssd:Elements>
        <ssd:Connections>
          <ssd:Connection startConnector="warm" endElement="c" endConnector="T_in"/>
          <ssd:Connection startElement="c" startConnector="T_out" endConnector="hot"/>
          <ssd:Connection startConnector="size" endElement="c" endConnector="UA"/>
        </ssd:Connections>
      </ssd:System>
      <ssd:Component name="Heater A\"""",
).replace(
    '<ssd:Connection startElement="Heater A" startConnector="T_out" endElement="b" endConnector="T_in"/>',
    '<ssd:Connection startElement="Heater A" startConnector="T_out" endElement="inner" endConnector="warm"/>'
    '<ssd:Connection startElement="inner" startConnector="hot" endElement="b" endConnector="T_in"/>',
)


def test_systems_in_systems_become_one_plant(tmp_path):
    site, _ = _imported(tmp_path, NESTED)
    assert set(site.plant.parts) == {"inner_c", "heater_a", "b"}
    assert {str(c) for c in site.plant.connections} == {
        "heater_a.T_out -> inner_c.T_in",
        "inner_c.T_out -> b.T_in",
    }
    assert site.plant.parts["inner_c"].parameters == {"UA": 5.0, "T_set": 310.0}
    assert _mistakes(site) == []


def test_outer_values_prevail_mapping_and_prefix_rename_and_strangers_are_noted(tmp_path):
    outer = f"""<ssd:ParameterBindings>
      <ssd:ParameterBinding prefix="inner." source="resources/outer.ssv">
        <ssd:ParameterMapping>
          <ssm:ParameterMapping {SPACES} version="1.0">
            <ssm:MappingEntry source="inner.t" target="inner.c.T_set">
              <ssc:LinearTransformation factor="2" offset="1"/>
            </ssm:MappingEntry>
            <ssm:MappingEntry source="inner.s" target="inner.size"/>
            <ssm:MappingEntry source="inner.s" target="nowhere"/>
          </ssm:ParameterMapping>
        </ssd:ParameterMapping>
      </ssd:ParameterBinding>
    </ssd:ParameterBindings>
    <ssd:Elements>
      <ssd:System name="inner">"""
    structure = NESTED.replace('<ssd:Elements>\n      <ssd:System name="inner">', outer)
    values = f"""<ssv:ParameterSet {SPACES} version="1.0" name="o"><ssv:Parameters>
      <ssv:Parameter name="t"><ssv:Real value="50" unit="degC"/></ssv:Parameter>
      <ssv:Parameter name="s"><ssv:Real value="8"/></ssv:Parameter>
    </ssv:Parameters></ssv:ParameterSet>"""
    site, notes = _imported(tmp_path, structure, outer_ssv=values)
    # the unit is converted before the transformation
    assert site.plant.parts["inner_c"].parameters == {"UA": 8.0, "T_set": 2 * (50 + 273.15) + 1}
    assert len(notes) == 1
    assert "MappingEntry" in notes[0]


def test_connections_convert_units_in_any_of_the_three_spellings(tmp_path):
    plain = '<ssd:Connection startElement="Heater A" startConnector="T_out" endElement="b"'
    shown = plain.replace("T_out", "T_shown")
    wanted = CHAIN.replace(
        '<ssd:Connector name="T_out" kind="output"><ssc:Real unit="K"/></ssd:Connector>',
        '<ssd:Connector name="T_shown" kind="output"><ssc:Real unit="degC"/></ssd:Connector>',
    )
    exact = (
        f'{shown} endConnector="T_in" suppressUnitConversion="true">'
        '<ssc:LinearTransformation factor="1" offset="273.15"/></ssd:Connection>'
    )
    besides = f'{shown} endConnector="T_in"><ssc:LinearTransformation/></ssd:Connection>'
    for i, line in enumerate([f'{shown} endConnector="T_in"/>', exact, besides]):
        path = ssp(tmp_path, wanted.replace(f'{plain} endConnector="T_in"/>', line))
        import_site(path, tmp_path / f"out{i}")
        site = load_site(tmp_path / f"out{i}")
        assert str(site.plant.connections[0]) == "heater_a.T_shown -> b.T_in"
        assert _mistakes(site) == []
    wrong = exact.replace("273.15", "270")
    path = ssp(tmp_path, wanted.replace(f'{plain} endConnector="T_in"/>', wrong))
    with pytest.raises(
        BadInput, match=r"ssd:27 Heater A.T_shown - b.T_in: gives 1 \* value \+ 270"
    ):
        import_site(path, tmp_path / "out9")
