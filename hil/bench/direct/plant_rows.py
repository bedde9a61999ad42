"""Rows of a plant that differs from its site file: what a campaign runs the twin on.

Cycle for cycle the virtual bench (`hukka bench --pace max`), without registers, processes, twin and
record; with the default variant the rows are the bench's to the last bit.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hil.bench.assemble import (
    make_network,
    open_parts,
    sensor_specs,
    start_commands,
    validity_of,
)
from hil.bench.direct.carried import lines_of
from hil.bench.direct.disturbances import OnBoundary, of_parameter
from hil.bench.direct.loop import DirectLoop, Happening, Rows, happening_of
from hil.bench.direct.variant import Disturbance, Trip, Variant
from hil.bench.injections import make_injections
from hil.bench.layout import layout_of
from hil.bench.tampering import Tampering
from hil.bench.wire import wire
from twin.errors import BadInput, refuse
from twin.plant import FmuFile, Network, Sensors
from twin.site import Boundary, FaultEvent, ParameterSetting, Site

NS_PER_H = 3_600_000_000_000
ROUND_NS = NS_PER_H // 6
"""Somebody looks after protections so often [ns]."""
BLOCK = 360
"""Rows that come together: an hour at 10 s."""


@dataclass(frozen=True)
class Span:
    """How long and how often: times in ns; the warm-up comes before time 0."""

    duration_ns: int
    period_ns: int = 10_000_000_000
    warmup_ns: int = 2 * NS_PER_H
    begin_ns: int = 0
    """What the site's weather and load files call time 0 of the run."""

    def __post_init__(self) -> None:
        if self.period_ns <= 0:
            raise refuse("plant rows: period_ns", self.period_ns, "must be > 0")
        if self.begin_ns < 0 or self.begin_ns % self.period_ns:
            raise refuse("plant rows: begin_ns", self.begin_ns, "must be whole periods, 0 or more")


def plant_rows(
    site: Site,
    variant: Variant,
    span: Span,
    seed: int,
    faults: Sequence[FaultEvent] = (),
    data: Path | None = None,
    block: int = BLOCK,
) -> Iterator[Rows]:
    """The rows of a run, at most `block` at once, in the columns of the site's layout.

    `data` is the folder of the measured IT load. Memory does not grow with the run.

    Raises:
        BadInput: the variant does not fit the site, or an FMU is missing.
        PlantLost: an FMU fails on the way.
    """
    variant.check(site)
    with ExitStack() as stack:
        loop = _loop(site, variant, span, seed, faults, data, stack)
        before = span.warmup_ns // span.period_ns
        yield from loop.run(1 - before, before + span.duration_ns // span.period_ns, block)


def _loop(
    site: Site,
    variant: Variant,
    span: Span,
    seed: int,
    faults: Sequence[FaultEvent],
    data: Path | None,
    stack: ExitStack,
) -> DirectLoop:
    parts = open_parts(site, stack, variant.fmus)
    layout = layout_of(site, validity_of(parts))
    boundary = Boundary(site, data, span.period_ns)
    settings = [
        ParameterSetting(name.partition(".")[0], name.partition(".")[2], value)
        for name, value in variant.parameters.items()
    ]
    network = stack.enter_context(make_network(site, layout, parts, boundary.names, settings))
    specs = [
        variant.sensors[spec.signal].on(spec) if spec.signal in variant.sensors else spec
        for spec in sensor_specs(site, layout)
    ]
    sensors = Sensors(specs, seed, span.period_ns)
    start = start_commands(layout, parts)
    outer = [d for d in variant.disturbances if d.of in boundary.names]
    disturb = OnBoundary(boundary.names, outer, seed, span.period_ns)
    skip = span.begin_ns // span.period_ns
    network.initialize(np.array([*boundary.block(skip, 1)[0], *start]))
    lines = lines_of(wire(site, layout), span.period_ns)
    tampering = Tampering(site, seed, span.period_ns)
    tampering.reach(dict(zip(lines.names, lines.controllers, strict=True)))
    loop = DirectLoop(
        network, sensors, boundary, lines, start, span.period_ns, disturb, skip, tampering
    )
    inner = [d for d in variant.disturbances if d.of not in boundary.names]
    loop.expect(
        [
            *(happening_of(i) for i in make_injections(faults, network, sensors, tampering)),
            *(_of_parameter(site, variant, d, parts, network, seed) for d in inner),
            *(h for trip in variant.trips for h in _of_trip(trip, loop)),
            *_attendance(loop, -span.warmup_ns, variant.attended_ns),
        ]
    )
    return loop


def _of_parameter(
    site: Site,
    variant: Variant,
    disturbance: Disturbance,
    parts: dict[str, FmuFile],
    network: Network,
    seed: int,
) -> Happening:
    part, _, name = disturbance.of.partition(".")
    variable = parts[part].variables.get(name) if part in parts else None
    if variable is None or variable.variability != "tunable" or not variable.is_real:
        rule = "must be a boundary input or a tunable parameter"
        raise refuse("disturbance", disturbance.of, rule)
    declared = site.plant.parts[part].parameters.get(name, variable.start)
    nominal: Any = variant.parameters.get(disturbance.of, declared)
    low = -np.inf if variable.min is None else float(variable.min)
    high = np.inf if variable.max is None else float(variable.max)
    return of_parameter(disturbance, float(nominal), (low, high), network, seed)


def _of_trip(trip: Trip, loop: DirectLoop) -> tuple[Happening, Happening]:
    i = loop.lines.names.index(trip.controller)
    program = loop.lines.controllers[i].program
    if (trips := program.trip) is None:
        raise BadInput(f"trip of {trip.controller}: a controller of this type has no trip")

    def begin(_t_ns: int) -> None:
        loop.memories[i] = trips(loop.memories[i])

    def end(_t_ns: int) -> None:
        loop.orders[i, 1] = True

    return Happening(trip.at_ns, begin), Happening(trip.until_ns, end)


def _attendance(loop: DirectLoop, begin_ns: int, patience_ns: int | None) -> Iterator[Happening]:
    """Who is called to each controller that can trip, from `begin_ns` [ns] on."""
    for i, controller in enumerate(loop.lines.controllers):
        if patience_ns is not None and (trips := controller.program.trip) is not None:
            yield _attending(loop, i, trips, begin_ns, patience_ns)


def _attending(
    loop: DirectLoop, i: int, trips: Callable[[Any], Any], begin_ns: int, patience_ns: int
) -> Happening:
    since_ns: int | None = None

    def look(t_ns: int) -> int:
        nonlocal since_ns
        memory = loop.memories[i]
        if trips(memory) != memory:  # a trip would change something: it has not tripped
            since_ns = None
        elif since_ns is None:
            since_ns = t_ns
        elif t_ns - since_ns >= patience_ns:
            loop.orders[i, 1] = True
        return t_ns + ROUND_NS

    return Happening(begin_ns, look)
