"""What the dashboard shows of a bench: the progress of a run, in the units people read."""

from collections.abc import Mapping
from typing import Any, Literal

from hil.bench.run import Progress
from hil.dashboard.view import (
    AlarmRow,
    FaultRow,
    Lateness,
    LinkRow,
    PartView,
    Pipe,
    SignalRow,
    Station,
    Value,
    View,
)
from hil.links.counters import in_words
from twin.signals import Quality, conversion
from twin.site import parse_fault
from twin.site.quantity import Quantity, si_unit

_EMPTY: Mapping[str, Any] = {
    "t_ns": 0,
    "measured": [],
    "quality": [],
    "predicted": [],
    "alarms": [],
    "standing": {},
    "reasons": {},
    "overruns": 0,
    "lateness_us": {"p50": None, "p99": None, "max": None},
}


def view_of(progress: Progress) -> View:
    """The view of this instant."""
    options, status = progress.options, progress.status or _EMPTY
    t_s = max(0, status["t_ns"]) / 1e9  # the warm-up lies before zero
    shown = _Shown(progress, status)
    late = status["lateness_us"]
    pace: Literal["real", "max"] = "real" if options.pace == "real" else "max"
    return View(
        title=progress.site.title,
        t_s=t_s,
        duration_s=options.duration_ns / 1e9,
        pace=pace,
        cycle_s=options.cycle_ns / 1e9,
        cycles=max(0, status["t_ns"] // options.cycle_ns),
        overruns=status["overruns"],
        lateness=Lateness(late["p50"], late["p99"], late["max"]),
        stations=shown.stations(),
        pipes=shown.pipes(),
        parts=tuple(shown.part(part) for part in progress.site.twin),
        links=tuple(_link(progress, name, row) for name, row in progress.links.items()),
        alarms=tuple(_alarm(a) for a in status["alarms"]),
        faults=tuple(_fault(progress, text) for text in options.faults),
        messages=tuple(progress.messages),
    )


class _Shown:
    """Values of one status by name, in site units."""

    def __init__(self, progress: Progress, status: Mapping[str, Any]) -> None:
        self._site = progress.site
        layout = progress.layout
        self._measured = dict(zip(layout.signals, status["measured"], strict=False))
        self._quality = dict(zip(layout.signals, status["quality"], strict=False))
        self._predicted = dict(zip(layout.watched, status["predicted"], strict=False))
        self._alarms = status["alarms"]
        self._standing = status["standing"]
        self._reasons = status["reasons"]

    def measured(self, name: str) -> float | None:
        """A reading in the signal's own unit; None where there is no such signal or value."""
        if name not in self._site.signals:
            return None
        return _shown(self._measured.get(name), self._site.signals[name].unit)

    def part(self, part: str) -> PartView:
        """The watched signals of a part."""
        watch = self._site.twin[part].watch
        alarmed = any(a["part"] == part and a["cleared_s"] is None for a in self._alarms)
        rows = tuple(self._row(f"{part}.{name}", watch[name].unled) for name in watch)
        standing = self._standing.get(part, "watched")
        why = f", {self._reasons[part]}" if part in self._reasons else ""
        beside = "" if alarmed or standing == "watched" else f" ({standing}{why})"
        return PartView(part, part.replace("_", " ") + beside, rows, alarmed)

    def _row(self, name: str, band: Quantity) -> SignalRow:
        unit = self._site.signals[name].unit
        measured = self.measured(name)
        predicted = _shown(self._predicted.get(name), unit)
        residual = None if measured is None or predicted is None else measured - predicted
        return SignalRow(
            name.partition(".")[2],
            "°C" if unit == "degC" else unit,
            measured,
            predicted,
            residual,
            band.difference_in(unit),
            Quality(self._quality.get(name, Quality.NOT_YET)),
        )

    def stations(self) -> tuple[Station, ...]:
        """Servers, and the parts in the order of the heat's way."""
        power = self.measured("cooling_loop.P_it")
        return (
            Station("servers", None, (Value("IT", _mw(power), "MW"),)),
            Station("cooling loop", "cooling_loop", self._values("cooling_loop", "m_facility")),
            Station("heat pump", "heat_pump", self._values("heat_pump", "P_electric")),
            Station("network", "district_network", self._values("district_network", "Q_delivered")),
        )

    def _values(self, part: str, name: str) -> tuple[Value, ...]:
        full = f"{part}.{name}"
        if full not in self._site.signals:
            return ()
        unit = self._site.signals[full].unit
        value = self.measured(full)
        if unit == "kW":
            return (Value(name.partition("_")[0], _mw(value), "MW"),)
        return (Value(name.partition("_")[0], value, unit),)

    def pipes(self) -> tuple[Pipe, ...]:
        """Hot and cold water between the stations [°C]."""
        return (
            Pipe(self.measured("cooling_loop.T_return"), self.measured("cooling_loop.T_supply")),
            Pipe(self.measured("cooling_loop.T_source"), self.measured("heat_pump.T_source_out")),
            Pipe(self.measured("heat_pump.T_sink_out"), self.measured("district_network.T_return")),
        )


def _shown(value: float | None, unit: str) -> float | None:
    if value is None:
        return None
    factor, offset = conversion(si_unit(unit), unit)
    return factor * value + offset


def _mw(kilowatts: float | None) -> float | None:
    return None if kilowatts is None else kilowatts / 1e3


def _link(progress: Progress, name: str, row: Mapping[str, Any]) -> LinkRow:
    state: Literal["up", "degraded", "down"] = "up" if row.get("up", True) else "down"
    return LinkRow(
        name,
        progress.transports.get(name, "loopback"),
        state,
        row["transactions"],
        row["errors"],
        row["p50_us"],
        row["p99_us"],
        in_words(row.get("counters", {})),
    )


def _alarm(alarm: Mapping[str, Any]) -> AlarmRow:
    # which fault was injected is for scoring: the detector does not know, and nobody else should
    named = alarm.get("named")
    text = alarm["text"].removeprefix(named or "").lstrip()
    return AlarmRow(alarm["part"], named, alarm["raised_s"], alarm["cleared_s"], text)


def _fault(progress: Progress, text: str) -> FaultRow:
    event = parse_fault(text, progress.site)
    return FaultRow(event.text, event.fault.part, event.at_ns / 1e9)
