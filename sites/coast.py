"""Made-up weather of the coast for the sites hamina and helsinki: `python -m sites.coast`.

The same bytes every time; nothing in it is measured. The sea keeps the coast milder than inland
in autumn and winter and cooler in spring; its own temperature follows the year a month late.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sites import weather

Values = NDArray[np.float64]

HAMINA = Path(__file__).parent / "hamina"
HELSINKI = Path(__file__).parent / "helsinki"
SUMMER_FILE = "weather_summer_day.csv"

MILDER_K = (1.0, 0.6, 0.2, -0.4, -0.4, 0.1, 0.6, 1.0, 1.2, 1.3, 1.3, 1.2)
"""January to December: how much warmer the coast is than inland."""

SEA_MEAN_DEGC, SEA_SWING_K = 8.0, 8.5
SEA_WARMEST_DAY = 214.0  # second of August
SEA_ICE_DEGC = 0.3
"""Under ice; brackish water freezes a little below 0 °C."""

HAMINA_DEMAND = 1.56
"""Demand of Hamina relative to what `weather.demand` gives [-]: 37.5 GWh a year."""

HELSINKI_HEAT_W = 120e6
"""Hot water and circulation losses of the modelled part of Helsinki, mean of a summer day [W]."""
HELSINKI_HEAT_SWING = 0.22
"""Share of it that follows the hour [-]: a big network hardly rests at night."""
HELSINKI_HEATING_W_K = 2.5e6
"""Heat that its buildings lose per kelvin below HELSINKI_HEATED_DEGC [W/K]: assumed."""
HELSINKI_HEATED_DEGC = 14.0
HELSINKI_MOST_W = 180e6
"""In colder weather other plants feed the rest of the inner city [W]: assumed."""
COOLING_BASE_W = 35e6
"""Data halls and shops, which are cooled at any weather [W]."""
COOLING_W_K = 6.0e6
COOLING_FROM_DEGC = 14.0
"""Outdoor temperature above which buildings ask for cooling [degC]."""
COOLING_MOST_W = 114e6
"""Helen's record, of the heat wave in July 2018 [W]."""

WASTE_MEAN_DEGC, WASTE_SWING_K = 13.5, 4.0
"""Purified waste water: 9.5 °C when snow melts, 17.5 °C at the end of summer: assumed [degC, K]."""
WASTE_WARMEST_DAY = 248.0  # fifth of September


def hamina_winter_day() -> dict[str, Values]:
    """A cloudy winter day by an icy sea, ten-minute steps."""
    inland = weather.winter_day()
    sea = np.full(inland["time_s"].shape, 1.0)
    return _hamina(inland["time_s"], inland["T_outdoor_degC"], inland["T_soil_degC"], sea)


def hamina_year() -> dict[str, Values]:
    """A year of hours from the first of January."""
    inland = weather.year()
    times = inland["time_s"]
    outdoor = inland["T_outdoor_degC"] + weather.monthly(times, MILDER_K)
    return _hamina(times, outdoor, inland["T_soil_degC"], sea_temperature(times))


def helsinki_summer_day() -> dict[str, Values]:
    """A warm day in July, 16 to 25 °C: heat for hot water, cooling after sun and office hours."""
    times = np.linspace(0.0, weather.DAY_S, 145)
    hour = times / weather.HOUR_S
    outdoor = 20.5 - 4.5 * weather.cosine(hour - 3.5, 24.0)
    level = np.ones(times.shape)
    return _helsinki(times, outdoor, 13.0 * level, 15.0 * level, 16.0 * level)


def helsinki_year() -> dict[str, Values]:
    """A year of hours from the first of January."""
    inland = weather.year()
    times = inland["time_s"]
    outdoor = inland["T_outdoor_degC"] + weather.monthly(times, MILDER_K)
    waste = waste_water_temperature(times)
    return _helsinki(times, outdoor, inland["T_soil_degC"], sea_temperature(times), waste)


def sea_temperature(times: Values) -> Values:
    """Surface of the Gulf of Finland [degC] at `times` [s] since the first of January."""
    days = times / weather.DAY_S
    sea = SEA_MEAN_DEGC + SEA_SWING_K * weather.cosine(days - SEA_WARMEST_DAY, 365.0)
    return np.maximum(sea, SEA_ICE_DEGC)


def waste_water_temperature(times: Values) -> Values:
    """Purified waste water [degC] at `times` [s] since the first of January."""
    days = times / weather.DAY_S
    return WASTE_MEAN_DEGC + WASTE_SWING_K * weather.cosine(days - WASTE_WARMEST_DAY, 365.0)


def csv_text(columns: Mapping[str, Values]) -> str:
    """The columns as a file: temperatures in 0.01 K, power in 100 W or 0.01 MW."""
    lines = [",".join(columns)]
    for row in zip(*columns.values(), strict=True):
        cells = [_cell(name, float(value)) for name, value in zip(columns, row, strict=True)]
        lines.append(",".join(cells))
    return "\n".join(lines) + "\n"


def files() -> dict[Path, str]:
    """What each weather file of the two sites holds."""
    return {
        HAMINA / weather.DAY_FILE: csv_text(hamina_winter_day()),
        HAMINA / weather.YEAR_FILE: csv_text(hamina_year()),
        HELSINKI / SUMMER_FILE: csv_text(helsinki_summer_day()),
        HELSINKI / weather.YEAR_FILE: csv_text(helsinki_year()),
    }


def _hamina(times: Values, outdoor: Values, soil: Values, sea: Values) -> dict[str, Values]:
    step_s = float(times[1] - times[0])
    return {
        "time_s": times,
        "T_outdoor_degC": outdoor,
        "T_soil_degC": soil,
        "T_sea_degC": sea,
        "Q_demand_W": HAMINA_DEMAND * weather.demand(times, outdoor, step_s),
    }


def _helsinki(
    times: Values, outdoor: Values, soil: Values, sea: Values, waste: Values
) -> dict[str, Values]:
    """Heat: hot water by the hour and heating by the weather. Cooling: sun and office hours."""
    hour = times / weather.HOUR_S
    profile = weather.hot_water(hour % 24.0)
    heat = HELSINKI_HEAT_W * (1.0 + HELSINKI_HEAT_SWING * (profile - 1.0))
    heat += HELSINKI_HEATING_W_K * np.maximum(HELSINKI_HEATED_DEGC - outdoor, 0.0)
    office = 0.85 - 0.15 * weather.cosine(hour - 2.0, 24.0)
    cooling = COOLING_BASE_W + COOLING_W_K * np.maximum(outdoor - COOLING_FROM_DEGC, 0.0) * office
    return {
        "time_s": times,
        "T_outdoor_degC": outdoor,
        "T_soil_degC": soil,
        "T_sea_degC": sea,
        "T_waste_water_degC": waste,
        "Q_demand_MW": np.minimum(heat, HELSINKI_MOST_W) / 1e6,
        "Q_cooling_MW": np.minimum(cooling, COOLING_MOST_W) / 1e6,
    }


def _cell(name: str, value: float) -> str:
    if name.endswith(("_degC", "_MW")):
        return f"{value:.2f}"
    return f"{value:.0f}" if name == "time_s" else f"{round(value / 100.0) * 100}"


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
