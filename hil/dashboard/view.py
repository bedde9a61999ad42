"""What a dashboard shows at one instant: plain numbers, in the units people read.

Whoever runs the bench fills these; nothing here knows where they come from. A number that is
missing is None, never 0.
"""

from dataclasses import dataclass
from typing import Literal

from twin.signals import Quality

LinkState = Literal["up", "degraded", "down"]


@dataclass(frozen=True, slots=True)
class Value:
    """A number in a station of the schematic, such as `IT 3.02 MW`; the label is short."""

    label: str
    value: float | None
    unit: str


@dataclass(frozen=True, slots=True)
class Station:
    """A box of the schematic; `part` is the part that it stands for, None for none (servers)."""

    title: str
    part: str | None
    values: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipe:
    """What flows between a station and the next: hot water there, cooler water back [°C]."""

    there: float | None
    back: float | None


@dataclass(frozen=True, slots=True)
class SignalRow:
    """A watched signal, all numbers in `unit`; `band` is the half-width of the prediction."""

    name: str
    unit: str
    measured: float | None
    predicted: float | None
    residual: float | None
    band: float | None
    quality: Quality = Quality.GOOD

    @property
    def difference_unit(self) -> str:
        """Unit of residual and band: K where the value is in °C."""
        return "K" if self.unit == "°C" else self.unit

    @property
    def outside(self) -> bool:
        """Whether the residual is known and beyond the band."""
        return (
            self.residual is not None and self.band is not None and (abs(self.residual) > self.band)
        )


@dataclass(frozen=True, slots=True)
class PartView:
    """A part with its watched signals; `alarmed` while an alarm on it stands."""

    name: str
    title: str
    signals: tuple[SignalRow, ...]
    alarmed: bool = False


@dataclass(frozen=True, slots=True)
class LinkRow:
    """Health of a link; times are of one transaction [µs]."""

    name: str
    transport: str
    state: LinkState
    transactions: int
    errors: int
    p50_us: float | None
    p99_us: float | None
    trouble: str = ""
    """What its line has counted, in words; empty when there is nothing to say."""


@dataclass(frozen=True, slots=True)
class AlarmRow:
    """An alarm; times in s since the run began."""

    part: str
    fault: str | None
    raised_s: float
    cleared_s: float | None
    text: str


@dataclass(frozen=True, slots=True)
class FaultRow:
    """A fault that was ordered, such as `heat_pump.condenser_fouling = 0.3`."""

    text: str
    part: str
    at_s: float


@dataclass(frozen=True, slots=True)
class Lateness:
    """How late the cycles began [µs]; None before the first."""

    p50_us: float | None
    p99_us: float | None
    max_us: float | None


@dataclass(frozen=True, slots=True)
class View:
    """Everything at one instant."""

    title: str
    t_s: float
    """Time since the run began [s]."""
    duration_s: float | None
    """Length of the run [s]; None when it has no end."""
    pace: Literal["real", "max"]
    cycle_s: float
    cycles: int
    overruns: int
    lateness: Lateness
    stations: tuple[Station, ...] = ()
    pipes: tuple[Pipe, ...] = ()
    """One fewer than `stations`."""
    parts: tuple[PartView, ...] = ()
    links: tuple[LinkRow, ...] = ()
    alarms: tuple[AlarmRow, ...] = ()
    faults: tuple[FaultRow, ...] = ()
    messages: tuple[str, ...] = ()

    @property
    def alarmed_parts(self) -> frozenset[str]:
        """Names of the parts on which an alarm stands."""
        return frozenset(part.name for part in self.parts if part.alarmed)

    @property
    def standing(self) -> tuple[AlarmRow, ...]:
        """Alarms that were not cleared."""
        return tuple(alarm for alarm in self.alarms if alarm.cleared_s is None)
