"""What must hold between the readings of a plant, whoever built it: order, levels, heat balances.

Limits are wide, and all assumed: they must let every sound plant pass and stop a column whose unit,
sign or place is wrong. They are not what the twin judges by.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from twin.site.model import Site

Values = NDArray[np.float64]
Readings = Mapping[str, Values]

CP: Final = 4186.0
"""Heat capacity of water [J/(kg.K)], at 40 degC within 0.2 % (IAPWS-IF97)."""
_C: Final = 273.15
STANDING_K: Final = 20.0
"""A machine whose pressures are no further apart than this lifts no heat (assumed) [K]."""
LEAST_BINS: Final = 12
"""Fewer spans of time with all readings say nothing [-]."""


@dataclass(frozen=True)
class Heat:
    """A flow of heat [W]: a reading, or what water brings that cools from `hot` to `cold`."""

    power: str | None = None
    flow: str | None = None
    hot: str | None = None
    cold: str | None = None

    @property
    def signals(self) -> tuple[str, ...]:
        """What it is made of."""
        return tuple(s for s in (self.power, self.flow, self.hot, self.cold) if s is not None)

    def of(self, readings: Readings) -> Values:
        """Its values [W]."""
        if self.power is not None:
            return readings[self.power]
        assert self.flow is not None
        assert self.hot is not None
        assert self.cold is not None
        return readings[self.flow] * CP * (readings[self.hot] - readings[self.cold])


@dataclass(frozen=True)
class Relation:
    """A number that must lie between `low` and `high`, at least in the middle of the data."""

    text: str
    """What it is, with `{}` for the number."""
    signals: tuple[str, ...]
    low: float
    high: float
    usual: float
    """Where it is in most plants: decides between explanations that both fit."""
    terms: tuple[tuple[Heat, ...], tuple[Heat, ...]] | None = None
    """Both sides of a heat balance; None: a level (one signal) or a difference (two)."""
    running: str | None = None
    """Command that is 1 while it must hold."""
    lift: tuple[str, str] | None = None
    """Condensing and evaporating temperature of one machine: far apart while it must hold."""

    def number(self, readings: Readings) -> float:
        """The number in these data [K], [-] or [si_unit]; NaN where they do not say."""
        if any(s not in readings for s in self.signals):
            return float("nan")
        on = self._on(readings)
        if self.terms is not None:
            left = np.sum([t.of(readings) for t in self.terms[0]], axis=0)
            right = np.sum([t.of(readings) for t in self.terms[1]], axis=0)
            known = np.isfinite(left) & np.isfinite(right) & on
            if known.sum() < LEAST_BINS:
                return float("nan")
            below = float(np.sum(right[known]))
            return float(np.sum(left[known])) / below if below else float("inf")
        values = readings[self.signals[0]]
        if len(self.signals) == 2:
            values = values - readings[self.signals[1]]
        known = np.isfinite(values) & on
        return float(np.median(values[known])) if known.sum() >= LEAST_BINS else float("nan")

    def holds(self, number: float) -> bool:
        """Whether a `number` [K], [-] or [si_unit] can be; what is not known is no fault."""
        return not (number < self.low or number > self.high)

    def strain(self, number: float) -> float:
        """How far a `number` [si_unit] is from what is usual, in widths of what can be [-]."""
        if not np.isfinite(number):
            return 0.0 if np.isnan(number) else 99.0
        if self.low > 0.0 and self.usual > 0.0:
            if number <= 0.0:
                return 99.0
            width = np.log(self.high / self.low)
            return float(abs(np.log(number / self.usual)) / width)
        return abs(number - self.usual) / (self.high - self.low)

    def _on(self, readings: Readings) -> NDArray[np.bool_]:
        on = np.ones(len(readings[self.signals[0]]), bool)
        if self.running is not None and self.running in readings:
            on &= readings[self.running] > 0.9
        if self.lift is not None and all(s in readings for s in self.lift):
            on &= readings[self.lift[0]] - readings[self.lift[1]] > STANDING_K
        return on


class Places:
    """Which signal reads a variable of a part: its own, a neighbour's through a connection."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._same: dict[str, str] = {}
        for connection in site.plant.connections:
            self._join(connection.source, connection.target)
        self._signal: dict[str, str] = {}
        for signal in site.signals:
            self._signal.setdefault(self._root(site.variable(signal)), signal)
        for part, declared in site.twin.items():
            for name, signal in declared.boundary.items():
                self._signal.setdefault(self._root(f"{part}.{name}"), signal)

    def signal(self, part: str, variable: str) -> str | None:
        """The signal; None where nobody reads it."""
        return self._signal.get(self._root(f"{part}.{variable}"))

    def all(self, part: str, *variables: str) -> tuple[str, ...] | None:
        """Signals of several variables; None where one is not read."""
        found = [self.signal(part, v) for v in variables]
        return None if None in found else tuple(str(s) for s in found)

    def _root(self, name: str) -> str:
        while name in self._same:
            name = self._same[name]
        return name

    def _join(self, a: str, b: str) -> None:
        a, b = self._root(a), self._root(b)
        if a != b:
            self._same[b] = a


