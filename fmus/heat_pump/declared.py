"""Parameters and faults of the heat pump. Sizes are those of one unit."""

from dataclasses import replace

from fmus.equations import SX
from fmus.heat_pump.refrigerant import Name, load
from fmus.heat_pump.structure import Structure
from fmus.physics.declare import Row
from fmus.physics.water import kelvin

COMMON = (
    Row("P_motor", 1.35e6, "W", "power at which the motor's limit holds the compressor", 1.0),
    Row("n_min", 0.2, "-", "slowest compressor speed", 0.0, 1.0),
    Row("tau_compressor", 15.0, "s", "compressor, speed lag", 0.1),
    Row("min_on_s", 600.0, "s", "shortest time on"),
    Row("min_off_s", 300.0, "s", "shortest time off"),
    Row("startup_loss", 0.25, "-", "share of capacity and efficiency a cold start lacks", 0.0, 0.9),
    Row("tau_start", 180.0, "s", "time constant of becoming warm after a start", 1.0),
    Row("tau_standstill", 7200.0, "s", "time constant of becoming cold after a stop", 1.0),
    Row("UA_migration", 1500.0, "W/K", "condenser to evaporator through refrigerant, standing"),
    Row("UA_room", 0.0, "W/K", "each exchanger to the machine room"),
    Row("T_room", kelvin(20.0), "K", "machine room", 230.0, 330.0),
    Row("T_evaporating_trip", kelvin(-3.0), "K", "low-pressure cut-out", 210.0, 320.0),
    Row("trip_reset_s", 1800.0, "s", "shortest time from a trip to its reset"),
    Row("UA_evaporator", 349e3, "W/K", "evaporator at nominal flow"),
    Row("UA_condenser", 239.5e3, "W/K", "condenser at nominal flow"),
    Row("C_evaporator", 5e6, "J/K", "evaporator steel and refrigerant", 1.0),
    Row("C_condenser", 5e6, "J/K", "condenser steel and refrigerant", 1.0),
    Row("V_evaporator", 1.5, "m3", "water in the evaporator", 1e-3),
    Row("V_condenser", 1.5, "m3", "water in the condenser", 1e-3),
    Row("m_source_nominal", 76.0, "kg/s", "source flow at full pump speed", 1e-3),
    Row("m_sink_nominal", 21.5, "kg/s", "sink flow of the design point", 1e-3),
    Row("P_pump_nominal", 15e3, "W", "source pump at full speed"),
    Row("tau_pump", 5.0, "s", "source pump, speed lag", 0.1),
    Row(
        "T_evaporating_limit", kelvin(0.0), "K", "unloaded over the last 3 K above it", 210.0, 320.0
    ),
)

STAGING = (
    Row("stage_up", 0.95, "-", "speed of the running units above which one more starts", 0.0, 1.0),
    Row("stage_down", 0.8, "-", "speed below which one less would run", 0.0, 1.0),
    Row("stage_up_s", 300.0, "s", "how long that must last before one more starts"),
    Row("stage_down_s", 1200.0, "s", "how long that must last before one less runs"),
)
VALVES = (Row("tau_valve", 30.0, "s", "a unit's water valves, lag", 0.1),)

MAP = (
    Row("Q_evaporator_nominal", 2.541e6, "W", "cooling capacity at the design point", 1.0),
    Row("Q_evaporator_most", 6.907e6, "W", "capacity at which the suction throttle holds", 1.0),
    Row("T_evaporating_nominal", kelvin(26.0), "K", "evaporation, design point", 230.0, 305.0),
    Row("T_condensing_nominal", kelvin(88.0), "K", "condensation, design point", 306.0, 420.0),
    Row("eta_carnot", 0.588, "-", "share of Carnot at the design point", 0.0, 1.0),
    Row("eta_part_load", 0.3, "-", "share of eta lost towards zero speed", 0.0, 1.0),
    Row("eta_lift", 0.25, "-", "share of eta lost at twice or none of the design lift", 0.0, 1.0),
    Row("eta_lift_linear", 0.0, "-", "eta gained with a larger lift", -1.0, 1.0),
    Row("eta_lift_cubic", 0.0, "-", "the same, far from the design lift", -1.0, 1.0),
    Row("eta_condensing", 0.0, "1/K", "share of eta gained a kelvin of condensation", -0.05, 0.05),
    Row("capacity_evaporating", 0.030, "1/K", "capacity gained a kelvin of evaporation"),
    Row("capacity_condensing", 0.010, "1/K", "capacity lost a kelvin of condensation"),
    Row("capacity_evaporating_2", 0.0, "1/K2", "curvature of the gain", -0.002, 0.002),
    Row(
        "capacity_mixed", 0.0, "1/K2", "gain of evaporation a kelvin of condensation", -0.002, 0.002
    ),
    Row("capacity_condensing_2", 0.0, "1/K2", "curvature against condensation", -0.002, 0.002),
)

