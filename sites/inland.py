"""Made-up weather of the sites kajaani and espoo: `python -m sites.inland` writes it.

The same bytes every time; nothing in it is measured. The shapes are those of `sites.weather`:
Kajaani lies 400 km further north, Espoo on the coast.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sites import weather
from sites.coast import MILDER_K

KAJAANI = Path(__file__).parent / "kajaani"
ESPOO = Path(__file__).parent / "espoo"

COLDER_K = (-5.2, -4.4, -3.1, -2.9, -2.5, -1.2, -1.2, -1.7, -1.9, -2.4, -3.1, -4.1)
"""January to December: how much warmer Kajaani is than Mäntsälä (rounded normals 1991-2020)."""

KAJAANI_DEMAND, ESPOO_DEMAND = 8.0, 10.0
"""Demand of the modelled parts relative to what `weather.demand` gives [-]: assumed."""


def winter_day(demand: float, colder: float) -> dict[str, weather.Values]:
    """A cloudy winter day, ten-minute steps; `demand` relative [-], `colder` [K] below Mäntsälä."""
    day = weather.winter_day()
    return _scaled(day, day["T_outdoor_degC"] - colder, demand)


def year(demand: float, warmer: Sequence[float]) -> dict[str, weather.Values]:
    """A year of hours; `demand` relative [-], `warmer` [K] than Mäntsälä month by month."""
    found = weather.year()
    outdoor = found["T_outdoor_degC"] + weather.monthly(found["time_s"], warmer)
    return _scaled(found, np.maximum(outdoor, -38.0), demand)


def files() -> dict[Path, str]:
    """What each weather file of the two sites holds."""
    text = weather.csv_text
    return {
        KAJAANI / weather.DAY_FILE: text(winter_day(KAJAANI_DEMAND, 3.0)),
        KAJAANI / weather.YEAR_FILE: text(year(KAJAANI_DEMAND, COLDER_K)),
        ESPOO / weather.DAY_FILE: text(winter_day(ESPOO_DEMAND, 0.0)),
        ESPOO / weather.YEAR_FILE: text(year(ESPOO_DEMAND, MILDER_K)),
    }


def _scaled(
    like: dict[str, weather.Values], outdoor: weather.Values, share: float
) -> dict[str, weather.Values]:
    times = like["time_s"]
    wanted = share * weather.demand(times, outdoor, float(times[1] - times[0]))
    return like | {"T_outdoor_degC": outdoor, "Q_demand_W": wanted}


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf-8")