def relations(site: Site) -> list[Relation]:
    """Everything that must hold at a site between readings that it has."""
    places = Places(site)
    found: list[Relation] = []
    for part, declared in site.plant.parts.items():
        model = declared.fmu.rpartition("/")[2]
        running = None if part not in site.twin else site.twin[part].settle
        switch = None if running is None else running.switch
        if model.startswith("CoolingLoop"):
            found += _cooling_loop(places, part)
        elif model.startswith("HeatPump"):
            found += _heat_pump(places, site, part, switch)
        elif model.startswith("DistrictNetwork"):
            found += _network(places, part)
        found += _levels(places, part)
    return list({(r.text, r.running, r.lift): r for r in found}.values())


def _difference(
    places: Places, part: str, a: str, b: str, low: float, high: float, usual: float,
    running: str | None = None, lift: tuple[str, str] | None = None,
) -> Iterator[Relation]:  # fmt: skip
    signals = places.all(part, a, b)
    if signals is not None and signals[0] != signals[1]:
        text = f"{signals[0]} is {{:.1f}} K above {signals[1]}"
        yield Relation(text, signals, low, high, usual, None, running, lift)


def _balance(
    text: str, left: tuple[Heat, ...], right: tuple[Heat, ...], low: float, high: float,
    running: str | None = None, usual: float = 1.0,
) -> Relation:  # fmt: skip
    signals = tuple(dict.fromkeys(s for h in (*left, *right) for s in h.signals))
    return Relation(f"{text}: {{:.2f}} times", signals, low, high, usual, (left, right), running)


def _water(places: Places, part: str, flow: str, hot: str, cold: str) -> Heat | None:
    found = places.all(part, flow, hot, cold)
    return None if found is None else Heat(None, *found)


def _cooling_loop(places: Places, part: str) -> Iterator[Relation]:
    yield from _difference(places, part, "T_return", "T_supply", 1.0, 30.0, 10.0)
    yield from _difference(places, part, "T_coolant_supply", "T_supply", -2.0, 15.0, 5.0)
    yield from _difference(places, part, "T_source", "T_return", -15.0, 6.0, -1.0)
    yield from _difference(places, part, "T_source", "T_supply", -1.0, 30.0, 9.0)
    yield from _difference(places, part, "T_dry_cooler", "T_return", -90.0, 5.0, -20.0)
    yield from _difference(places, part, "T_dry_cooler", "T_outdoor", -3.0, 60.0, 8.0)
    hall, power = _water(places, part, "m_facility", "T_return", "T_supply"), "P_it"
    signal = places.signal(part, power)
    if hall is not None and signal is not None:
        text = f"heat that the facility water of {part} takes up, of {signal}"
        yield _balance(text, (hall,), (Heat(signal),), 0.6, 1.6)