CYCLE = (
    Row("clearance", 0.02, "-", "dead volume of the compressor over its swept volume", 0.0, 0.3),
    Row("eta_isentropic", 0.75, "-", "isentropic efficiency at its best pressure ratio", 0.05, 1.0),
    Row("pressure_ratio_best", 4.0, "-", "pressure ratio of the best efficiency", 1.0, 50.0),
    Row(
        "eta_ratio", 0.15, "-", "share of eta lost at e times the best ratio or 1/e of it", 0.0, 1.0
    ),
    Row("eta_part_load", 0.3, "-", "share of eta lost towards zero speed", 0.0, 1.0),
    Row("eta_motor", 0.96, "-", "motor and drive; their loss warms the room", 0.05, 1.0),
    Row("superheat_set", 6.0, "K", "what the expansion valve keeps", 0.0, 30.0),
    Row("subcooling_set", 5.0, "K", "what the full charge gives", 0.0, 40.0),
)

FAULTS = (
    ("condenser_fouling", "share of the condenser's heat-transfer conductance that is lost"),
    ("evaporator_fouling", "share of the evaporator's heat-transfer conductance that is lost"),
    ("compressor_wear", "share of the compressor's efficiency that is lost"),
    ("undercharge", "share of the refrigerant's charge that is lost"),
    (
        "non_condensables",
        "pressure of air or other foreign gas in the condenser over that of the refrigerant",
    ),
    (
        "expansion_valve",
        "share of the way to a valve that starves the evaporator by 20 K of superheat",
    ),
)

SWEPT = {"R717": 0.393, "R134a": 0.925, "R1234ze(E)": 1.21, "R600a": 1.58, "R290": 0.803}
"""Swept volume a second at full speed [m3/s] that gives 2.54 MW of cooling at 26/88 degC."""


def rows(structure: Structure) -> tuple[Row, ...]:
    """All parameters that a heat pump of this structure has."""
    own = MAP if structure.performance == "map" else CYCLE
    staging = STAGING if structure.units > 1 else ()
    valves = VALVES if structure.units > 1 and structure.arrangement == "parallel" else ()
    return (*_by_refrigerant(structure), *own, *COMMON, *staging, *valves)


def of_unit(structure: Structure, p: dict[str, SX], i: int) -> dict[str, SX]:
    """Parameters of unit `i` (0 is the first) by their plain names."""
    if not structure.mixed:
        return p
    names = [row.name for row in _refrigerant_rows(structure, structure.of_unit[i])]
    return p | {name: p[f"unit{i + 1}.{name}"] for name in names}


def _by_refrigerant(structure: Structure) -> tuple[Row, ...]:
    """What the refrigerant decides: once, or for each unit where they differ."""
    if not structure.mixed:
        return _refrigerant_rows(structure, structure.of_unit[0])
    return tuple(
        replace(row, name=f"unit{i + 1}.{row.name}")
        for i, name in enumerate(structure.of_unit)
        for row in _refrigerant_rows(structure, name)
    )


def _refrigerant_rows(structure: Structure, name: Name) -> tuple[Row, ...]:
    """Swept volume, high-pressure limiter and cut-out; a cycle must stay where its tables are."""
    limit, trip = kelvin(99.0), kelvin(102.0)
    swept: tuple[Row, ...] = ()
    if structure.performance == "cycle":
        hottest = load(name).T_highest
        limit, trip = min(limit, hottest - 3.0), min(trip, hottest - 1.0)
        text = "swept volume a second at full speed"
        swept = (Row("V_swept", SWEPT[name], "m3/s", text, 1e-6),)
    return (
        *swept,
        Row("T_condensing_limit", limit, "K", "unloaded over the last 3 K below it", 300.0, 430.0),
        Row("T_condensing_trip", trip, "K", "high-pressure cut-out", 300.0, 430.0),
    )
