"""Plants drawn and read: within what is listed, the same each time, refused with their line."""

import re

import numpy as np
import pytest

from hil.campaign.draw import draw_plant, table
from hil.campaign.plant import TUNING, PlantSpec, variant_of
from hil.campaign.plant_file import check_parameters, read_plants
from hil.campaign.work import campaign_site
from twin.errors import BadInput
from twin.plant import open_fmu

SITE = campaign_site("mantsala")
MODELS = {"CoolingLoop", "HeatPump", "DistrictNetwork"}


@pytest.fixture(scope="module")
def drawn():
    return [draw_plant(SITE, n, 1, {}) for n in range(1, 37)]


def test_it_is_the_year_that_is_run_where_there_is_one():
    assert SITE.weather == "weather_year.csv"  # that of its figures
    assert campaign_site("kajaani").weather == "weather_year.csv"  # the one beside the site


def test_thirty_plants_are_for_tuning_and_no_other(drawn):
    roles = [p.role for p in drawn]
    assert roles[:30] == ["tuning"] * 30
    assert roles[30:] == ["reporting"] * 6
    assert list(TUNING) == list(range(1, 31))


def test_a_plant_is_the_same_each_time_and_like_no_other(drawn):
    assert draw_plant(SITE, 9, 1, {}) == drawn[8]
    assert draw_plant(SITE, 9, 2, {}) != drawn[8]
    assert len({p.model_dump_json() for p in drawn}) == len(drawn)


@pytest.mark.parametrize(
    ("name", "nominal", "amount"),
    [
        ("heat_pump.UA_condenser", 239500.0, 0.08),
        ("district_network.UA_substations", 580e3, 0.08),
        ("cooling_loop.V_tank", 120.0, 0.15),
        ("district_network.DN200_2.k_insulation", 0.027, 0.15),
        ("heat_pump.eta_part_load", 0.3, 0.2),
    ],
)
def test_parameters_are_within_what_the_issue_says(drawn, name, nominal, amount):
    off = np.array([p.parameters[name] / nominal - 1.0 for p in drawn])
    assert np.abs(off).max() <= amount
    assert np.abs(off).max() > 0.6 * amount  # of 24 draws; fails once in 10^5
    assert len(set(off)) == len(off)


def test_sensors_are_off_as_the_issue_says(drawn):
    kelvin = [s for p in drawn for n, s in p.sensors.items() if ".T_" in n]
    others = [s for p in drawn for n, s in p.sensors.items() if ".T_" not in n]
    assert np.std([s.offset for s in kelvin]) == pytest.approx(0.12, rel=0.15)
    assert np.std([s.gain for s in others]) == pytest.approx(0.012, rel=0.2)
    assert {s.resolution for s in kelvin} == {0.1}
    assert {s.gain for s in kelvin} == {s.offset for s in others} == {0.0}


def test_the_truth_is_sharp_and_a_refrigerant_cycle(drawn):
    assert drawn[0].structures["heat_pump"]["performance"] == "cycle"
    assert drawn[0].structures["district_network"]["transport"] == "sharp"


def test_every_row_of_the_tables_is_of_a_model():
    for name in ("mismatch.csv", "wandering.csv"):
        assert {row["model"] for row in table(name)} <= MODELS


def test_every_site_has_plants():
    plant = draw_plant(campaign_site("kajaani"), 7, 1, {})
    assert len(plant.parameters) > 20


def test_a_variant_has_everything_but_the_disturbance_of_its_fault(drawn):
    without = variant_of(SITE, drawn[0], {}, 5, 365.0, {"cooling_loop.bypass_leak"})
    names = {d.of for d in without.disturbances}
    assert "cooling_loop.bypass_leak" not in names
    assert {"cooling_loop.P_it", "district_network.bypass"} <= names
    without.check(SITE)
    assert len(without.trips) > 2
    assert without.parameters == drawn[0].parameters


# ---- from a file -------------------------------------------------------------------------------

GOOD = """\
plants:
  - name: north
    seed: 4
    parameters: {heat_pump.UA_condenser: 250.0e+3}
    structures: {heat_pump: {performance: cycle}}
    sensors:
      cooling_loop.T_supply: {offset: 0.3, resolution: 0.1, lag: 20 s}
      cooling_loop.m_facility: {gain: 0.02}
    disturbances:
      - {of: cooling_loop.P_it, deviation: 0.02, time: 6h, relative: true}
    trips_per_year: 4
  - name: south
"""


def written(tmp_path, text):
    path = tmp_path / "plants.yaml"
    path.write_text(text, "utf-8")
    return path


def test_plants_come_from_a_file(tmp_path):
    _, (north, south) = read_plants(written(tmp_path, GOOD), SITE)
    assert south == PlantSpec(name="south")
    assert north.role == "reporting"
    assert north.sensors["cooling_loop.T_supply"].lag == 20.0
    assert north.disturbances[0].time == 21600.0
    assert PlantSpec.model_validate(north.model_dump(mode="json")) == north


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("offset: 0.3", "ofset: 0.3", "plants.yaml:7 .*unknown key 'ofset', did you mean 'offset'"),
        ("T_supply", "T_suply", "plants.yaml:7 .*did you mean 'cooling_loop.T_supply'"),
        ("heat_pump: {perf", "heat_pum: {perf", "plants.yaml:5 .*did you mean 'heat_pump'"),
        ("heat_pump.UA_c", "heat_pimp.UA_c", "plants.yaml:4 .*did you mean 'heat_pump'"),
        ("name: south", "name: north", "plants.yaml:12 .*is the name of another plant"),
        ("deviation: 0.02", "deviation: -1", "plants.yaml:10 .*must be ≥ 0"),
        ("lag: 20 s", "lag: soon", "plants.yaml:7 .*must be a time with its unit"),
        ("seed: 4", "seed: -4", "plants.yaml:3 .*must be ≥ 0"),
        ("250.0e+3", "large", "plants.yaml:4 .*must be a number"),
        ("of: cooling_loop.P_it", "of: cooling_lop.P_it", "plants.yaml:10 .*did you mean"),
    ],
)
def test_what_is_wrong_in_the_file_is_said_with_its_line(tmp_path, good, bad, said):
    with pytest.raises(BadInput) as refused:
        read_plants(written(tmp_path, GOOD.replace(good, bad)), SITE)
    assert re.search(said, str(refused.value))


@pytest.mark.parametrize(
    ("good", "bad", "said"),
    [
        ("UA_condenser", "UA_condensor", "plants.yaml:4 .*did you mean 'UA_condenser'"),
        ("250.0e+3", "-5.0", "plants.yaml:4 .*must be ≥"),
        ("cooling_loop.P_it,", "cooling_loop.UA_cdu,", "plants.yaml:10 .*unknown boundary input"),
    ],
)
def test_parameters_are_held_against_the_fmu(tmp_path, good, bad, said):
    document, plants = read_plants(written(tmp_path, GOOD.replace(good, bad)), SITE)
    files = {part: open_fmu(SITE.fmu_path(part)) for part in SITE.plant.parts}
    try:
        with pytest.raises(BadInput) as refused:
            check_parameters(document, 0, plants[0], SITE, files)
    finally:
        for file in files.values():
            file.close()
    assert re.search(said, str(refused.value))
