"""Two days of a site's own plant: of winter and of summer where the site has a year's weather."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from hil.bench.direct.loop import Rows
from hil.bench.direct.plant_rows import NS_PER_H, Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.bench.figures import typical_days
from twin.site import Boundary, Site
from twin.site.model import Weather

DAY_NS = 24 * NS_PER_H
WARM_UP_NS = 6 * NS_PER_H
"""The plant and its observers settle so long before a day [ns] (assumed)."""
MONTHS = 12
"""Parts of the year whose typical days are compared [-]."""


def season_rows(
    site: Site, period_ns: int, seed: int = 1, data: Path | None = None
) -> dict[str, Iterator[Rows]]:
    """Rows by the name of the day; those of the warm-up have times of 0 and before.

    A plant that reads no weather has no winter: two days of it, as without a year's weather.
    """
    year = site.year_weather
    if year is None or not any(isinstance(feed, Weather) for feed in site.boundary.values()):
        begins = {"first day": 0, "second day": DAY_NS}
        return {n: _rows(site, period_ns, begin, seed, data) for n, begin in begins.items()}
    of_year = site.model_copy(update={"weather": year})
    winter, summer = _coldest_and_warmest(of_year, data)
    return {
        "winter": _rows(of_year, period_ns, winter * DAY_NS, seed, data),
        "summer": _rows(of_year, period_ns, summer * DAY_NS, seed + 1, data),
    }


def _coldest_and_warmest(site: Site, data: Path | None) -> tuple[int, int]:
    """Numbers of the typical days of the coldest and of the warmest twelfth of the year [-]."""
    hours = Boundary(site, data, NS_PER_H).block(0, 365 * 24)
    weather = [
        (i, feed.column)
        for i, feed in enumerate(site.boundary.values())
        if isinstance(feed, Weather)
    ]
    columns = [i for i, _ in weather]
    outdoor = next((i for i, column in weather if column == "T_outdoor"), columns[0])
    days = typical_days(hours[:, columns], MONTHS, 1.0)
    mean = [float(np.mean(hours[day * 24 : day * 24 + 24, outdoor])) for day in days]
    return days[int(np.argmin(mean))], days[int(np.argmax(mean))]


def _rows(
    site: Site, period_ns: int, begin_ns: int, seed: int, data: Path | None
) -> Iterator[Rows]:
    span = Span(DAY_NS, period_ns, WARM_UP_NS, begin_ns)
    return plant_rows(site, Variant(), span, seed, data=data)
