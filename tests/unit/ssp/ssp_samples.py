# ruff: noqa: E501  a line of XML is a line
"""Small FMU descriptions and system structures, as text, for tests to bend."""

import zipfile
from pathlib import Path

FMU = """<?xml version="1.0" encoding="UTF-8"?>
<fmiModelDescription fmiVersion="2.0" modelName="{name}" guid="{{1}}">
  <CoSimulation modelIdentifier="{name}"/>
  <UnitDefinitions>
    <Unit name="K"><BaseUnit K="1"/></Unit>
    <Unit name="degC"><BaseUnit K="1" offset="273.15"/></Unit>
    <Unit name="W/K"><BaseUnit kg="1" m="2" s="-3" K="-1"/></Unit>
    <Unit name="kg/s"><BaseUnit kg="1" s="-1"/></Unit>
  </UnitDefinitions>
  <ModelVariables>
{variables}
  </ModelVariables>
  <ModelStructure/>
</fmiModelDescription>
"""

HEATER = (
    '<ScalarVariable name="T_in" valueReference="0" causality="input">'
    '<Real unit="K" start="300"/></ScalarVariable>',
    '<ScalarVariable name="m" valueReference="1" causality="input">'
    '<Real unit="kg/s" start="2"/></ScalarVariable>',
    '<ScalarVariable name="T_out" valueReference="2" causality="output">'
    '<Real unit="K"/></ScalarVariable>',
    '<ScalarVariable name="T_shown" valueReference="3" causality="output">'
    '<Real unit="degC"/></ScalarVariable>',
    '<ScalarVariable name="UA" valueReference="4" causality="parameter" variability="fixed">'
    '<Real unit="W/K" start="10" min="0" max="1e9"/></ScalarVariable>',
    '<ScalarVariable name="T_set" valueReference="5" causality="parameter" variability="fixed">'
    '<Real unit="K" start="320"/></ScalarVariable>',
    '<ScalarVariable name="cells" valueReference="0" causality="parameter" variability="fixed">'
    '<Integer start="4"/></ScalarVariable>',
    '<ScalarVariable name="clean" valueReference="0" causality="parameter" variability="fixed">'
    '<Boolean start="true"/></ScalarVariable>',
    '<ScalarVariable name="T" valueReference="6" causality="local" initial="exact">'
    '<Real unit="K" start="300"/></ScalarVariable>',
)

SPACES = " ".join(
    f'xmlns:{prefix}="http://ssp-standard.org/SSP1/SystemStructure{name}"'
    for prefix, name in [
        ("ssd", "Description"),
        ("ssc", "Common"),
        ("ssv", "ParameterValues"),
        ("ssm", "ParameterMapping"),
    ]
)

CHAIN = f"""<?xml version="1.0" encoding="UTF-8"?>
<ssd:SystemStructureDescription {SPACES} version="1.0" name="Two Heaters">
  <ssd:System name="plant">
    <ssd:Connectors>
      <ssd:Connector name="flow" kind="input"><ssc:Real unit="kg/s"/></ssd:Connector>
      <ssd:Connector name="end" kind="output"><ssc:Real unit="K"/></ssd:Connector>
    </ssd:Connectors>
    <ssd:Elements>
      <ssd:Component name="Heater A" source="resources/Heater.fmu">
        <ssd:Connectors>
          <ssd:Connector name="m" kind="input"><ssc:Real unit="kg/s"/></ssd:Connector>
          <ssd:Connector name="T_out" kind="output"><ssc:Real unit="K"/></ssd:Connector>
        </ssd:Connectors>
        <ssd:ParameterBindings>
          <ssd:ParameterBinding source="resources/a.ssv"/>
        </ssd:ParameterBindings>
      </ssd:Component>
      <ssd:Component name="b" source="resources/Heater.fmu">
        <ssd:Connectors>
          <ssd:Connector name="T_in" kind="input"><ssc:Real unit="K"/></ssd:Connector>
          <ssd:Connector name="m" kind="input"/>
          <ssd:Connector name="T_out" kind="output"/>
        </ssd:Connectors>
      </ssd:Component>
    </ssd:Elements>
    <ssd:Connections>
      <ssd:Connection startElement="Heater A" startConnector="T_out" endElement="b" endConnector="T_in"/>
      <ssd:Connection startConnector="flow" endElement="b" endConnector="m"/>
      <ssd:Connection startElement="Heater A" startConnector="m" endConnector="flow"/>
      <ssd:Connection startElement="b" startConnector="T_out" endConnector="end"/>
    </ssd:Connections>
  </ssd:System>
</ssd:SystemStructureDescription>
"""

SET = f"""<ssv:ParameterSet {SPACES} version="1.0" name="a">
  <ssv:Parameters>
    <ssv:Parameter name="UA"><ssv:Real value="1.5e3" unit="W/K"/></ssv:Parameter>
    <ssv:Parameter name="T_set"><ssv:Real value="60" unit="degC"/></ssv:Parameter>
    <ssv:Parameter name="cells"><ssv:Integer value="7"/></ssv:Parameter>
    <ssv:Parameter name="clean"><ssv:Boolean value="false"/></ssv:Parameter>
    <ssv:Parameter name="T_in"><ssv:Real value="290.5"/></ssv:Parameter>
  </ssv:Parameters>
</ssv:ParameterSet>
"""


def fmu(path: Path, name: str = "Heater", variables: tuple[str, ...] = HEATER) -> Path:
    """An .fmu with a description and nothing else."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = FMU.format(name=name, variables="\n".join(variables))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("modelDescription.xml", text)
    return path


def ssp(folder: Path, structure: str = CHAIN, **more: str | bytes) -> Path:
    """An .ssp of the chain of two heaters; `more` are files, `_ssv` behind a name is `.ssv`."""
    path = folder / "chain.ssp"
    files: dict[str, str | bytes] = {
        "SystemStructure.ssd": structure,
        "resources/Heater.fmu": fmu(folder / "Heater.fmu").read_bytes(),
        "resources/a.ssv": SET,
    }
    files |= {f"resources/{name.replace('_', '.')}": data for name, data in more.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path
