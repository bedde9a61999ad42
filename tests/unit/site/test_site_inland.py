"""Weather of kajaani and espoo: made by their generator, and of the place."""

import pytest

from sites import inland, weather


def test_the_committed_files_are_what_the_generator_writes():
    for path, text in inland.files().items():
        assert path.read_text(encoding="utf-8") == text


def test_kajaani_is_colder_than_maentsaelae_in_every_month_and_espoo_milder_over_the_year():
    here = weather.year()["T_outdoor_degC"]
    kajaani = inland.year(1.0, inland.COLDER_K)["T_outdoor_degC"]
    espoo = inland.year(1.0, inland.MILDER_K)["T_outdoor_degC"]
    assert (kajaani < here).all()
    assert kajaani.mean() == pytest.approx(2.4, abs=0.6)  # normal 1991-2020: 2.5 degC
    assert here.mean() < espoo.mean() < here.mean() + 1.5


def test_demand_is_scaled_and_follows_its_own_weather():
    one, ten = (inland.year(k, inland.MILDER_K)["Q_demand_W"] for k in (1.0, 10.0))
    assert ten == pytest.approx(10.0 * one)
    colder = inland.winter_day(8.0, 3.0)["Q_demand_W"]
    assert (colder > inland.winter_day(8.0, 0.0)["Q_demand_W"]).all()
