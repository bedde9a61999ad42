"""Made-up weather and heat demand for the Mäntsälä site: `python -m sites.weather` writes it.

A year of hours and a winter day of ten-minute steps, the same bytes every time. The shape
is that of southern Finland: monthly means near the climate normals, a cold spell to -26 °C in
January, weather systems of a few days, a day-night swing that is small under winter clouds.
"""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

MANTSALA = Path(__file__).parent / "mantsala"
YEAR_FILE = "weather_year.csv"
DAY_FILE = "weather_winter_day.csv"

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
YEAR_S = 365 * DAY_S

MONTHLY_MEAN_DEGC = (-5.3, -5.9, -2.1, 4.1, 10.6, 14.9, 17.6, 15.8, 10.7, 4.9, 0.4, -2.9)
"""January to December, rounded normals 1991-2020 of inland southern Finland."""

MONTHLY_SWING_K = (1.2, 1.8, 3.2, 4.5, 5.5, 5.5, 5.5, 5.0, 3.8, 2.0, 1.0, 0.9)
"""Half the usual difference between afternoon and night."""

MONTHLY_SYNOPTIC_K = (5.0, 5.0, 3.8, 3.0, 3.0, 2.6, 2.4, 2.4, 2.6, 3.2, 3.8, 4.6)
"""Standard deviation from day to day."""

COLDEST_DEGC = -26.0
COLD_SPELL_DAY = 16.0
SYNOPTIC_TIME_S = 60 * HOUR_S
SEED = 60_38  # Mäntsälä lies at 60° 38' N

SPACE_HEATING_W_K = 192e3
"""Heat that the connected buildings lose per kelvin below INDOOR_DEGC [W/K]."""
INDOOR_DEGC = 17.0  # the rest comes from people, sun and appliances
YEAR_DEMAND = 1.37
"""Demand of the year relative to the winter day's [-]: 34 GWh, of which 25 GWh are 73 %."""
BUILDING_TIME_S = 8 * HOUR_S
"""Time constant with which heating follows the weather [s]."""
HOT_WATER_W = 0.55e6
"""Hot water and its circulation, mean over the day [W]."""


def winter_day(step_s: float = 600.0) -> dict[str, Values]:
    """A cloudy winter day between -8 and -2 °C: columns by name, shape (rows,)."""
    times = _times(DAY_S, step_s)
    hour = times / HOUR_S
    # two harmonics: coldest at seven, warmest at two in the afternoon
    shape = cosine(hour - 15.0, 24.0) + 0.35 * cosine(hour - 13.0, 12.0)
    low, high = shape.min(), shape.max()
    outdoor = -8.0 + 6.0 * (shape - low) / (high - low)
    soil = np.full(times.shape, 3.0)
    return _columns(times, outdoor, soil, step_s)


def year(step_s: float = HOUR_S) -> dict[str, Values]:
    """A year from the first of January: columns by name, shape (rows,)."""
    times = _times(YEAR_S, step_s)
    hour = times / HOUR_S
    synoptic = monthly(times, MONTHLY_SYNOPTIC_K) * _weather_systems(len(times), step_s)
    outdoor = monthly(times, MONTHLY_MEAN_DEGC) + synoptic - synoptic.mean()
    outdoor += monthly(times, MONTHLY_SWING_K) * cosine(hour - 15.0, 24.0)
    # weight 1 in the middle of the cold spell, 0 four days away from it
    spell = np.maximum(0.0, 1.0 - ((times / DAY_S - COLD_SPELL_DAY) / 4.0) ** 2)
    inside = spell > 0.0
    outdoor -= spell * np.min((outdoor[inside] - COLDEST_DEGC) / spell[inside])
    outdoor[-1] = outdoor[0]
    # at pipe depth the year arrives two months late and damped
    soil = 6.5 - 5.5 * cosine(times / DAY_S - 66.0, 365.0)
    columns = _columns(times, outdoor, soil, step_s)
    return columns | {"Q_demand_W": YEAR_DEMAND * columns["Q_demand_W"]}


def demand(times: Values, outdoor: Values, step_s: float) -> Values:
    """Heat that all consumers ask for [W] at outdoor temperatures [°C], shape (rows,)."""
    felt = np.empty_like(outdoor)
    share = step_s / (BUILDING_TIME_S + step_s)
    level = float(outdoor.mean())
    for _ in range(2):  # the second pass begins where a repeated file would
        for i, value in enumerate(outdoor):
            level += share * (float(value) - level)
            felt[i] = level
    heating = SPACE_HEATING_W_K * np.maximum(INDOOR_DEGC - felt, 0.0)
    return heating + HOT_WATER_W * hot_water(times / HOUR_S % 24.0)


def csv_text(columns: dict[str, Values]) -> str:
    """The columns as a file: temperatures in 0.01 K, power in 100 W."""
    lines = [",".join(columns)]
    for time, outdoor, soil, power in zip(*columns.values(), strict=True):
        lines.append(f"{time:.0f},{outdoor:.2f},{soil:.2f},{round(power / 100.0) * 100}")
    return "\n".join(lines) + "\n"


def write(folder: Path) -> None:
    """Both files into `folder`."""
    (folder / DAY_FILE).write_text(csv_text(winter_day()), encoding="utf-8")
    (folder / YEAR_FILE).write_text(csv_text(year()), encoding="utf-8")


def _columns(times: Values, outdoor: Values, soil: Values, step_s: float) -> dict[str, Values]:
    return {
        "time_s": times,
        "T_outdoor_degC": outdoor,
        "T_soil_degC": soil,
        "Q_demand_W": demand(times, outdoor, step_s),
    }


def _times(length_s: float, step_s: float) -> Values:
    return np.linspace(0.0, length_s, round(length_s / step_s) + 1)


def cosine(x: Values, period: float) -> Values:
    """cos(2π x/period) [-], the same bits with every numpy."""
    return np.array([math.cos(2.0 * math.pi * value / period) for value in x])


def monthly(times: Values, values: Sequence[float]) -> Values:
    """Values of the middles of the months joined by straight lines, December to January too."""
    month = YEAR_S / 12
    around = [values[-1], *values, values[0]]
    return np.interp(times, [(i - 0.5) * month for i in range(14)], around)


def hot_water(hour: Values) -> Values:
    """Share of the daily mean [-]: little at night, peaks at seven and at eight in the evening."""
    morning = np.maximum(0.0, 1.0 - ((hour - 7.5) / 2.5) ** 2)
    evening = np.maximum(0.0, 1.0 - ((hour - 20.0) / 3.0) ** 2)
    profile: Values = 0.6 + 1.3 * morning + 1.2 * evening
    return profile / (0.6 + (1.3 * 2.5 + 1.2 * 3.0) * (4.0 / 3.0) / 24.0)


def _weather_systems(rows: int, step_s: float) -> Values:
    """Autoregressive noise of standard deviation 1 [-] that remembers SYNOPTIC_TIME_S."""
    keep = math.exp(-step_s / SYNOPTIC_TIME_S)
    drive = math.sqrt(1.0 - keep * keep)
    # raw bits, which no numpy version changes; four uniforms are normal enough for weather
    bits = np.random.PCG64(SEED).random_raw(4 * rows)
    uniform = (bits >> np.uint64(11)) / float(1 << 53)
    normal = (uniform.reshape(rows, 4).sum(axis=1) - 2.0) * math.sqrt(3.0)
    out = np.empty(rows)
    level = 0.0
    for i in range(rows):
        level = keep * level + drive * float(normal[i])
        out[i] = level
    return out


if __name__ == "__main__":
    write(MANTSALA)
