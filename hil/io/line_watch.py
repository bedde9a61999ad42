"""Looking at several units of one line, each point as often as its map wants it read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from hil.io.read import Row, row_of
from hil.io.watched import Look
from hil.links.cost import LinkCost
from hil.links.device import Device
from hil.links.line_reader import LineReader
from hil.links.link import Link
from hil.links.readings import Readings, read_map
from twin.clock import Clock, utc_now
from twin.errors import refuse
from twin.registers import Point, RegisterMap, load_map

_FORGET_AFTER: Final = 30
"""Looks after which a device is asked again for what it refused (assumed)."""
_WORST: Final = 1.0
"""Share of the line's time above which not every poll can be kept [-]."""


def devices_of(texts: Sequence[str]) -> dict[int, RegisterMap]:
    """Maps by unit id, of words `UNIT=MAP`.

    Raises:
        BadInput: not of that form, a unit that comes twice, or a map that is not sound.
    """
    found: dict[int, RegisterMap] = {}
    for text in texts:
        unit, _, file = text.partition("=")
        if not unit.isdecimal() or int(unit) > 255 or not file:
            raise refuse("--device", text, "must be UNIT=MAP, such as 3=heat_pump.csv")
        if int(unit) in found:
            raise refuse("--device", text, f"unit {unit} is there already")
        found[int(unit)] = load_map(Path(file))
    return found


class LineWatch:
    """The owner of a line with the units of `devices`; a point without `poll` has `period_ns` [ns].

    A point is called `UNIT/NAME`. `clock` is the one that looks are timed by.
    """

    def __init__(
        self,
        link: Link,
        devices: Mapping[int, RegisterMap],
        cost: LinkCost,
        clock: Clock,
        period_ns: int,
    ) -> None:
        self.looks = 0
        self.last: Look | None = None
        self.devices = [Device(f"unit {u}", link, u, clock.now_ns) for u in devices]
        self._clock = clock
        self._period_ns = period_ns
        units, self._points = [], list[tuple[Point, Readings]]()
        for device, register_map in zip(self.devices, devices.values(), strict=True):
            unit, readings = read_map(device, register_map, cost, default_ns=period_ns)
            units.append(unit)
            self._points += [
                (replace(point, name=f"{device.unit}/{point.name}"), readings)
                for point in register_map.points.values()
                if point.access != "w"
            ]
        self._line = LineReader(units, clock.now_ns)

    @property
    def overload(self) -> float | None:
        """Share of the line's time that is asked for [-], where that is more than there is."""
        return self._line.load if self._line.load > _WORST else None

    @property
    def late(self) -> list[str]:
        """Poll classes that were not kept, in words."""
        return [str(found) for found in self._line.classes if found.late or found.missed]

    def look(self) -> Look:
        """Poll for one period more; what is known then."""
        if self.looks % _FORGET_AFTER == _FORGET_AFTER - 1:
            for unit in self._line.units:
                unit.forget()
        self.looks += 1
        self._line.run_until(self._clock, self.looks * self._period_ns)
        now, now_ns = utc_now(), self._clock.now_ns()
        rows: list[Row] = []
        for point, readings in self._points:
            own = replace(point, name=point.name.partition("/")[2])
            rows.append(row_of(readings, own, own.name, now, now_ns)._replace(point=point))
        self.last = Look(self.looks, now, rows, {})
        return self.last
