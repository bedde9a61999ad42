"""What the sharp and the smooth pipe share: inputs, parameters, film, wall, insulation, outputs."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.declare import Row, faults, parameters
from fmus.physics.film import PI, film_at_knots
from fmus.physics.material import INSULATION, WALLS
from fmus.physics.volume import meter
from fmus.physics.water import CP_WATER, kelvin
from fmus.plug import SHELLS

STEEL = WALLS["carbon_steel"]

PARAMETERS = (
    Row("length", 100.0, "m", "length of the pipe", 0.1, 1e5),
    Row("inner_diameter", 0.1071, "m", "inner diameter", 1e-3, 2.0),
    Row("wall", 0.0036, "m", "thickness of the wall", 1e-4, 0.1),
    Row("c_wall", STEEL.capacity, "J/(m3.K)", "heat capacity of the wall by volume", 1e5, 1e7),
    Row("k_wall", STEEL.conductivity, "W/(m.K)", "conductivity of the wall", 0.05, 1000.0),
    Row("insulation", 0.05, "m", "thickness of the insulation", 1e-4, 0.5),
    Row("k_insulation", 0.027, "W/(m.K)", "conductivity of the insulation", 1e-3, 5.0),
    Row("c_insulation", INSULATION, "J/(m3.K)", "heat capacity of insulation by volume", 1e2, 5e6),
    Row("h_outside", 10.0, "W/(m2.K)", "film on the casing, convection and radiation", 0.1, 1e6),
    Row("R_soil", 0.0, "m.K/W", "soil around one metre, 0 in air", 0.0, 10.0),
    Row("T_start_a", kelvin(60.0), "K", "water at end a before the start", kelvin(0.5), 420.0),
    Row("T_start_b", kelvin(60.0), "K", "water at end b before the start", kelvin(0.5), 420.0),
    Row("T_start_ambient", kelvin(20.0), "K", "surroundings before the start", 200.0, 420.0),
)
"""`h_outside` is what EN ISO 12241 gives for indoor pipes with a non-metallic surface, rounded."""

FAULTS = (("insulation_wet", "how wet the insulation is; 1 conducts ten times as well"),)


@dataclass(frozen=True, eq=False)
class Rig:
    """Inputs and parameters of either pipe."""

    flow: SX
    T_a: SX
    T_b: SX
    T_ambient: SX
    p: dict[str, SX]
    wet: SX


@dataclass(frozen=True, eq=False)
class Shells:
    """Insulation of the whole pipe from inside out: capacities [J/K], conductances [W/K]."""

    capacity: list[SX]
    path: list[SX]


@dataclass(frozen=True, eq=False)
class Results:
    """Temperatures [K], heat flows [W] and heat [J] that either pipe shows."""

    T_outlet_a: SX
    T_outlet_b: SX
    T_face_a: SX
    T_face_b: SX
    T_wall_a: SX
    T_wall_b: SX
    Q_in: SX
    Q_loss: SX
    Q_expelled: SX
    stored: SX


def rig(model: Model) -> Rig:
    """Declare inputs, parameters and faults."""
    flow = model.input("m_flow", 0.0, "kg/s", "flow from end a to end b, < 0 from b to a")
    T_a = model.input("T_inlet_a", kelvin(60.0), "K", "water outside end a", min=kelvin(0.0))
    T_b = model.input("T_inlet_b", kelvin(60.0), "K", "water outside end b", min=kelvin(0.0))
    T_ambient = model.input("T_ambient", kelvin(20.0), "K", "air or soil around the pipe")
    p, f = parameters(model, PARAMETERS), faults(model, FAULTS)
    low, high = kelvin(1.0), kelvin(150.0)
    model.valid_range("T_inlet_a", T_a, low, high, "K")
    model.valid_range("T_inlet_b", T_b, low, high, "K")
    speed = ca.fabs(flow) / (1000.0 * area(p))
    model.valid_range("water_speed", speed, 0.0, 10.0, "m/s")
    return Rig(flow, T_a, T_b, T_ambient, p, 1.0 + 9.0 * f["insulation_wet"])


def area(p: dict[str, SX]) -> SX:
    """Cross section of the water [m2]."""
    return PI / 4.0 * p["inner_diameter"] * p["inner_diameter"]


def wall_capacity(p: dict[str, SX]) -> SX:
    """Heat capacity of the whole wall [J/K]."""
    return p["c_wall"] * PI * (p["inner_diameter"] + p["wall"]) * p["wall"] * p["length"]


def to_wall(r: Rig) -> list[SX]:
    """Conductances [W/K] at the film's knots from the water to the heat in the wall.

    Film in series with the wall's own resistance. A thin wall that is warmed from one side stores
    its heat, seen from there, behind a third of its thickness: t / (3 k pi d L).
    """
    p = r.p
    d = p["inner_diameter"]
    R = p["wall"] / (3.0 * p["k_wall"] * PI * (d + p["wall"]) * p["length"])
    return [G / (1.0 + R * G) for G in film_at_knots(r.flow, d, p["length"])]


def shells(p: dict[str, SX], wet: SX) -> Shells:
    """Insulation in shells of equal thickness, each with its heat in the middle of its section.

    R = ln(d_outer/d_inner)/(2 pi k L) between radii; outside it the film and the soil.
    """
    r_wall = 0.5 * p["inner_diameter"] + p["wall"]
    edge = [r_wall + p["insulation"] * i / SHELLS for i in range(SHELLS + 1)]
    capacity, radius = [], [r_wall]
    for inner, outer in pairwise(edge):
        capacity.append(p["c_insulation"] * PI * (outer**2 - inner**2) * p["length"])
        radius.append(ca.sqrt(0.5 * (outer**2 + inner**2)))
    radius.append(edge[-1])
    path = []
    for inner, outer in pairwise(radius):
        R = ca.log(outer / inner) / (2.0 * PI * p["k_insulation"] * wet)
        if outer is edge[-1]:
            R += 1.0 / (2.0 * PI * edge[-1] * p["h_outside"]) + p["R_soil"]
        path.append(p["length"] / R)
    return Shells(capacity, path)


def balance(path: Sequence[SX], T_wall: SX, T_ambient: SX) -> list[SX]:
    """Temperatures [K] of the shells when heat flows steadily from the wall to the outside."""
    resistance = [1.0 / g for g in path]
    whole = sum(resistance, SX(0.0))
    found, passed = [], SX(0.0)
    for R in resistance[:-1]:
        passed += R
        found.append(T_wall + passed / whole * (T_ambient - T_wall))
    return found


def show(model: Model, r: Results) -> None:
    """Declare outputs and meters.

    The books are E_in = E_loss + E_expelled + E_stored.
    """
    out = model.output
    out("T_outlet_a", r.T_outlet_a, "K", "water through end a, flow-weighted mean of a step")
    out("T_outlet_b", r.T_outlet_b, "K", "water through end b, flow-weighted mean of a step")
    out("T_face_a", r.T_face_a, "K", "water in the face of end a now")
    out("T_face_b", r.T_face_b, "K", "water in the face of end b now")
    out("T_wall_a", r.T_wall_a, "K", "wall next to end a")
    out("T_wall_b", r.T_wall_b, "K", "wall next to end b")
    out("Q_loss", r.Q_loss, "W", "heat lost to the surroundings")
    out("E_stored", r.stored, "J", "heat in water, wall and insulation since the start")
    meter(model, "E_in", r.Q_in, "heat brought in by the flow, cp m (T_a - T_b)")
    meter(model, "E_loss", r.Q_loss, "heat lost to the surroundings")
    meter(model, "E_expelled", r.Q_expelled, "heat of water that thermal expansion pushed out")


def heat_in(flow: SX, T_a: SX, T_b: SX) -> SX:
    """Heat the flow leaves in the pipe [W]."""
    return CP_WATER * flow * (T_a - T_b)
