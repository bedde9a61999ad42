"""The table of faults against what the models declare, over all their structures."""

import csv
import re
from functools import cache
from pathlib import Path

import pytest
from cooling_loops import ALL
from heat_pump_runs import STRUCTURES
from networks import network, pipe

import twin.site.faults
from fmus.cooling_loop import model as cooling_loop
from fmus.district_network import model as district_network
from fmus.equations import Variable
from fmus.heat_pump import model as heat_pump
from twin.site.faults import row_of

STRUCTURES_OF = {
    "CoolingLoop": (cooling_loop.build, (cooling_loop.Structure(), *ALL.values())),
    "HeatPump": (heat_pump.build, tuple(STRUCTURES.values())),
    "DistrictNetwork": (
        district_network.build,
        (
            district_network.Structure(),
            district_network.Structure(faults="each"),
            network(
                [pipe("p1", "plant", "a"), pipe("p2", "a", "b")], ["a", "b"],
                faults="each", bypasses=[{"node": "a"}, {"node": "b"}],
            ),
        ),
    ),
}  # fmt: skip


@cache
def tunable(model: str) -> list[Variable]:
    build, structures = STRUCTURES_OF[model]
    return [v for s in structures for v in build(s).parameters if v.tunable]


def table() -> dict[str, set[str]]:
    with Path(twin.site.faults.__file__).with_name("faults.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "process"]
    return {part: {r["fault"] for r in rows if r["part"] == part} for part in STRUCTURES_OF}


@pytest.mark.parametrize("model", STRUCTURES_OF)
def test_every_fault_of_every_structure_is_one_of_the_table_with_its_unit_and_range(model):
    for v in tunable(model):
        row = row_of(model, v.name)
        assert row is not None, v.name
        said = re.sub(r"^unit \d+: ", "", v.description)
        assert (v.unit, v.min, v.max, said) == (
            row["unit"], float(row["min"]), float(row["max"]), row["meaning"],
        ), v.name  # fmt: skip
        assert v.start == 0.0


@pytest.mark.parametrize("model", STRUCTURES_OF)
def test_the_table_names_no_fault_that_no_structure_has(model):
    found = {row_of(model, v.name)["fault"] for v in tunable(model)}
    assert found == table()[model]


def test_what_a_fault_of_one_place_is_called_and_says():
    each = {v.name: v.description for v in tunable("DistrictNetwork") if "." in v.name}
    assert {"main_1.insulation_wet", "near.fouling", "far.leak", "far.bypass.open"} <= set(each)
    assert "this pipe" in each["main_1.insulation_wet"]
    assert row_of("DistrictNetwork", "main_1.insulation_wet")["fault"] == "PIPE.insulation_wet"
    assert row_of("DistrictNetwork", "insulation_wet")["fault"] == "insulation_wet"
    units = {v.name: v.description for v in tunable("HeatPump")}
    assert units["unit2.undercharge"].startswith("unit 2: ")
    numbers = {v.name for v in tunable("CoolingLoop")}
    assert "cdu_fouling[2]" in numbers
