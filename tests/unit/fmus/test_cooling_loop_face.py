"""What each structure of the cooling loop declares: names, limits, faults, its README."""

import re
from pathlib import Path

import pytest
from cooling_loops import ALL

import fmus.cooling_loop
from fmus.cooling_loop.model import Structure, build

FOLDER = Path(fmus.cooling_loop.__file__).parent
EVERY = {"default": Structure(), **ALL, "pads": Structure(precooling=True)}
PAGES = {"liquid": FOLDER / "README.md", "air": FOLDER / "air" / "README.md"}
ROW = re.compile(r"^\| `(\w+)` \| ([-+0-9.e]+) \| ([^| ]+) \| ([^|]+) \|", re.MULTILINE)


def rows(page: Path) -> dict[str, tuple[float, str, str]]:
    found = ROW.findall(page.read_text(encoding="utf-8"))
    return {name: (float(start), unit, limits) for name, start, unit, limits in found}


@pytest.mark.parametrize("structure", EVERY.values(), ids=list(EVERY))
def test_every_parameter_is_in_the_readme_with_value_unit_and_range(structure: Structure) -> None:
    told = rows(PAGES["liquid"]) | (rows(PAGES["air"]) if structure.hall == "air" else {})
    same_size = structure.model_copy(update={"capacity": 5e6})
    for v in build(same_size).parameters:
        if not v.tunable:
            limits = f"≥ {v.min:g}" if v.max is None else f"{v.min:g} to {v.max:g}"
            assert told[v.name] == (pytest.approx(v.start), v.unit, limits), v.name


def test_the_readmes_tell_of_no_parameter_that_is_not_there() -> None:
    there = {v.name for s in EVERY.values() for v in build(s).parameters}
    assert set(rows(PAGES["liquid"])) | set(rows(PAGES["air"])) <= there


@pytest.mark.parametrize("structure", EVERY.values(), ids=list(EVERY))
def test_names_are_one_each_and_shares_have_limits(structure: Structure) -> None:
    model = build(structure)
    declared = [*model.states, *model.inputs, *model.parameters, *model.outputs]
    names = [v.name for v in declared if v not in model.states or v.name.startswith("meter.")]
    assert len(names) == len(set(names))
    for v in model.parameters:
        assert v.min is not None
        assert v.min <= v.start <= (float("inf") if v.max is None else v.max), v.name
        assert v.unit != "-" or (v.max is not None and v.max <= 1.0), v.name
    assert {r.name for r in model.ranges} == {"hottest water", "coldest water", "heat sink"}
    loads = [v.name for v in model.inputs if v.name.startswith("P_it")]
    count = structure.cdus
    assert loads == (["P_it"] if count == 1 else [f"P_it[{i + 1}]" for i in range(count)])


def test_25_cdus_stay_below_what_one_unrolled_factorisation_can_hold() -> None:
    assert len(build(Structure(cdus=25, capacity=25e6)).states) == 172
