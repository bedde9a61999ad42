"""The newest row and predictions: from the live image, or from the record where no monitor runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import nan
from pathlib import Path
from typing import Final

from hil.bench.layout import layout_of
from hil.historian.weeks import Rows, Weeks
from hil.monitor.health import HealthReader, Told
from hil.monitor.live import Live
from twin.clock import NS_PER_S, utc_ns
from twin.closing import Closing
from twin.signals import Quality
from twin.site.model import Site

FRESH_NS: Final = 30 * NS_PER_S
"""A monitor that has said nothing for so long does not run [ns]."""
_FAR_NS: Final = (1 << 62) - 1


@dataclass(frozen=True)
class Sample:
    """One number of the plant."""

    key: str
    """`PART.VARIABLE:kind`."""
    t_ns: int
    """Of its row [ns since 1970]."""
    value: float
    """SI; NaN where there is none."""
    quality: int
    """`twin.signals.Quality`."""


class Newest(Closing):
    """Samples as they are at each question."""

    def __init__(self, site: Site, folder: Path) -> None:
        """`folder` is the data folder of the monitor."""
        layout = layout_of(site)
        self._row_keys = [f"{n}:measured" for n in layout.signals]
        self._row_keys += [f"{n}:command" for n in layout.commands]
        self._twin_keys = [f"{n}:predicted" for n in layout.watched]
        self._twin_keys += [f"{n}:band" for n in layout.watched]
        self._health = HealthReader(folder)
        self._weeks = Weeks(folder / "weeks")
        self._opened: tuple[object, Live] | None = None

    @property
    def keys(self) -> list[str]:
        """Everything that there may be a sample of."""
        return self._row_keys + self._twin_keys

    def told(self) -> Told | None:
        """What the monitor says of itself; None where none runs."""
        told = self._health.read()
        return None if told is None or utc_ns() - told.t_ns > FRESH_NS else told

    def samples(self) -> Iterator[Sample]:
        """One of each key, or fewer where nothing was recorded yet."""
        live = self._live()
        if live is None:
            for stream in self._weeks.streams():
                yield from _of_rows(self._weeks.at(stream, _FAR_NS))
            return
        for cell, keys in ((live.row, self._row_keys), (live.twin, self._twin_keys)):
            t_ns, values, quality = cell.read()
            if t_ns > 0:
                for key, value, q in zip(keys, values, quality, strict=True):
                    yield Sample(key, t_ns, nan if value is None else value, int(q))

    def close(self) -> None:
        """Let go of the record."""
        self._weeks.close()

    def _live(self) -> Live | None:
        told = self.told()
        if told is None or not told.live:
            return None
        if self._opened is None or self._opened[0] != told.live:
            try:
                self._opened = told.live, Live.of(told.live)
            except (OSError, ValueError, KeyError):  # it ended between its word and our question
                return None
        return self._opened[1]


def _of_rows(rows: Rows) -> Iterator[Sample]:
    for i in range(len(rows)):
        columns = zip(rows.keys, rows.values[i].tolist(), rows.quality[i].tolist(), strict=True)
        for key, value, quality in columns:
            good = quality if value == value or quality else Quality.NO_VALUE
            yield Sample(key, int(rows.t_ns[i]), value, int(good))
