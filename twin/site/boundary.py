"""What reaches the plant from outside the site, cycle by cycle: weather, heat demand, IT load."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.errors import BadInput, refuse
from twin.site.it_load import ItPower, it_load, trace_file
from twin.site.model import Constant, Feed, ItLoad, Site, Weather
from twin.site.quantity import si_unit
from twin.site.table import Table, Values, read_table

_BLEND = 24
"""After the end of a file its beginning takes over gradually, within 1/24 of its length."""

_MOST_BLEND_NS = 6 * 3600 * 1_000_000_000
_DAY_NS, _MINUTE_NS = 86_400 * 1_000_000_000, 60 * 1_000_000_000


@dataclass(frozen=True, eq=False)
class Series:
    """Values between rows by straight lines, repeated for ever without a jump.

    The first pass reads the file as it is. Every later pass begins where the one before
    ended and reaches the file's own values within the blend time.
    """

    times_ns: NDArray[np.int64]
    first: Values
    later: Values

    def at(self, t_ns: NDArray[np.int64]) -> Values:
        """Values at the instants `t_ns` [ns], same shape; plain arithmetic only."""
        length = self.times_ns[-1]
        passed, inside = t_ns // length, t_ns % length
        i = np.searchsorted(self.times_ns, inside, side="right") - 1
        span = self.times_ns[i + 1] - self.times_ns[i]
        weight = (inside - self.times_ns[i]) / span
        left = np.where(passed == 0, self.first[i], self.later[i])
        right = np.where(passed == 0, self.first[i + 1], self.later[i + 1])
        return np.asarray(left + (right - left) * weight)


def series(times_ns: NDArray[np.int64], values: Values) -> Series:
    """A file's column, made repeatable. `times_ns` [ns] begin at 0 and rise, shape (rows,)."""
    blend_ns = min(int(times_ns[-1]) // _BLEND, _MOST_BLEND_NS)
    share = np.minimum(times_ns / blend_ns, 1.0)
    weight = share * share * (3.0 - 2.0 * share)
    later = values[-1] + (values - values[-1]) * weight
    return Series(times_ns, values, np.where(share < 1.0, later, values))


class Boundary:
    """The boundary inputs of a site in SI units; the same numbers on every machine.

    Memory is that of the files read, however long the run. Cycle `k` gets the values of the
    instant `k * period_ns`.
    """

    names: tuple[str, ...]
    """Plant inputs (PART.INPUT), one a column of `block`."""
    units: tuple[str, ...]
    """Their SI units."""
    notes: tuple[str, ...]
    """Where the values come from, a sentence a source."""

    def __init__(self, site: Site, data_dir: Path | None, period_ns: int) -> None:
        """Reads the site's weather file and the measured IT load in `data_dir`, if it is there.

        Raises:
            BadInput: a file is broken or lacks a column.
        """
        self._period_ns = period_ns
        self._sources = _Sources(site, data_dir)
        self.names = tuple(site.boundary)
        columns = [self._sources.column(name, feed) for name, feed in site.boundary.items()]
        self._columns = tuple(values for values, _ in columns)
        self.units = tuple(unit for _, unit in columns)
        self.notes = tuple(dict.fromkeys(self._sources.notes))

    def block(self, k0: int, n: int) -> Values:
        """Values of the cycles `k0` to `k0 + n - 1`, shape (n, inputs) [SI]."""
        t_ns = (np.arange(n, dtype=np.int64) + k0) * self._period_ns
        out = np.empty((n, len(self._columns)))
        for j, source in enumerate(self._columns):
            out[:, j] = source if isinstance(source, float) else source.at(t_ns)
        return out

    def unit(self, name: str) -> str:
        """SI unit of one input."""
        return self.units[self.names.index(name)]

    def day(self, name: str, t_ns: int) -> Values:
        """One input every minute of the day from `t_ns` [ns] on [SI]."""
        source = self._columns[self.names.index(name)]
        every = np.arange(t_ns, t_ns + _DAY_NS, _MINUTE_NS)
        return np.full(len(every), source) if isinstance(source, float) else source.at(every)


def boundary_files(site: Site, data_dir: Path | None) -> tuple[Path, ...]:
    """The files that decide what `Boundary` gives: weather and measured load, as far as used."""
    kinds = {type(feed) for feed in site.boundary.values()}
    found = []
    if Weather in kinds and site.weather_path is not None:
        found.append(site.weather_path)
    if ItLoad in kinds and (measured := trace_file(data_dir)) is not None:
        found.append(measured)
    return tuple(found)


class _Sources:
    """The files behind a site's boundary, each read once and only if it is asked for."""

    def __init__(self, site: Site, data_dir: Path | None) -> None:
        self._site = site
        self._data_dir = data_dir
        self._weather: Table | None = None
        self._power: ItPower | None = None
        self.notes: list[str] = []

    def column(self, name: str, feed: Feed) -> tuple[Series | float, str]:
        """Where the values of input `name` come from, and their SI unit."""
        match feed:
            case Constant():
                unit = si_unit(feed.value.unit)
                return feed.value.to(unit), unit
            case Weather():
                weather = self.weather()
                values, unit = weather.columns[feed.column], weather.units[feed.column]
                return series(weather.times_ns, values), unit
            case ItLoad():
                return self._it_load(name, feed), "W"

    def weather(self) -> Table:
        """The site's weather file."""
        if self._weather is None:
            path = self._site.weather_path
            if path is None:
                raise BadInput(f"{self._site.document.path.name}: names no file under 'weather'")
            self._weather = read_table(path)
            self.notes.append(
                f"weather: {path.name}, repeated every {_hours(self._weather.times_ns)} h"
            )
        return self._weather

    def _it_load(self, name: str, feed: ItLoad) -> Series:
        """All units together or one of them, scaled alike: the parts of a total stay its parts."""
        if self._power is None:
            self._power = it_load(self._data_dir)
        load, factor, count = self._power, 1.0, len(self._power.units)
        said = f"{count} units together" if feed.cdu is None else f"{count} units one by one"
        if feed.scale_to_max is not None:
            factor = feed.scale_to_max.to("W") / load.total.max()
            said += f", their total scaled to at most {feed.scale_to_max}"
        self.notes.append(f"IT load: {load.note}, {said}, repeated every {_hours(load.times_ns)} h")
        if feed.cdu is None:
            return series(load.times_ns, load.total * factor)
        if feed.cdu > count:
            place = self._site.document.place("boundary", name, "cdu")
            raise refuse(place, feed.cdu, f"{load.note} has {count} units")
        return series(load.times_ns, load.units[feed.cdu - 1] * factor)


def _hours(times_ns: NDArray[np.int64]) -> str:
    return f"{times_ns[-1] / 3.6e12:g}"
