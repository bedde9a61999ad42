"""Times of measured data for people: local time where they have a date, else since they began."""

from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo

from matplotlib.axes import Axes
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

from hil.report.canvas import time_axis, time_unit
from hil.report.numbers import clock

_DAY_NS = 86_400e9


@dataclass(frozen=True)
class When:
    """The instant that is 0, the zone to tell times in, and whether there are dates at all."""

    began_ns: int
    """Since 1970 UTC [ns]."""
    zone: tzinfo
    relative: bool

    def text(self, t_ns: int | None) -> str:
        """`2026-01-05 12:35`, or time since the begin; a dash of none."""
        if t_ns is None or self.relative:
            return clock(None if t_ns is None else t_ns / 1e9)
        seconds = (self.began_ns + t_ns) // 10**9
        return datetime.fromtimestamp(seconds, UTC).astimezone(self.zone).strftime("%Y-%m-%d %H:%M")

    def place(self, t_ns: float, span_ns: tuple[int, int]) -> float:
        """Where an instant [ns] stands on an axis over `span_ns` [its unit]."""
        if self.relative:
            return t_ns / 1e9 * time_unit(_seconds(span_ns))[0]
        return (self.began_ns + t_ns) / _DAY_NS

    def axis(self, axes: Axes, span_ns: tuple[int, int]) -> None:
        """Ticks and limits of a time axis over `span_ns`."""
        if self.relative:
            time_axis(axes, _seconds(span_ns), "time since the data began", most=6)
            return
        locator = AutoDateLocator(tz=self.zone, minticks=3, maxticks=6)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_locator(locator)
        dates = ConciseDateFormatter(locator, tz=self.zone)  # type: ignore[no-untyped-call]
        axes.xaxis.set_major_formatter(dates)
        if span_ns[1] > span_ns[0]:
            axes.set_xlim(self.place(span_ns[0], span_ns), self.place(span_ns[1], span_ns))


def _seconds(span_ns: tuple[int, int]) -> tuple[float, float]:
    return span_ns[0] / 1e9, span_ns[1] / 1e9
