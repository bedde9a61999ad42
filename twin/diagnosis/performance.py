"""How well machines and exchangers do, week by week, from steady hours: a report and no alarm."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import log, nan

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.blocks import Block
from twin.diagnosis.learned import Plant
from twin.diagnosis.settings import BLOCK_NS
from twin.site.performance import Ends, Sought

Floats = NDArray[np.float64]
Read = Callable[[str], float]
"""Gives what a signal reads [SI]."""

HOUR_BLOCKS = 12
HOUR_NS = HOUR_BLOCKS * BLOCK_NS
WEEK_NS = 7 * 24 * HOUR_NS
STEADY = 0.1
"""An hour is steady while heat and power of each of its blocks are within this share of their mean
[-] (assumed)."""
SAME = 1e-9
"""Differences at both ends that are the same to this share have no logarithm between them [-]."""


@dataclass(frozen=True)
class Week:
    """A figure in a week: medians over its steady hours."""

    from_ns: int
    hours: int
    """Steady hours [-]."""
    value: float
    """By what was read, in the figure's unit."""
    expected: float
    """By what a healthy plant would have read at the same boundary; NaN where no model knows."""


def value_of(of: Sought, read: Read) -> float:
    """A figure of readings in SI: [-], or [W/K] of an exchanger; NaN where there is none.

    COP = Q / P. Carnot efficiency: COP over that of a cycle without losses between the two
    temperatures, T_condensing / (T_condensing - T_evaporating). Conductance: Q over the logarithmic
    mean temperature difference (VDI Heat Atlas, C1).
    """
    heat = _heat(of, read)
    if of.power is not None:
        power = read(of.power)
        cop = heat / power if power > 0.0 else nan
        if of.between is None:
            return cop
        evaporating, condensing = (read(name) for name in of.between)
        return cop * (condensing - evaporating) / condensing if condensing > evaporating else nan
    (hot_in, hot_out), (cold_in, cold_out) = _ends(of.hot, read), _ends(of.cold, read)
    return heat / logarithmic_mean(hot_in - cold_out, hot_out - cold_in)


def logarithmic_mean(a: float, b: float) -> float:
    """Of two temperature differences [K]; NaN where one is not above 0."""
    if a <= 0.0 or b <= 0.0:
        return nan
    return 0.5 * (a + b) if abs(a - b) <= SAME * a else (a - b) / log(a / b)


def _heat(of: Sought, read: Read) -> float:
    """In W."""
    if of.heat is not None:
        return read(of.heat)
    stream = of.stream
    assert stream is not None
    return stream.c_p * read(stream.flow) * (read(stream.hot) - read(stream.cold))


def _ends(of: Ends, read: Read) -> tuple[float, float]:
    """Temperatures at inlet and outlet of a side [K]."""
    return read(of[0]), read(of[-1])


@dataclass
class _Figure:
    """A figure as it goes."""

    of: Sought
    at: Mapping[str, int]
    """Signal: its channel."""
    own: NDArray[np.intp]
    """Channels that the model of the figure's part predicts, and where they are watched."""
    watched: NDArray[np.intp]
    blocks: list[tuple[Floats, Floats]] = field(default_factory=list)
    """What was read and what would have been, of this hour."""
    hour: int = 0
    week: int = 0
    hours: list[tuple[float, float]] = field(default_factory=list)
    """Of this week."""
    weeks: list[Week] = field(default_factory=list)

    def take(self, block: Block, left: Floats) -> None:
        seen, hour = block.readings, (block.t_ns - 1) // HOUR_NS
        if hour != self.hour:  # what is left of another one has no end: there was a gap
            self.hour, self.blocks = hour, []
        if seen is not None and block.usable[self.watched].all():
            expected = seen.mean.copy()
            expected[self.own] -= left[self.watched]
            self.blocks.append((seen.mean, expected))
        if block.t_ns % HOUR_NS == 0:
            self._close_hour(block.t_ns)

    def _close_hour(self, t_ns: int) -> None:
        several, self.blocks = self.blocks, []
        number = (t_ns - 1) // WEEK_NS
        if number != self.week:
            self.close_week()
            self.week = number
        if len(several) == HOUR_BLOCKS and self._steady(several):
            both = np.mean(several, axis=0)
            value, expected = (value_of(self.of, self._reader(of)) for of in both)
            known = len(self.own) > 0
            if np.isfinite(value) and (np.isfinite(expected) or not known):
                self.hours.append((value, expected if known else nan))

    def _steady(self, several: list[tuple[Floats, Floats]]) -> bool:
        reads = [self._reader(measured) for measured, _ in several]
        powers = [[_heat(self.of, read) for read in reads]]
        if self.of.power is not None:
            powers.append([read(self.of.power) for read in reads])
        return all(_even(np.array(of)) for of in powers)

    def _reader(self, values: Floats) -> Read:
        return lambda name: float(values[self.at[name]])

    def close_week(self) -> None:
        """Medians of its hours."""
        if self.hours:
            value, expected = np.median(self.hours, axis=0).tolist()
            from_ns = self.week * WEEK_NS
            self.weeks.append(Week(from_ns, len(self.hours), value, expected))
            self.hours = []


def _even(values: Floats) -> bool:
    mean = float(values.mean())
    return mean > 0.0 and bool((np.abs(values - mean) <= STEADY * mean).all())


class Performance:
    """Takes blocks; what it keeps grows by a line a week and figure."""

    def __init__(self, plant: Plant, sought: Mapping[str, Sought]) -> None:
        """`sought` has the figures by name, `PART.FIGURE`."""
        self._figures = {name: _figure(plant, name, of) for name, of in sought.items()}

    def take(self, block: Block, left: Floats) -> None:
        """A block, and float64[m] what a healthy plant does not explain of its innovation [SI]."""
        for figure in self._figures.values():
            figure.take(block, left)

    def weeks(self) -> dict[str, tuple[Week, ...]]:
        """Of each figure, those with a steady hour; the last as far as it has gone."""
        for figure in self._figures.values():
            figure.close_week()
        return {name: tuple(figure.weeks) for name, figure in self._figures.items()}


def _figure(plant: Plant, name: str, of: Sought) -> _Figure:
    part = name.partition(".")[0]
    names = {signal for signal, _, _ in of.signals()}
    at = {c.name: i for i, c in enumerate(plant.channels) if c.name in names and not c.command}
    own = [(i, plant.channels[i].watched) for n, i in at.items() if n.startswith(f"{part}.")]
    both = np.array([(i, w) for i, w in own if w is not None], np.intp).reshape(-1, 2)
    return _Figure(of, at, both[:, 0], both[:, 1])