def _heat_pump(places: Places, site: Site, part: str, switch: str | None) -> Iterator[Relation]:
    def near(
        a: str, b: str, low: float, high: float, usual: float, unit: str | None = None
    ) -> Iterator[Relation]:
        # machines of a plant with several may stand while it runs
        ends = None if unit is None else _ends(places, part, unit)
        return _difference(places, part, a, b, low, high, usual, switch, ends)

    yield from near("T_source_in", "T_source_out", 0.5, 25.0, 8.0)
    yield from near("T_sink_out", "T_sink_in", 2.0, 70.0, 30.0)
    units = sorted(
        {n.split(".")[1] for n in site.signals if n.startswith(f"{part}.unit") and n.count(".") > 1}
    )
    first = "" if units else None
    yield from near("T_source_out", "T_evaporating", -1.0, 15.0, 4.0, first)
    low = -60.0 if units else -12.0
    yield from near("T_condensing", "T_sink_out", low, 12.0, 3.0, first)
    yield from near("T_condensing", "T_sink_in", 3.0, 80.0, 30.0, first)
    for unit in units:
        prefix = f"{unit}."
        yield from near("T_source_in", f"{prefix}T_evaporating", -1.0, 30.0, 6.0, prefix)
        yield from near(f"{prefix}T_condensing", "T_sink_in", 0.0, 80.0, 25.0, prefix)
        yield from near(f"{prefix}T_condensing", "T_sink_out", -60.0, 15.0, -5.0, prefix)
    sink = _water(places, part, "m_sink", "T_sink_out", "T_sink_in")
    source = _water(places, part, "m_source", "T_source_in", "T_source_out")
    power = places.signal(part, "P_electric")
    if sink is not None and source is not None and power is not None:
        text = f"heat from {part}, of what its source and its motors bring"
        yield _balance(text, (sink,), (source, Heat(power)), 0.75, 1.25, switch)
        text = f"heat from {part}, of {power}"
        yield _balance(text, (sink,), (Heat(power),), 1.5, 12.0, switch, 4.0)
    for meter, water in (("Q_condenser", sink), ("Q_evaporator", source)):
        signal = places.signal(part, meter)
        if signal is not None and water is not None:
            yield _balance(f"{signal}, of what its water says", (Heat(signal),), (water,), 0.7, 1.4,
                           switch)  # fmt: skip


def _ends(places: Places, part: str, prefix: str) -> tuple[str, str] | None:
    found = places.all(part, f"{prefix}T_condensing", f"{prefix}T_evaporating")
    return None if found is None else (found[0], found[1])


def _network(places: Places, part: str) -> Iterator[Relation]:
    yield from _difference(places, part, "T_supply", "T_return", 5.0, 80.0, 38.0)
    yield from _difference(places, part, "T_supply", "T_consumer", -3.0, 12.0, 1.5)
    yield from _difference(places, part, "T_consumer", "T_return", 3.0, 80.0, 36.0)
    yield from _difference(places, part, "T_supply", "T_plant", -4.0, 50.0, 6.0)
    yield from _difference(places, part, "T_return", "T_outdoor", 5.0, 100.0, 40.0)
    water, heat = (
        _water(places, part, "m_network", "T_supply", "T_return"),
        places.signal(part, "Q_delivered"),
    )
    if water is not None and heat is not None:
        text = f"{heat}, of what the water of {part} carries"
        yield _balance(text, (Heat(heat),), (water,), 0.6, 1.25)


_LEVELS: Final[Mapping[str, tuple[float, float, float]]] = {
    "T_soil": (_C - 5.0, _C + 27.0, _C + 8.0),
    "T_sea": (_C - 2.5, _C + 30.0, _C + 9.0),
    "T_waste_water": (_C + 2.0, _C + 32.0, _C + 14.0),
    "T_outdoor": (_C - 45.0, _C + 45.0, _C + 6.0),
    "dp_consumer": (12e3, 9e5, 80e3),
}
"""Lowest, highest, usual of the middle of the data, SI. Consumers need some 60 to 100 kPa."""


def _levels(places: Places, part: str) -> Iterator[Relation]:
    for variable, (low, high, usual) in _LEVELS.items():
        signal = places.signal(part, variable)
        if signal is not None:
            pressure = variable.startswith("dp")
            text = f"{signal} is {{:.{0 if pressure else 1}f}} {'Pa' if pressure else 'K'}"
            yield Relation(text, (signal,), low, high, usual)


def in_range(site: Site, signals: Iterator[str] | list[str]) -> list[Relation]:
    """That the middle of the data lies within the range of each sensor."""
    found = []
    for name in signals:
        low, high = site.signals[name].range_si
        if np.isfinite(low) and np.isfinite(high):
            text = f"{name} is {{:g}} {site.signals[name].si_unit}, sensor: {low:g} to {high:g}"
            slack = 1e-9 * (high - low)
            found.append(Relation(text, (name,), low - slack, high + slack, (low + high) / 2.0))
    return found
