"""Temperatures are shown in degC by other tools, differences of temperatures are not."""

from pathlib import Path
from xml.etree import ElementTree

import pytest
from fmpy import read_model_description

import fmus.cooling_loop.model as cooling_loop
import fmus.heat_pump.model as heat_pump
import fmus.pipe.smooth as smooth_pipe
from fmus.export import xml_fmi2, xml_fmi3
from fmus.export.codegen import generate

COLDEST_K = 150.0
"""No temperature of these plants begins below this [K], and no difference above it."""


@pytest.fixture(scope="module")
def codes():
    cycle = heat_pump.Structure(performance="cycle")
    loop = cooling_loop.Structure(cdus=2)
    models = (heat_pump.build(cycle), cooling_loop.build(loop), smooth_pipe.build())
    return [generate(model) for model in models]


def fmi_2(code):
    return xml_fmi2.description(code, ["core.c"])


def kelvins(code, write, folder: Path):
    """Name and attributes of what is in K; FMPy's schema has been asked whether they may be."""
    path = folder / "modelDescription.xml"
    path.write_text(write(code), encoding="utf-8")
    read_model_description(str(folder), validate=True)
    for element in ElementTree.parse(path).iterfind("ModelVariables/*"):
        typed = element if "unit" in element.attrib else next(iter(element), element)
        if typed.get("unit") == "K":
            yield element.get("name"), typed.attrib


@pytest.mark.parametrize("write", [fmi_2, xml_fmi3.description])
def test_a_difference_has_no_display_unit(codes, write, tmp_path):
    relative = set()
    for code in codes:
        for name, told in kelvins(code, write, tmp_path):
            is_difference = told.get("relativeQuantity") == "true"
            assert told.get("displayUnit") == (None if is_difference else "degC"), name
            if "start" in told:
                assert is_difference == (float(told["start"]) < COLDEST_K), name
            if is_difference:
                relative.add(name.partition("[")[0])
    cycle = {"superheat", "subcooling", "superheat_set", "subcooling_set"}
    bodies = ("water", "wall", "shell_1", "shell_2", "shell_3")
    assert relative == cycle | {"T_rack_band"} | {f"{body}.rise" for body in bodies}
