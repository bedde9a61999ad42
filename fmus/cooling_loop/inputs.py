"""What a cooling loop is told from outside, by what it is built of."""

import casadi as ca

from fmus.cooling_loop.structure import Structure
from fmus.cooling_loop.waste_water import START
from fmus.equations import SX, Model
from fmus.physics.water import kelvin


def inputs(model: Model, structure: Structure) -> dict[str, SX]:
    """Declare the inputs; symbols by name, `P_it` [W] a column with an element a unit."""
    count, start = structure.cdus, 0.6 * structure.capacity / structure.cdus
    names = ["P_it"] if count == 1 else [f"P_it[{i + 1}]" for i in range(count)]
    text = "electric power of the IT load"
    u = {"P_it": ca.vertcat(*[model.input(n, start, "W", text, min=0.0) for n in names])}
    if structure.heat_rejection == "dry_cooler":
        u["T_outdoor"] = model.input("T_outdoor", kelvin(-8.0), "K", "outdoor air")
        if structure.precooling:
            text = "wet bulb of the outdoor air"
            u["T_wet_bulb"] = model.input("T_wet_bulb", kelvin(-9.0), "K", text)
    else:
        u["T_sea"] = model.input("T_sea", kelvin(4.0), "K", "sea water")
    _command(model, u, "u_pump", 0.6, "facility pump speed")
    _command(model, u, "u_valve", 0.2, "dry-cooler valve")
    if structure.heat_rejection == "dry_cooler":
        _command(model, u, "u_fan", 0.1, "dry-cooler fan speed")
    else:
        _command(model, u, "u_sea_pump", 0.1, "sea pump speed")
    T_back = kelvin(structure.cold)
    u["T_source_return"] = model.input("T_source_return", T_back, "K", "from the heat pump")
    m_start = 70.0 * (structure.capacity / 5e6)
    u["m_source"] = model.input("m_source", m_start, "kg/s", "flow through the heat pump", min=0.0)
    if structure.cooling_consumers:
        text = "cooling that consumers ask for"
        u["Q_cooling"] = model.input("Q_cooling", 0.0, "W", text, min=0.0)
    if structure.waste_water:
        u["T_waste_water"] = model.input("T_waste_water", START, "K", "purified waste water")
        m_there = 150.0 * (structure.capacity / 5e6)
        text = "waste water that there is"
        u["m_waste_water"] = model.input("m_waste_water", m_there, "kg/s", text, min=0.0)
    return u


def _command(model: Model, u: dict[str, SX], name: str, start: float, description: str) -> None:
    u[name] = model.input(name, start, "-", description, min=0.0, max=1.0)
