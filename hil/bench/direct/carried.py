"""What registers do to the values that cross them, as tables for the compiled cycle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from firmware_sim import Controller, io_map_path, make_controller
from hil.bench.direct.cycles import FLOAT32, FLOAT64, INTEGER, STEP
from hil.bench.wiring import ControllerWiring, Tap
from twin.errors import BadInput
from twin.registers import Block, Point, load_map
from twin.signals import conversion

_SAME = (1.0, 0.0)
_MOST_STEPS = 2
"""A controller in client role has registers of its own behind those of its remote I/O."""

Step = tuple[int, float, float, float, float, float, float]


@dataclass(frozen=True)
class Lines:
    """All controllers of a site, their sensors and commands in a row."""

    controllers: tuple[Controller, ...]
    names: tuple[str, ...]
    roles: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    """Outputs of each controller's program that are commands of the plant, in their order."""
    columns: NDArray[np.int64]
    """Signal that each sensor shows."""
    credible: NDArray[np.float64]
    """Between which values its program believes it, float64[sensors, 2]."""
    steps_in: NDArray[np.void]
    steps_out: NDArray[np.void]
    sensor_names: tuple[str, ...]
    command_names: tuple[str, ...]


def lines_of(wiring: Sequence[ControllerWiring], period_ns: int) -> Lines:
    """The controllers of a bench with a cycle of `period_ns` [ns].

    Raises:
        BadInput: a register cannot be stood in for.
    """
    controllers = tuple(make_controller(w.type, w.settings) for w in wiring)
    columns, credible, steps_in, steps_out = [], [], list[list[Step]](), list[list[Step]]()
    sensor_names, command_names = list[str](), list[str]()
    for w, controller in zip(wiring, controllers, strict=True):
        taps = {tap.point: tap for tap in w.sensors}
        for name in controller.program.sensors._fields:
            columns.append(taps[name].column)
            credible.append(controller.program.plausible[name])
            steps_in.append(_inwards(w, controller, taps[name]))
            sensor_names.append(f"{w.name}.{name}")
        for tap in w.commands:
            steps_out.append(_outwards(w, controller, tap, period_ns))
            command_names.append(f"{w.name}.{tap.point}")
    return Lines(
        controllers,
        tuple(w.name for w in wiring),
        tuple(w.role for w in wiring),
        tuple(tuple(tap.point for tap in w.commands) for w in wiring),
        np.array(columns, np.int64),
        np.array(credible),
        _table(steps_in),
        _table(steps_out),
        tuple(sensor_names),
        tuple(command_names),
    )


def _inwards(w: ControllerWiring, controller: Controller, tap: Tap) -> list[Step]:
    own = controller.map.point(tap.point)
    inside = controller.conversions[tap.point]
    if w.role == "server":
        return [_step(own, conversion(own.unit, tap.unit), inside)]
    remote = load_map(io_map_path(w.type)).point(tap.point)
    return [
        _step(remote, conversion(remote.unit, tap.unit), conversion(remote.unit, own.unit)),
        _step(own, _SAME, inside),
    ]


def _outwards(w: ControllerWiring, controller: Controller, tap: Tap, period_ns: int) -> list[Step]:
    own = controller.map.point(tap.point)
    inside = controller.conversions[tap.point]
    if w.role == "server":
        if own.poll is not None and own.poll * 1e9 > period_ns:
            raise BadInput(
                f"{w.name}.{own.name}: is read every {own.poll:g} s, slower than a cycle"
            )
        return [_step(own, inside, conversion(own.unit, tap.unit))]
    remote = load_map(io_map_path(w.type)).point(tap.point)
    return [
        _step(own, inside, _SAME),
        _step(remote, conversion(remote.unit, own.unit), conversion(remote.unit, tap.unit)),
    ]


def _step(point: Point, before: tuple[float, float], after: tuple[float, float]) -> Step:
    """One register: units `before` it and `after` it, each by factor and offset to the point's."""
    if point.is_bit or point.part is not None or point.scale_ref is not None or point.kind.bcd:
        raise BadInput(f"{point.name}: only a register that is one number can be stood in for")
    from_factor, from_offset = _numbers(point, before)
    to_factor, to_offset = _numbers(point, after)
    low, high = point.kind.low, point.kind.high
    for sentinel in point.sentinels:
        if sentinel not in (low, high):
            rule = "must be the lowest or the highest number of its type to be stood in for"
            raise BadInput(f"{point.name}: its sentinel {sentinel} {rule}")
        low, high = (low + 1, high) if sentinel == low else (low, high - 1)
    kind = INTEGER if point.kind.integer else FLOAT32 if point.kind.code == "f" else FLOAT64
    return kind, from_factor, from_offset, low, high, to_factor, to_offset


def _numbers(point: Point, unit: tuple[float, float]) -> tuple[float, float]:
    """Factor and offset as every block of registers has them."""
    block = Block([point], {point.name: unit})
    return block.factors[0], block.offsets[0]


def _table(rows: Sequence[Sequence[Step]]) -> NDArray[np.void]:
    table: NDArray[Any] = np.zeros((len(rows), _MOST_STEPS), STEP)
    for i, row in enumerate(rows):
        for j, step in enumerate(row):
            table[i, j] = step
    return table
