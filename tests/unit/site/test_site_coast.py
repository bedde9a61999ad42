"""Weather of the coast: the files are the generator's, and mean what the sites say of them."""

import numpy as np
import pytest

from sites import coast, weather


@pytest.fixture(scope="module")
def year():
    return coast.hamina_year()


def test_the_committed_files_are_what_the_generator_writes():
    for path, text in coast.files().items():
        assert path.read_text(encoding="utf-8") == text
        assert len(text) <= 400_000


def test_hamina_takes_37_gwh_a_year_and_13_mw_at_its_coldest(year):
    hours = year["Q_demand_W"][:-1]
    assert hours.sum() / 1e9 == pytest.approx(37.5, rel=0.03)  # W h -> GWh
    assert 12.5e6 < hours.max() < 14e6
    # 5 MW of base load would be the published 80 %
    assert np.minimum(hours, 5e6).sum() / hours.sum() == pytest.approx(0.8, abs=0.05)


def test_the_coast_is_milder_than_inland_but_not_in_spring(year):
    inland = weather.year()["T_outdoor_degC"]
    warmer = (year["T_outdoor_degC"] - inland)[:-1].reshape(365, 24).mean(axis=1)
    assert 0.3 < warmer.mean() < 0.9
    assert warmer[90:150].max() < 0.0  # April and May
    assert warmer[245:335].min() > 1.0  # September to November


def test_the_sea_is_warmest_in_august_and_never_freezes_through(year):
    sea = year["T_sea_degC"]
    assert sea.min() == coast.SEA_ICE_DEGC
    assert sea.max() == pytest.approx(16.5, abs=0.01)
    assert 212 < sea.argmax() / 24 < 216
    assert sea[0] == pytest.approx(sea[-1])


def test_helsinkis_warm_day_asks_for_heat_by_the_hour_and_cooling_by_the_sun():
    day = coast.helsinki_summer_day()
    hour = day["time_s"] / 3600.0
    heat, cooling = day["Q_demand_MW"], day["Q_cooling_MW"]
    assert 100 < heat.min() < heat.max() < 182  # never more than all heat pumps give
    assert cooling.max() < 114  # the record of 2018 for the whole city
    assert 12 < hour[cooling.argmax()] < 18
    for values in day.values():
        assert values[0] == pytest.approx(values[-1]) or values is day["time_s"]


def test_helsinkis_year_is_of_the_size_that_helen_tells():
    year = coast.helsinki_year()
    heat, cooling = year["Q_demand_MW"][:-1], year["Q_cooling_MW"][:-1]
    # both plants at 1,000 GWh of Katri Vala times 182/160; boilers lift the supply in winter
    assert heat.sum() / 1e3 == pytest.approx(1140.0, rel=0.15)
    assert heat.max() <= 182.0
    assert 30 < cooling[24 * 151 : 24 * 181].mean() < 50  # "30 to 40 MW in June"
    assert cooling.max() <= 114.0
    july, january = slice(24 * 181, 24 * 212), slice(0, 24 * 31)
    assert heat[january].mean() > 1.2 * heat[july].mean()


def test_waste_water_is_coldest_when_snow_melts_and_warmest_when_summer_ends():
    waste = coast.helsinki_year()["T_waste_water_degC"]
    assert (waste.min(), waste.max()) == pytest.approx((9.5, 17.5), abs=0.01)
    assert 59 < waste.argmin() / 24 < 90  # March
    assert 243 < waste.argmax() / 24 < 273  # September
    assert waste[0] == pytest.approx(waste[-1])
