"""Machines in parallel: what leaves them mixes, the sink water divides among those that run."""

from dataclasses import dataclass

import casadi as ca
from pydantic import Field

import fmus.structure
from fmus.equations import SX, Model
from fmus.physics.declare import Row, parameters
from fmus.physics.machine import lagged
from fmus.physics.smooth import fraction
from fmus.physics.volume import heat, meter, stored_output, volume
from fmus.physics.water import CP_WATER, RHO_COOLING, RHO_HEATING, kelvin

_CLOSED = 0.01
"""Leakage of closed valves relative to open ones: with all closed the water divides evenly."""


class Structure(fmus.structure.Structure):
    """How many machines share the mains, and what the water starts with."""

    machines: int = Field(default=2, ge=2, le=8)
    T_source: float = Field(default=20.0, ge=0.0, le=95.0)
    """Source water behind the machines at the start [degC]."""
    T_sink: float = Field(default=80.0, ge=0.0, le=120.0)
    """Sink water behind the machines at the start [degC]."""


@dataclass(frozen=True, eq=False)
class _Machine:
    """What a machine sends into the mains: flow [kg/s], temperatures [K], compressors on [-]."""

    m_source: SX
    T_source_out: SX
    T_sink_out: SX
    running: SX


def build(structure: Structure | None = None) -> Model:
    """The model, ready to be exported; README.md has its equations."""
    s = structure or Structure()
    model = Model("Manifold", "Source and sink mains that machines in parallel share")
    m_sink = ca.fmax(model.input("m_sink", 40.0, "kg/s", "sink water to divide", min=0.0), 0.0)
    machines = [_machine(model, s, f"[{i + 1}]") for i in range(s.machines)]
    p = parameters(model, _rows(s))
    shares = _shares(model, p, machines)
    C_source = RHO_COOLING * CP_WATER * p["V_source"]
    C_sink = RHO_HEATING * CP_WATER * p["V_sink"]
    source = volume(model, "source.T", C_source, kelvin(s.T_source), "source water, mixed")
    sink = volume(model, "sink.T", C_sink, kelvin(s.T_sink), "sink water, mixed")
    into_source, into_sink, m_source = SX(0.0), SX(0.0), SX(0.0)
    for machine, share in zip(machines, shares, strict=True):
        into_source += CP_WATER * machine.m_source * (machine.T_source_out - source.T)
        into_sink += CP_WATER * share * m_sink * (machine.T_sink_out - sink.T)
        m_source += machine.m_source
    heat(model, source, into_source)
    heat(model, sink, into_sink)
    model.output("T_source_return", source.T, "K", "source water that goes back")
    model.output("T_sink", sink.T, "K", "sink water that goes on")
    model.output("m_source", m_source, "kg/s", "source water of all machines")
    for i, share in enumerate(shares):
        model.output(f"m_sink[{i + 1}]", share * m_sink, "kg/s", f"sink water of machine {i + 1}")
    meter(model, "E_source", into_source, "heat that warmed the source main")
    meter(model, "E_sink", into_sink, "heat that warmed the sink main")
    stored_output(model, [source, sink])
    model.valid_range("source", source.T, kelvin(-25.0), kelvin(95.0), "K")
    model.valid_range("sink", sink.T, kelvin(0.0), kelvin(130.0), "K")
    return model


def _machine(model: Model, s: Structure, number: str) -> _Machine:
    T_source, T_sink = kelvin(s.T_source), kelvin(s.T_sink)
    return _Machine(
        ca.fmax(model.input(f"m_source{number}", 40.0, "kg/s", "its source flow", min=0.0), 0.0),
        model.input(f"T_source_out{number}", T_source, "K", "source water that leaves it"),
        model.input(f"T_sink_out{number}", T_sink, "K", "sink water that leaves it"),
        model.input(f"running{number}", 1.0, "-", "its compressors that are on", min=0.0),
    )


def _rows(s: Structure) -> list[Row]:
    return [
        Row("V_source", 2.0, "m3", "water in the source main", 1e-3),
        Row("V_sink", 2.0, "m3", "water in the sink main", 1e-3),
        Row("tau_valve", 30.0, "s", "sink valves, lag", 0.1),
        *[
            Row(f"m_sink_nominal[{i + 1}]", 20.0, "kg/s", "sink water a running compressor", 1e-3)
            for i in range(s.machines)
        ],
    ]


def _shares(model: Model, p: dict[str, SX], machines: list[_Machine]) -> list[SX]:
    """Share of the sink water [-] of each machine: as the valves of its compressors are open.

    One opens with the source pump, before any compressor runs: a start must prove its flow.
    """
    weights = []
    for i, machine in enumerate(machines):
        nominal = p[f"m_sink_nominal[{i + 1}]"]
        wanted = ca.fmax(machine.running, fraction(machine.m_source / nominal))
        text = "compressors whose sink valve is open"
        opened = lagged(model, f"valve[{i + 1}]", wanted, p["tau_valve"], 1.0, text)
        weights.append(nominal * (opened + _CLOSED))
    total = sum(weights, SX(0.0))
    return [weight / total for weight in weights]
