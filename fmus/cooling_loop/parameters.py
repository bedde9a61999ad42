"""Parameters and faults of a cooling loop, by what it is built of."""

from collections.abc import Sequence
from dataclasses import replace

import casadi as ca

from fmus.cooling_loop.structure import Structure
from fmus.equations import SX, Model
from fmus.physics.declare import Row, faults, parameters
from fmus.physics.water import kelvin

_EXTENSIVE = ("W", "W/K", "W/K2", "J/K", "kg/s", "m3")
"""Units of what grows with the plant."""
_REFERENCE_W = 5e6
"""IT load of the plant that the start values were chosen for [W]."""

_FACILITY = (
    Row("UA_cdu", 1.725e6, "W/K", "CDU at nominal flows"),
    Row("V_cdu", 1.5, "m3", "facility water in the CDU", 1e-3),
    Row("V_header", 3.0, "m3", "facility water in each of supply and return header", 1e-3),
    Row("m_facility_nominal", 130.0, "kg/s", "facility flow at full pump speed", 1e-3),
    Row("P_pump_nominal", 45e3, "W", "facility pump at full speed"),
    Row("tau_pump", 5.0, "s", "facility pump, speed lag", 0.1),
    Row("V_tank", 120.0, "m3", "buffer tank", 1e-3),
    Row("G_tank", 500.0, "W/K", "conduction between two layers"),
    Row("G_inversion", 1e6, "W/K2", "mixing of layers upside down, a kelvin of inversion"),
)

_LIQUID = (
    Row("C_server", 1.5e7, "J/K", "heat capacity of servers and cold plates", 1.0),
    Row("UA_server", 460e3, "W/K", "cold plates, servers to coolant"),
    Row("m_coolant", 120.0, "kg/s", "coolant flow through the racks (constant)", 1e-3),
    Row("V_coolant", 4.0, "m3", "coolant in each of the two rack headers", 1e-3),
)

_COOLANT_PUMPS = (
    Row("P_coolant_nominal", 60e3, "W", "coolant pumps at full speed"),
    Row("coolant_n_min", 0.4, "-", "slowest coolant pump; 1 keeps the flow constant", 0.1, 1.0),
    Row("T_rack_low", kelvin(36.0), "K", "coolant return at which the pump is slowest", 273.15),
    Row("T_rack_band", 4.0, "K", "above that: to full speed", 0.1),
)

_AIR = (
    Row("C_server", 6e7, "J/K", "heat capacity of servers", 1.0),
    Row("UA_server", 380e3, "W/K", "servers to air at full air flow"),
    Row("P_it_nominal", 5e6, "W", "IT load at which servers draw m_server", 1.0),
    Row("m_server", 414.0, "kg/s", "air through the servers at P_it_nominal", 1e-3),
    Row("server_air_idle", 0.3, "-", "share of m_server that idle servers draw", 0.01, 1.0),
    Row("recirculation", 0.03, "-", "servers' air that comes from the hot aisle, share", 0.0, 0.9),
    Row("bypass_air", 0.05, "-", "share of the CRAHs' air that goes past the servers", 0.0, 0.9),
    Row("V_air_cold", 1000.0, "m3", "air in the cold aisles", 1.0),
    Row("V_air_hot", 2000.0, "m3", "air in the hot aisles and the return", 1.0),
    Row("UA_coil", 1.5e6, "W/K", "CRAH coils at nominal water and air flow"),
    Row("V_coil", 1.5, "m3", "facility water in the coils", 1e-3),
    Row("m_crah_nominal", 470.0, "kg/s", "air through the CRAHs at full fan speed", 1e-3),
    Row("crah_draught", 0.02, "-", "air through a CRAH whose fans stand, of nominal", 1e-4, 1.0),
    Row("crah_margin", 0.05, "-", "CRAH air wanted above what the servers draw", 0.0, 1.0),
    Row("crah_n_min", 0.3, "-", "slowest CRAH fan", 0.0, 1.0),
    Row("P_crah_nominal", 250e3, "W", "CRAH fans at full speed; all of it heats the air"),
    Row("tau_crah", 10.0, "s", "CRAH fans, speed lag", 0.1),
)

