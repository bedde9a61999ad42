"""One plant of a campaign as plain data: what differs from the site, drawn or read from a file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field

from hil.bench.direct.variant import Disturbance, SensorError, Trip, Variant
from hil.bench.layout import layout_of
from hil.bench.wire import wire
from twin.clock import NS_PER_S
from twin.site import Site
from twin.site.quantity import Number, Whole, parse_seconds
from twin.site.section import PartName, Ref, Section

TUNING = range(1, 31)
"""Drawn plants of these numbers are for tuning; all others are for reporting and never tuned on."""

ATTENDED_S = 7200.0
"""A trip that a plant brings on itself stands so long [s] (assumed): who is called comes."""

Role = Literal["tuning", "reporting"]
Share = Annotated[Number, Field(ge=0)]


def _seconds(value: object) -> float:
    match value:
        case bool() | str():
            return parse_seconds(value)
        case int() | float():
            return float(value)
    return parse_seconds(value)


Lasting = Annotated[float, BeforeValidator(_seconds), Field(allow_inf_nan=False)]
"""A time: `20 s` or `12h` as text, or a number of seconds."""


class Sensor(Section):
    """How a sensor differs from its data sheet."""

    offset: Number = 0.0
    """[SI unit of the signal]"""
    gain: Annotated[Number, Field(gt=-1)] = 0.0
    """Relative error about the lower end of the range [-]."""
    resolution: Share | None = None
    """[SI unit of the signal]; None is the site's."""
    lag: Annotated[Lasting, Field(ge=0)] | None = None
    """Time constant [s]; None is the site's."""


class Wandering(Section):
    """What nobody measures: an Ornstein-Uhlenbeck process on a boundary input or a parameter."""

    of: Ref
    deviation: Share
    """Standard deviation [SI unit of `of`, or of its value]."""
    time: Annotated[Lasting, Field(gt=0)]
    """Correlation time [s]."""
    relative: Annotated[bool, Field(strict=True)] = False
    low: Number | None = None
    high: Number | None = None


class PlantSpec(Section):
    """A plant; the default is the site's own, except for the step of its solver."""

    name: PartName
    role: Role = "reporting"
    seed: Annotated[Whole, Field(ge=0)] = 0
    parameters: Mapping[Ref, Number] = {}
    """PART.PARAMETER: value in the FMU's unit."""
    structures: Mapping[PartName, Mapping[str, Any]] = {}
    """Part: changes of its structure (`performance: cycle`, `transport: sharp`)."""
    sensors: Mapping[Ref, Sensor] = {}
    disturbances: tuple[Wandering, ...] = ()
    trips_per_year: Share = 0.0
    """Trips of each controller that has a protection of its own [1/a]."""
    attended: Annotated[Lasting, Field(gt=0)] | None = ATTENDED_S
    """Somebody resets a protection that has been open for so long [s]; None is nobody."""


def variant_of(
    site: Site, spec: PlantSpec, fmus: Mapping[str, Path], seed: int, days: float, but: set[str]
) -> Variant:
    """The plant of a run of `days` [d]; what is named in `but` does not wander."""
    return Variant(
        parameters=spec.parameters,
        fmus=fmus,
        sensors={
            name: SensorError(s.offset, s.gain, s.resolution, s.lag)
            for name, s in spec.sensors.items()
        },
        disturbances=tuple(_disturbance(d) for d in spec.disturbances if d.of not in but),
        trips=_trips(site, spec.trips_per_year, seed, days),
        attended_ns=None if spec.attended is None else round(spec.attended * NS_PER_S),
    )


def _disturbance(d: Wandering) -> Disturbance:
    low = float("-inf") if d.low is None else d.low
    high = float("inf") if d.high is None else d.high
    return Disturbance(d.of, d.deviation, d.time, d.relative, low, high)


def can_trip(site: Site) -> tuple[str, ...]:
    """Controllers whose program has a protection that trips."""
    from firmware_sim import make_controller

    wiring = wire(site, layout_of(site))
    return tuple(
        w.name for w in wiring if make_controller(w.type, w.settings).program.trip is not None
    )


def _trips(site: Site, per_year: float, seed: int, days: float) -> tuple[Trip, ...]:
    """A quarter of an hour to two hours each, at any time (assumed); never two at once."""
    if per_year == 0.0:
        return ()
    random = np.random.default_rng([seed, 3])
    found = []
    for name in can_trip(site):
        at_s = 0.0
        while True:
            at_s += float(random.exponential(365.0 * 86400.0 / per_year))
            if at_s >= days * 86400.0:
                break
            until_s = at_s + float(random.uniform(900.0, 7200.0))
            found.append(Trip(name, round(at_s * NS_PER_S), round(until_s * NS_PER_S)))
            at_s = until_s
    return tuple(found)
