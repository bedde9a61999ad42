"""What was read last of every point: value, quality, why and when."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hil.links.cost import LinkCost
from hil.links.device import Device
from hil.links.planner import limits_of
from hil.links.span import Value
from hil.links.unit_reader import UnitReader
from twin.clock import NS_PER_S
from twin.registers import RegisterMap
from twin.signals import Quality


class PointReading(NamedTuple):
    """A value, or None and why: `quality` says it to programs, `why` to people; `t_ns` is when."""

    value: Value
    quality: Quality
    why: str
    t_ns: int


_NOT_YET = PointReading(None, Quality.NOT_YET, "not read yet", 0)


class Readings:
    """The sink of a unit: the last reading of each point.

    `good_for_ns` says how long a value may be believed [ns]; for a point that is not in it, for
    ever.
    """

    def __init__(self, good_for_ns: Mapping[str, int] | None = None) -> None:
        self.good_for_ns: Mapping[str, int] = good_for_ns or {}
        self._last: dict[str, PointReading] = {}

    def take(self, names: tuple[str, ...], values: Sequence[Value], t_ns: int) -> None:
        """What was read at `t_ns` [ns]; None where the device itself has no value."""
        for name, value in zip(names, values, strict=True):
            missing = value is None
            quality = Quality.NO_VALUE if missing else Quality.GOOD
            why = "the device has no value" if missing else ""
            self._last[name] = PointReading(value, quality, why, t_ns)

    def miss(self, names: tuple[str, ...], quality: Quality, why: str, t_ns: int) -> None:
        """What could not be read at `t_ns` [ns], and why; the old values are gone."""
        for name in names:
            self._last[name] = PointReading(None, quality, why, t_ns)

    def at(self, name: str, now_ns: int) -> PointReading:
        """The reading of `name` as it is to be believed at `now_ns` [ns].

        One that is older than it may be is STALE and has no value, but still its time.
        """
        last = self._last.get(name, _NOT_YET)
        good_for_ns = self.good_for_ns.get(name)
        if last.value is None or good_for_ns is None or now_ns - last.t_ns <= good_for_ns:
            return last
        age_s = (now_ns - last.t_ns) / 1e9
        return PointReading(None, Quality.STALE, f"{age_s:.3g} s old", last.t_ns)


def read_map(
    device: Device,
    register_map: RegisterMap,
    cost: LinkCost,
    names: Iterable[str] | None = None,
    default_ns: int = NS_PER_S,
) -> tuple[UnitReader, Readings]:
    """What reads the points called `names` (None: all that can be read), and where they end up.

    A value may be believed for two of its periods [ns]: by then the next one is late. A point
    without `poll` is read every `default_ns` [ns].

    Raises:
        BadInput: a name that the map has not, or a point that no read can bring.
    """
    if names is None:
        points = [p for p in register_map.points.values() if p.access != "w"]
    else:
        points = [register_map.point(name) for name in names]
    readings = Readings()
    limits, among = limits_of(register_map), register_map.points
    unit = UnitReader(device, points, among, cost, limits, readings, default_ns=default_ns)
    readings.good_for_ns = {name: 2 * period_ns for name, period_ns in unit.periods.items()}
    return unit, readings
