"""The reference site against the models and maps that ship with it."""

from pathlib import Path

import pytest

import firmware_sim
from fmus.cooling_loop import model as cooling_loop
from fmus.district_network import model as district_network
from fmus.heat_pump import model as heat_pump
from twin.plant.description import FmuVariable
from twin.registers.register_map import load_map
from twin.site import catalogue, check_wiring, load_site
from twin.site.check_plant import check_plant

MAPS = Path(firmware_sim.__file__).parent / "maps"


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


@pytest.fixture(scope="module")
def models():
    parts = {
        "cooling_loop": cooling_loop,
        "heat_pump": heat_pump,
        "district_network": district_network,
    }
    return {part: module.build() for part, module in parts.items()}


@pytest.fixture(scope="module")
def variables(models):
    def declared(model):
        groups = {"input": model.inputs, "parameter": model.parameters, "output": model.outputs}
        return {
            v.name: FmuVariable(v.name, 0, "Real", causality, "continuous", v.unit)
            for causality, group in groups.items()
            for v in group
        }

    return {part: declared(model) for part, model in models.items()}


def test_it_fits_its_models(site, variables):
    assert [m.text for m in check_plant(site, variables)] == []


def test_it_fits_the_maps_of_its_controllers(site, variables):
    maps = {path.stem: load_map(path) for path in MAPS.glob("*.csv")}
    check_wiring(site, variables, maps)


def test_the_fault_catalogue_names_every_fault_of_the_models_and_no_other(site, models):
    named = {(f.part, f.parameter): f for f in catalogue(site) if f.kind == "process"}
    tunable = {
        (part, p.name): p for part, model in models.items() for p in model.parameters if p.tunable
    }
    assert named.keys() == tunable.keys()
    for key, fault in named.items():
        assert (fault.unit, fault.min, fault.max) == (
            tunable[key].unit, tunable[key].min, tunable[key].max,
        )  # fmt: skip


def test_every_output_temperature_of_the_twin_is_watched(site):
    for part, declared in site.twin.items():
        assert declared.watch, part
        assert part in site.plant.parts
    assert set(site.twin) == set(site.plant.parts)