_UNIT_VALVES = (
    Row("T_unit_set", kelvin(34.0), "K", "what each unit's own valve holds", 273.15),
    Row("unit_gain", 0.05, "1/K", "gain of that controller"),
    Row("unit_integral", 60.0, "s", "its integral time", 1.0),
    Row("tau_unit_valve", 15.0, "s", "unit valves, lag", 0.1),
    Row("valve_authority", 0.5, "-", "drop of an open unit valve, of its branch", 1e-3, 1.0),
    Row("mains_share", 0.3, "-", "drop of the mains, of the nominal head", 0.0, 0.99),
    Row("head_droop", 0.3, "-", "head lost from shut-off to nominal flow", 0.0, 0.99),
    Row("shutoff_power", 0.5, "-", "pump power at shut valves, of that at nominal flow", 0.0, 1.0),
    Row("tau_mains", 2.0, "s", "inertia of the water in the mains", 0.1),
    Row("dp_pump_nominal", 200e3, "Pa", "pump head at nominal flow and full speed", 1.0),
)

_VALVE = (Row("tau_valve", 30.0, "s", "dry-cooler valve, lag", 0.1),)

_DRY_COOLER = (
    Row("m_dry_nominal", 150.0, "kg/s", "dry-cooler flow at open valve", 1e-3),
    Row("V_dry", 3.0, "m3", "water in the dry cooler", 1e-3),
    Row("UA_dry", 1.1e6, "W/K", "dry cooler at nominal water and air flow"),
    Row("m_air_nominal", 800.0, "kg/s", "air flow at full fan speed", 1e-3),
    Row("draught", 0.04, "-", "air flow with the fans off, of nominal", 1e-4, 1.0),
    Row("P_fan_nominal", 150e3, "W", "dry-cooler fans at full speed"),
    Row("P_dry_pump_nominal", 20e3, "W", "dry-cooler pump at open valve"),
    *_VALVE,
    Row("tau_fan", 10.0, "s", "fans, speed lag", 0.1),
)

_PRECOOLING = (
    Row("pad_effectiveness", 0.7, "-", "how near the pads bring air to its wet bulb", 0.0, 1.0),
    Row("T_pad_on", kelvin(18.0), "K", "outdoor air above which the pads are wetted", 273.15),
)

_SEA_WATER = (
    Row("m_dry_nominal", 150.0, "kg/s", "loop water through the sea exchanger at open valve", 1e-3),
    Row("V_sea_exchanger", 1.0, "m3", "water in each side of the sea exchanger", 1e-3),
    Row("UA_sea", 1.5e6, "W/K", "sea exchanger at nominal flows"),
    Row("m_sea_nominal", 160.0, "kg/s", "sea water at full pump speed", 1e-3),
    Row("P_sea_pump_nominal", 50e3, "W", "sea pump at full speed"),
    Row("P_dry_pump_nominal", 20e3, "W", "pump of the exchanger's loop side at open valve"),
    *_VALVE,
    Row("tau_sea_pump", 10.0, "s", "sea pump, speed lag", 0.1),
)

_MIXING = (
    Row("T_supply_set", kelvin(30.0), "K", "facility supply that the mixing valve holds", 273.15),
    Row("mixing_gain", 0.02, "1/K", "gain of that controller"),
    Row("mixing_integral", 90.0, "s", "its integral time", 1.0),
    Row("tau_mixing", 30.0, "s", "mixing valve, lag", 0.1),
)

_CONSUMERS = (
    Row("m_cooling_nominal", 100.0, "kg/s", "most cold water that consumers can take", 1e-3),
    Row("T_cooling_return", kelvin(16.0), "K", "what comes back from consumers", 273.15),
    Row("P_cooling_pump_nominal", 30e3, "W", "pump to the consumers at m_cooling_nominal"),
)

_VALVE_STUCK = (
    "unit_valve_stuck",
    "share of the motion of the unit's own water valve that is lost; 1 freezes it",
)

