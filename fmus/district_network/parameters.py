"""Parameters and faults of a network, whatever its structure, and those of its pipes."""

from dataclasses import dataclass

import casadi as ca

from fmus.district_network.hydraulics import Bore
from fmus.district_network.structure import Pipe, Structure
from fmus.district_network.transport import Twin
from fmus.equations import SX, Model
from fmus.physics.declare import Row, faults, parameters
from fmus.physics.smooth import fraction
from fmus.physics.twin_pipe import Laying, pair_loss
from fmus.physics.water import kelvin

STEEL = 7850.0 * 480.0
"""Density times heat capacity of steel [J/(m3.K)]."""

PLANT_ROWS = (
    Row("dp_pump_nominal", 320e3, "Pa", "pump head at full speed and no flow"),
    Row("R_plant", 45.0, "Pa.s2/kg2", "friction in the plant, and the pump's droop"),
    Row("P_pump_nominal", 15e3, "W", "network pump at full speed"),
    Row("tau_pump", 5.0, "s", "network pump, speed lag", 0.1),
    Row("Q_boiler_nominal", 8e6, "W", "peak boiler"),
    Row("tau_boiler", 60.0, "s", "peak boiler, output lag", 0.1),
    Row("V_plant", 3.0, "m3", "water in boiler and plant pipework", 1e-3),
    Row("T_makeup", kelvin(10.0), "K", "cold water that replaces what leaks", kelvin(0.0)),
)
SUBSTATION_ROWS = (
    Row("m_nominal", 30.0, "kg/s", "network flow the substations are made for", 1e-3),
    Row("Q_substations_nominal", 9e6, "W", "demand the substations are made for", 1.0),
    Row("UA_substations", 580e3, "W/K", "all substations at nominal flow and demand"),
    Row("m_substations_open", 57.0, "kg/s", "flow at 1 bar across all substations, valves open"),
    Row("valve_authority", 0.5, "-", "open valve's share of a substation's pressure", 0.05, 1.0),
    Row("V_substations", 3.0, "m3", "primary water in all substations", 1e-3),
    Row("T_integral", 60.0, "s", "substation valves, integral time", 0.1),
)
PIPE_ROWS = (
    Row("cover", 0.8, "m", "soil above the casings", 0.1),
    Row("gap", 0.15, "m", "soil between the two casings"),
    Row("k_soil", 1.5, "W/(m.K)", "soil, conductivity", 1e-3),
    Row("roughness", 1e-4, "m", "pipes, inside", 0.0, 5e-3),
    Row("fittings", 0.1, "-", "loss in bends and fittings, share of the straight pipes'", 0.0, 1.0),
    Row("viscosity", 0.45e-6, "m2/s", "water, kinematic, mean of supply and return", 1e-7),
    Row("junction_share", 0.02, "-", "water mixed at a node, share of the pipe to it", 1e-3, 1.0),
    Row("m_leak", 5.0, "kg/s", "flow out of a complete leak"),
)
DIMENSIONS = (
    ("inner_diameter", "m", "steel pipe, inside", 1e-3, 1.5),
    ("wall", "m", "steel pipe, wall", 1e-4, 0.05),
    ("insulation", "m", "insulation, thickness", 1e-4, 0.5),
    ("k_insulation", "W/(m.K)", "insulation, conductivity", 1e-4, None),
)
FAULTS = (
    ("insulation_wet", "how wet the mains' insulation is; 1 makes the loss ten times the dry one"),
    ("substation_fouling", "share of the substations' heat-transfer conductance that is lost"),
    ("boiler_trip", "share of the peak boiler's output that is lost"),
    ("leak", "how far a supply pipe is open to the ground"),
)
BYPASS_FAULT = ("bypass", "opening of the bypasses")
FAULTS_OF_PLACES = {
    "insulation_wet": "how wet the insulation of this pipe is, on top of the whole network's;"
    " 1 makes the loss ten times the dry one",
    "fouling": "share of this consumer's heat-transfer conductance that is lost, on top of all"
    " substations'",
    "open": "opening of the bypass at this node, on top of all bypasses'",
    "leak": "how far the supply is open to the ground at this node, on top of the whole network's"
    " leak",
}


@dataclass(frozen=True, eq=False)
class Faults:
    """Faults of the whole network and, where the structure asks for them, of single places."""

    model: Model
    whole: dict[str, SX]
    each: bool

    def at(self, place: str, fault: str, own: str) -> SX:
        """Size [-] at `place`: the network's `fault` and, if single ones exist, its `own`."""
        if not self.each:
            return self.whole[fault]
        return fraction(self.whole[fault] + self.own(place, own))

    def own(self, place: str, own: str) -> SX:
        """A fault of `place` alone [-]."""
        name = f"{place}.{own}"
        return faults(self.model, [(name, FAULTS_OF_PLACES[own])])[name]


def declare(model: Model, structure: Structure) -> tuple[dict[str, SX], Faults]:
    """Parameters by name, and the faults."""
    p = parameters(model, [*PLANT_ROWS, *SUBSTATION_ROWS, *PIPE_ROWS])
    rows = (BYPASS_FAULT, *FAULTS) if structure.all_bypasses else FAULTS
    return p, Faults(model, faults(model, rows), structure.faults == "each")


def twins(model: Model, structure: Structure, p: dict[str, SX], f: Faults) -> list[Twin]:
    """All pipes; those of one type share their parameters `TYPE.inner_diameter`..."""
    groups: dict[str, dict[str, SX]] = {}
    ring = structure.tree.ring
    found = []
    for i, pipe in enumerate(structure.pipes):
        of = pipe.name if pipe.type is None or pipe.given else pipe.type
        if of not in groups:
            groups[of] = _dimensions(model, of, structure, pipe)
        row = Row(f"{pipe.name}.length", pipe.length, "m", "length of the trench", 1.0)
        length = parameters(model, [row])[row.name]
        wet = 1.0 + 9.0 * f.at(pipe.name, "insulation_wet", "insulation_wet")
        found.append(_twin(pipe, groups[of], length, p, wet, i in ring))
    return found


def _dimensions(model: Model, of: str, structure: Structure, pipe: Pipe) -> dict[str, SX]:
    start = vars(structure.type_of(pipe))
    rows = [
        Row(f"{of}.{key}", start[key], unit, text, low, high)
        for key, unit, text, low, high in DIMENSIONS
    ]
    symbols = parameters(model, rows)
    return {key: symbols[f"{of}.{key}"] for key, *_ in DIMENSIONS}


def _twin(
    pipe: Pipe, size: dict[str, SX], length: SX, p: dict[str, SX], wet: SX, two_way: bool
) -> Twin:
    d, wall = size["inner_diameter"], size["wall"]
    laying = Laying(
        d_steel=d + 2.0 * wall,
        insulation=size["insulation"],
        k_insulation=size["k_insulation"],
        cover=p["cover"],
        gap=p["gap"],
        k_soil=p["k_soil"],
    )
    bore = Bore(ca.pi / 4.0 * d * d, length, d, p["roughness"], p["viscosity"], p["fittings"])
    return Twin(
        name=pipe.name,
        bore=bore,
        wall=STEEL * ca.pi * (d + wall) * wall,
        loss=pair_loss(laying),
        wet=wet,
        cells=pipe.cell_count,
        two_way=two_way,
    )
