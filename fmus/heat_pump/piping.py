"""How the water passes several units: side by side behind their valves, or one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass

from fmus.equations import SX, Model
from fmus.heat_pump.on_off import OnOff
from fmus.heat_pump.unit import Exchanger, Water
from fmus.physics.machine import lagged

_CLOSED = 0.01
"""Leakage of a closed valve relative to an open one: with all closed the water divides evenly."""


@dataclass(frozen=True, eq=False)
class Pipes:
    """The water of each unit, and what leaves the last of them [K]."""

    of_unit: tuple[Water, ...]
    T_source_out: SX
    T_sink_out: SX


Held = Sequence[tuple[Exchanger, Exchanger]]


def parallel(
    model: Model, p: dict[str, SX], switches: Sequence[OnOff], held: Held, water: Water
) -> Pipes:
    """Each unit gets a share of both waters; what leaves them mixes, also where nothing flows."""
    share = _shares(model, p, [switch.on for switch in switches])
    of_unit = [
        Water(x * water.m_source, x * water.m_sink, water.T_source_in, water.T_sink_in)
        for x in share
    ]
    source = [x * evaporator.water.T[-1] for x, (evaporator, _) in zip(share, held, strict=True)]
    sink = [x * condenser.water.T[-1] for x, (_, condenser) in zip(share, held, strict=True)]
    return Pipes(tuple(of_unit), sum(source, SX(0.0)), sum(sink, SX(0.0)))


def series(
    model: Model, p: dict[str, SX], switches: Sequence[OnOff], held: Held, water: Water
) -> Pipes:
    """All water passes all units: the sink from the first to the last, the source the other way.

    So each lifts only its share of the way. A unit that stands lets the water through.
    """
    T_source = [evaporator.water.T[-1] for evaporator, _ in held]
    T_sink = [condenser.water.T[-1] for _, condenser in held]
    source_in = [*T_source[1:], water.T_source_in]
    sink_in = [water.T_sink_in, *T_sink[:-1]]
    of_unit = [
        Water(water.m_source, water.m_sink, T_from, T_into)
        for T_from, T_into in zip(source_in, sink_in, strict=True)
    ]
    return Pipes(tuple(of_unit), T_source[0], T_sink[-1])


def _shares(model: Model, p: dict[str, SX], on: Sequence[SX]) -> list[SX]:
    """Share of the water [-] that each unit gets; their valves follow the compressors."""
    if len(on) == 1:
        return [SX(1.0)]
    opened = [
        lagged(model, f"unit{i + 1}.valve", running, p["tau_valve"], 1.0, "water valves' opening")
        for i, running in enumerate(on)
    ]
    total = sum((v + _CLOSED for v in opened), SX(0.0))
    return [(v + _CLOSED) / total for v in opened]
