import numpy as np
import pytest

from sites import weather
from twin.site.boundary import Boundary
from twin.site.load import load_site

DAYS_BEFORE = np.cumsum([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@pytest.fixture(scope="module")
def year():
    return weather.year()


def test_the_committed_files_are_what_the_generator_writes(tmp_path):
    weather.write(tmp_path)
    for name in (weather.DAY_FILE, weather.YEAR_FILE):
        assert (tmp_path / name).read_bytes() == (weather.MANTSALA / name).read_bytes()
    assert (weather.MANTSALA / weather.YEAR_FILE).stat().st_size <= 400_000


def test_the_year_is_one_of_southern_finland(year):
    outdoor = year["T_outdoor_degC"]
    assert outdoor.mean() == pytest.approx(5.0, abs=0.5)
    assert outdoor.min() == pytest.approx(-26.0, abs=0.01)
    assert outdoor.argmin() / 24 < 31  # in January
    assert 22 < outdoor.max() < 30
    for month, normal in enumerate(weather.MONTHLY_MEAN_DEGC):
        mean = outdoor[24 * DAYS_BEFORE[month] : 24 * DAYS_BEFORE[month + 1]].mean()
        assert mean == pytest.approx(normal, abs=3.5)  # as single months are
    assert 0 < year["T_soil_degC"].min() < year["T_soil_degC"].max() < 15


def test_the_town_takes_34_gwh_a_year_and_12_mw_at_its_coldest(year):
    hours = year["Q_demand_W"][:-1]
    assert hours.sum() / 1e9 == pytest.approx(34.2, rel=0.02)  # W h -> GWh
    assert 11.0e6 < hours.max() < 12.5e6
    assert hours.min() > 0.2e6


def test_the_winter_day_asks_for_4_to_6_mw(year):
    day = weather.winter_day()
    assert day["T_outdoor_degC"].min() == pytest.approx(-8.0)
    assert day["T_outdoor_degC"].max() == pytest.approx(-2.0)
    assert day["Q_demand_W"].min() > 4.0e6
    assert day["Q_demand_W"].max() < 6.0e6


def test_the_winter_day_repeats_without_a_jump():
    boundary = Boundary(load_site("mantsala"), None, 1_000_000_000)
    block = boundary.block(86_400 - 3600, 3 * 3600)
    steps = np.abs(np.diff(block, axis=0)).max(axis=0)
    outdoor = boundary.names.index("cooling_loop.T_outdoor")
    demand = boundary.names.index("district_network.Q_demand")
    assert steps[outdoor] < 0.001  # K a second
    assert steps[demand] < 300.0  # W a second
