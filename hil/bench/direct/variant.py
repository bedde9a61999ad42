"""What one plant has that its site file does not say: a campaign draws these, or reads them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from twin.errors import refuse, unknown
from twin.plant import SensorSpec
from twin.site import Site


@dataclass(frozen=True)
class SensorError:
    """How a sensor differs from its data sheet; None is as the site has it."""

    offset: float = 0.0
    """[SI unit of the signal]"""
    gain: float = 0.0
    """Relative error [-] about the lower end of the range."""
    resolution: float | None = None
    """Step of the last digit [SI unit of the signal]; 0 is none."""
    lag_s: float | None = None
    """Time constant [s]."""

    def on(self, spec: SensorSpec) -> SensorSpec:
        """`spec` with this error."""
        return replace(
            spec,
            offset=spec.offset + self.offset,
            gain=spec.gain + self.gain,
            resolution=spec.resolution if self.resolution is None else self.resolution,
            lag_s=spec.lag_s if self.lag_s is None else self.lag_s,
        )


@dataclass(frozen=True)
class Disturbance:
    """Something that nobody measures: an Ornstein-Uhlenbeck process on what the site says.

    `of` is a boundary input or a tunable parameter of an FMU, PART.NAME. The process has mean 0,
    standard deviation `deviation` [unit of `of`, or of its value if `relative`] and correlation
    time `time_s` [s]. A boundary input moves every cycle, a parameter every `every_s` [s].
    """

    of: str
    deviation: float
    time_s: float
    relative: bool = False
    low: float = float("-inf")
    """The disturbed value is held between `low` and `high` [unit of `of`]."""
    high: float = float("inf")
    every_s: float = 600.0

    def __post_init__(self) -> None:
        for name in ("deviation", "time_s", "every_s"):
            value = getattr(self, name)
            least = "0 or more" if name == "deviation" else "> 0"
            if not (0.0 <= value < float("inf")) or (value == 0.0 and name != "deviation"):
                raise refuse(f"disturbance {self.of}.{name}", value, f"must be {least}")


@dataclass(frozen=True)
class Trip:
    """A trip of a controller's own protection at `at_ns`, reset by somebody at `until_ns` [ns]."""

    controller: str
    at_ns: int
    until_ns: int


@dataclass(frozen=True)
class Variant:
    """A plant as it really is; the default is the site's own."""

    parameters: Mapping[str, float] = field(default_factory=dict)
    """PART.PARAMETER: value in the FMU's unit."""
    fmus: Mapping[str, Path] = field(default_factory=dict)
    """Part: another FMU, of another structure (a sharp pipe, a refrigerant cycle)."""
    sensors: Mapping[str, SensorError] = field(default_factory=dict)
    disturbances: tuple[Disturbance, ...] = ()
    trips: tuple[Trip, ...] = ()
    attended_ns: int | None = None
    """Somebody resets a protection that has been open for so long [ns]; None is nobody."""

    def check(self, site: Site) -> None:
        """Refuse names that the site does not have.

        Raises:
            BadInput: with the nearest name.
        """
        for kind, names, known in (
            ("part", self.fmus, site.plant.parts),
            ("part", [n.partition(".")[0] for n in self.parameters], site.plant.parts),
            ("signal", self.sensors, site.signals),
            ("controller", [t.controller for t in self.trips], site.controllers),
        ):
            for name in names:
                if name not in known:
                    raise unknown("plant variant", kind, name, known)
        for trip in self.trips:
            if not trip.at_ns < trip.until_ns:
                raise refuse(
                    f"trip of {trip.controller}", trip.until_ns, "must end after it begins"
                )
