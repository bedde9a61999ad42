"""Columns of a file in the units of the twin."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hil.trend.mapping import Map, si_of
from hil.trend.rows import Used
from twin.site.model import Site
from twin.trend.grid import Doubles, Events, latest_of_each
from twin.trend.units import scale_of


@dataclass(frozen=True)
class Target:
    """What a used column is at the site: `SI = factor * number + offset`, and its limits in SI."""

    name: str
    file_name: str
    signal: int | None
    """Its place among the signals; None of a command."""
    command: int | None
    unit: str
    si: str
    factor: float
    offset: float
    low: float
    high: float


def target_of(site: Site, used: Used) -> Target:
    """What the map makes of a column."""
    column = used.column
    name = column.target
    assert name is not None
    unit, si = used.unit.name, used.unit.si
    scale = scale_of(unit, si, column.density)
    signals, commands = tuple(site.signals), site.commands
    low, high = site.signals[name].range_si if name in site.signals else (-np.inf, np.inf)
    return Target(
        name,
        used.name,
        signals.index(name) if name in site.signals else None,
        commands.index(name) if name not in site.signals else None,
        unit,
        si,
        scale.factor * column.scale,
        scale.factor * column.offset + scale.offset,
        low,
        high,
    )


class Columns:
    """From numbers in the file to SI, each time once, block after block."""

    def __init__(self, targets: Sequence[Target]) -> None:
        self._targets = targets
        self._before = [-(1 << 62)] * len(targets)

    def take(self, batch: Sequence[Events]) -> tuple[list[Events], list[Doubles]]:
        """Events in SI, and how many of each column said a time again."""
        found, doubles = [], []
        for j, (target, events) in enumerate(zip(self._targets, batch, strict=True)):
            once, again = latest_of_each(events, self._before[j])
            if len(once):
                self._before[j] = int(once.t_ns[-1])
            values = once.values * target.factor + target.offset
            found.append(Events(once.t_ns, values, once.good & np.isfinite(values)))
            doubles.append(again)
        return found, doubles


def constants_of(site: Site, map_: Map) -> dict[str, float]:
    """Constants of a map in SI, by signal or command."""
    return {name: amount.to(si_of(site, name)) for name, amount in map_.constants.items()}
