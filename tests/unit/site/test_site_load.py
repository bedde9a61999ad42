import pickle

import pytest
from pydantic import ValidationError

from twin.errors import BadInput
from twin.site.load import list_sites, load_site


def test_reference_sites_are_listed_and_every_one_loads():
    assert "mantsala" in list_sites()
    for name in list_sites():
        assert load_site(name).site == name


def test_by_name_by_folder_and_by_file_it_is_the_same_site():
    by_name = load_site("mantsala")
    assert load_site(by_name.folder) == by_name
    assert load_site(by_name.folder / "site.yaml") == by_name


def test_an_unknown_site_gets_the_nearest_name():
    with pytest.raises(BadInput, match=r"unknown site 'mantsla', did you mean 'mantsala'\?"):
        load_site("mantsla")


@pytest.mark.parametrize("name", ["../sites/nowhere", "", "/", "mantsala/nothing"])
def test_what_is_no_site_is_refused(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput):
        load_site(name)


def test_a_folder_without_a_site_file(tmp_path):
    with pytest.raises(BadInput, match=r"no site\.yaml in this folder"):
        load_site(tmp_path)


def test_values_are_what_the_file_says(plain):
    signal = plain.signals["loop.T_supply"]
    assert (signal.lag, signal.noise_si) == (5.0, 0.03)
    assert signal.range_si == pytest.approx((253.15, 393.15))
    assert plain.signals["loop.P_it"].range_si == (-float("inf"), float("inf"))
    assert plain.variable("pump.T_out") == "pump.T_source_out"
    assert plain.variable("loop.T_supply") == "loop.T_supply"
    assert plain.boundary["loop.P_it"].scale_to_max.to("W") == 5e6
    assert plain.twin["loop"].watch["T_supply"].band.difference_in("K") == 0.8
    assert str(plain.plant.connections[0]) == "loop.T_source -> pump.T_source_in"
    assert plain.controllers["loop"].settings == {"T_set": 30.0, "automatic": 1.0}
    assert plain.controllers["loop"].map_name == "cooling_loop"


def test_files_are_relative_to_the_site(plain, tmp_path):
    assert plain.folder == tmp_path
    assert plain.weather_path == tmp_path / "weather.csv"
    assert plain.fmu_path("loop").name == "CoolingLoop.fmu"


def test_a_site_does_not_change_and_goes_to_other_processes(plain):
    with pytest.raises(ValidationError):
        plain.title = "other"
    copy = pickle.loads(pickle.dumps(plain))
    assert copy == plain
    assert copy.document.place("links", "lan") == "site.yaml:21 links.lan"


def test_mantsala_is_wired_as_its_readme_says():
    site = load_site("mantsala")
    assert site.controllers["network"].role == "client"
    assert site.controllers["network"].map_name == "network_io"
    assert site.controllers["heat_pump"].unit == 3
    assert site.links["hp_line"].transport == "rtu"
    assert {c.link for c in site.controllers.values()} == set(site.links)
    assert all(signal.range is not None for signal in site.signals.values())