_WASTE_WATER = (
    Row("T_waste_set", kelvin(12.0), "K", "tank top that the waste water holds", 273.15),
    Row("waste_gain", 0.1, "1/K", "gain of that controller"),
    Row("waste_integral", 300.0, "s", "its integral time", 1.0),
    Row("tau_waste_pump", 10.0, "s", "pumps of the waste-water exchanger, speed lag", 0.1),
    Row("m_waste_nominal", 150.0, "kg/s", "loop water through it at full speed", 1e-3),
    Row("V_waste_exchanger", 1.0, "m3", "water in each side of it", 1e-3),
    Row("UA_waste", 3e6, "W/K", "waste-water exchanger at nominal flows"),
    Row("P_waste_pump_nominal", 60e3, "W", "its pumps at full speed"),
)

_UNIT_FAULTS_LIQUID = (
    ("cdu_fouling", "share of the CDU's heat-transfer conductance that is lost"),
    _VALVE_STUCK,
    ("coolant_pump_wear", "share of the CDU's coolant flow that is lost"),
)
_UNIT_FAULTS_AIR = (
    ("coil_fouling", "share of the CRAH coil's heat-transfer conductance that is lost"),
    _VALVE_STUCK,
    ("crah_fan_loss", "share of the CRAH's fans that stand still"),
)


def rows(structure: Structure) -> tuple[Row, ...]:
    """Parameters of this structure; sizes start at what its `capacity` needs."""
    air = structure.hall == "air"
    found = [*(_AIR if air else _LIQUID)]
    found += [r for r in _FACILITY if not (air and r.name in ("UA_cdu", "V_cdu"))]
    if not air and not structure.lumped:
        found += _COOLANT_PUMPS
    if not structure.lumped:
        found += _UNIT_VALVES
    found += _DRY_COOLER if structure.heat_rejection == "dry_cooler" else _SEA_WATER
    found += _PRECOOLING if structure.precooling else ()
    found += _MIXING if structure.mixing_valve else ()
    found += _CONSUMERS if structure.cooling_consumers else ()
    found += _WASTE_WATER if structure.waste_water else ()
    if air:
        found = [replace(r, start=kelvin(24.0)) if r.name == "T_unit_set" else r for r in found]
    scale = structure.capacity / _REFERENCE_W
    return tuple(replace(r, start=r.start * scale) if r.unit in _EXTENSIVE else r for r in found)


def declare(model: Model, structure: Structure) -> tuple[dict[str, SX], dict[str, SX]]:
    """Symbols of the parameters and of the faults by name; faults of the units are columns."""
    p = parameters(model, rows(structure))
    if structure.lumped:
        f = faults(model, [_UNIT_FAULTS_LIQUID[0], *_loop_faults(structure)])
        return p, f
    of_unit = _UNIT_FAULTS_AIR if structure.hall == "air" else _UNIT_FAULTS_LIQUID
    f = {name: _each_unit(model, name, text, structure.cdus) for name, text in of_unit}
    return p, f | faults(model, _loop_faults(structure))


def _loop_faults(structure: Structure) -> Sequence[tuple[str, str]]:
    rejection = (
        [("fan_loss", "share of the dry cooler's fans that stand still")]
        if structure.heat_rejection == "dry_cooler"
        else [
            ("sea_pump_wear", "share of the sea-water flow that is lost"),
            ("sea_fouling", "share of the sea exchanger's heat-transfer conductance that is lost"),
        ]
    )
    waste = [
        (
            "waste_water_fouling",
            "share of the waste-water exchanger's heat-transfer conductance that is lost",
        )
    ]
    return [
        (
            "valve_stuck",
            "share of the dry-cooler valve's motion that is lost; 1 freezes it where it is",
        ),
        ("pump_wear", "share of the facility flow that is lost"),
        *rejection,
        *(waste if structure.waste_water else ()),
        ("bypass_leak", "share of the facility flow that passes the CDU by"),
    ]


def _each_unit(model: Model, name: str, text: str, count: int) -> SX:
    names = [name] if count == 1 else [f"{name}[{i + 1}]" for i in range(count)]
    symbols = faults(model, [(n, text) for n in names])
    return ca.vertcat(*symbols.values()) if count > 1 else symbols[name]
