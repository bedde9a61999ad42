"""Water-to-water heat pump: units of two exchangers and a compressor; see README.md."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.heat_pump import declared, on_off, piping, staging
from fmus.heat_pump.carnot_map import CarnotMap
from fmus.heat_pump.cycle import Cycle
from fmus.heat_pump.face import Plant, outputs, validity
from fmus.heat_pump.refrigerant import load
from fmus.heat_pump.structure import Structure
from fmus.heat_pump.unit import Exchanger, Water, exchangers, machine
from fmus.physics.declare import faults, parameters
from fmus.physics.machine import lagged, shaft_power, speed
from fmus.physics.smooth import fraction
from fmus.physics.water import kelvin

__all__ = ["Structure", "build"]


def build(structure: Structure | None = None) -> Model:
    """The model, ready to be exported: inputs, outputs and faults are listed in README.md."""
    s = structure or Structure()
    streams = 1 if s.arrangement == "series" else s.units
    names = ", ".join(dict.fromkeys(s.of_unit))
    kind = "Carnot-efficiency map" if s.performance == "map" else f"refrigerant cycle, {names}"
    model = Model("HeatPump", f"Water-to-water heat pump with {kind}", s.step)
    T_source_in = model.input("T_source_in", kelvin(38.0), "K", "source water in")
    T_sink_in = model.input("T_sink_in", kelvin(45.0), "K", "sink water in")
    m_sink = model.input("m_sink", 21.5 * streams, "kg/s", "sink water flow", min=0.0)
    u_run = model.input("u_run", 1.0, "-", "above 0.5 run, below 0.4 stop", min=0.0, max=1.0)
    u_compressor = model.input("u_compressor", 0.9, "-", "compressor speed", min=0.0, max=1.0)
    u_source_pump = model.input("u_source_pump", 0.9, "-", "source pump speed", min=0.0, max=1.0)
    p = parameters(model, declared.rows(s))
    n_pump = speed(model, "pump.n", u_source_pump, p["tau_pump"], 0.9)
    m_source = n_pump * p["m_source_nominal"] * streams
    water = Water(m_source, ca.fmax(m_sink, 0.0), T_source_in, T_sink_in)
    plant = _units(model, s, p, u_run, fraction(u_compressor), water)
    outputs(model, plant, m_source, shaft_power(p["P_pump_nominal"], n_pump) * streams)
    validity(model, s, plant)
    return model


def _units(
    model: Model, s: Structure, p: dict[str, SX], u_run: SX, u_compressor: SX, water: Water
) -> Plant:
    """All units with the sequencer in front of them; each has faults of its own."""
    prefixes = [""] if s.units == 1 else [f"unit{i + 1}." for i in range(s.units)]
    switches = [on_off.declare(model, prefix) for prefix in prefixes]
    if s.units == 1:
        wish = staging.single(u_run, u_compressor)
    else:
        wish = staging.sequence(model, p, u_run, u_compressor, switches, s.rotation)
    running = sum((switch.on for switch in switches), SX(0.0))
    n_wanted = fraction(wish.demand / ca.fmax(running, 1.0))
    make = CarnotMap if s.performance == "map" else Cycle
    cores = [
        _core(model, p, prefix, i, switch, n_wanted)
        for i, (prefix, switch) in enumerate(zip(prefixes, switches, strict=True))
    ]
    passage = piping.series if s.arrangement == "series" else piping.parallel
    pipes = passage(model, p, switches, [core.held for core in cores], water)
    units = []
    for i, (core, switch, command, part) in enumerate(
        zip(cores, switches, wish.commands, pipes.of_unit, strict=True)
    ):
        performance, own = make(load(s.of_unit[i])), declared.of_unit(s, p, i)
        unit = machine(model, core.held, performance, own, core.f, switch, core.n, core.warm, part)
        T_e = unit.evaporator.refrigerant.T
        on_off.command(model, switch, own, command, unit.T_head, T_e)
        units.append(unit)
    return Plant(tuple(units), tuple(switches), pipes.T_source_out, pipes.T_sink_out)


@dataclass(frozen=True, eq=False)
class _Core:
    """What a unit has before it is known where its water comes from."""

    f: dict[str, SX]
    n: SX
    warm: SX
    held: tuple[Exchanger, Exchanger]


def _core(
    model: Model, p: dict[str, SX], prefix: str, i: int, switch: on_off.OnOff, n_wanted: SX
) -> _Core:
    """Faults, speed, warmth and exchangers of unit `i`."""
    f = _faults(model, prefix, i)
    target = switch.on * ca.fmax(n_wanted, p["n_min"])
    text = "relative speed"
    n = lagged(model, f"{prefix}compressor.n", target, p["tau_compressor"], 0.9, text)
    warm = on_off.warm(model, prefix, switch, p)
    return _Core(f, n, warm, exchangers(model, prefix, p))


def _faults(model: Model, prefix: str, i: int) -> dict[str, SX]:
    """Faults of unit `i` by plain name; those of the first unit are declared so too."""
    whose = f"unit {i + 1}: " if prefix else ""
    own = prefix if i else ""
    rows = [(f"{own}{name}", f"{whose}{text}") for name, text in declared.FAULTS]
    return {name.removeprefix(own): x for name, x in faults(model, rows).items()}
