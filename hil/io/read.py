"""Values of a device, each with its quality, its time and, where it failed, the reason."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from hil.io.ask import Asker
from hil.io.selection import Selection
from hil.links.cost import LinkCost
from hil.links.link import Link
from hil.links.readings import Readings
from hil.links.unit_reader import UnitReader
from twin.clock import NS_PER_S, monotonic_ns, utc_now
from twin.registers import Point, scale_of, word_of
from twin.signals import Quality

_ONE_CLASS_NS: Final = 1_000_000 * NS_PER_S
"""Longer than any `poll`: everything is read at every look."""
_FORGET_AFTER: Final = 30
"""Looks after which a device is asked again for what it refused (assumed)."""


class Row(NamedTuple):
    """One value [point.unit], or None and why; a text is a value too. `t` is when it was there."""

    point: Point
    value: float | str | None
    quality: Quality
    why: str
    t: datetime

    @property
    def meaning(self) -> str:
        """What the map's `enum` calls the value; empty without one, or without a number."""
        if not isinstance(self.value, float) or not self.point.enum:
            return ""
        return word_of(self.point, self.value)

    @property
    def failed(self) -> bool:
        """Whether nobody knows the value; a device that says it has none has answered."""
        return self.quality not in (Quality.GOOD, Quality.NO_VALUE)


class Reader:
    """Reads a selection again and again, in the cheapest reads of a link of `cost`.

    What the device refuses is not asked for again, but now and then: somebody may just be
    setting it up.
    """

    def __init__(self, link: Link, unit: int, selection: Selection, cost: LinkCost) -> None:
        self._asker = Asker(link, unit)
        self._named = _named(selection.points)
        self._readings = Readings()
        points = [replace(point, name=name) for name, point in self._named.items()]
        self._unit = UnitReader(
            self._asker, points, self._named, cost, selection.limits, self._readings,
            default_ns=_ONE_CLASS_NS, shortest_ns=_ONE_CLASS_NS,
        )  # fmt: skip
        self._looks = 0

    def read(self) -> list[Row]:
        """One row a point, in the order of the selection."""
        if self._unit.holes and self._looks % _FORGET_AFTER == 0:
            self._unit.forget()
        self._looks += 1
        self._asker.begin()
        self._unit.round()
        now, now_ns = utc_now(), monotonic_ns()
        return [
            row_of(self._readings, point, name, now, now_ns) for name, point in self._named.items()
        ]


def row_of(readings: Readings, point: Point, name: str, now: datetime, now_ns: int) -> Row:
    """The row of `point`, whose reading is called `name`, at `now`, which is `now_ns` [ns]."""
    got = readings.at(name, now_ns)
    why = got.why
    if got.quality is Quality.NO_VALUE and point.scale_ref is not None:
        exponent = readings.at(point.scale_ref, now_ns).value
        scale = scale_of(exponent if isinstance(exponent, float) else None)
        if scale != scale:
            why = f"no scale in {point.scale_ref}"
    t = now - timedelta(microseconds=(now_ns - got.t_ns) / 1000)
    return Row(point, got.value, got.quality, why, t)


def _named(points: Sequence[Point]) -> dict[str, Point]:
    """Points by a name of their own: one address may be asked for as several types."""
    found: dict[str, Point] = {}
    for point in points:
        again = point.name in found
        found[f"{point.name} {len(found)}" if again else point.name] = point
    return found


def read_once(link: Link, unit: int, selection: Selection, cost: LinkCost) -> Sequence[Row]:
    """One row a point, in the order of the selection."""
    return Reader(link, unit, selection, cost).read()
