"""What a heat pump shows: outputs, meters and where it is valid."""

from collections.abc import Callable
from dataclasses import dataclass

from fmus.equations import SX, Model
from fmus.heat_pump.on_off import OnOff
from fmus.heat_pump.refrigerant import load
from fmus.heat_pump.structure import Structure
from fmus.heat_pump.unit import Unit
from fmus.physics.volume import meter, stored_output
from fmus.physics.water import kelvin


@dataclass(frozen=True, eq=False)
class Plant:
    """All units at an instant, and the water that leaves them [K]."""

    units: tuple[Unit, ...]
    switches: tuple[OnOff, ...]
    T_source_out: SX
    T_sink_out: SX

    def total(self, value: Callable[[Unit], SX]) -> SX:
        """Sum of a value of the units."""
        return sum((value(unit) for unit in self.units), SX(0.0))

    def running(self) -> SX:
        """Number of units whose compressor is on [-]."""
        return sum((switch.on for switch in self.switches), SX(0.0))

    def cop(self) -> SX:
        """Heat to the condensers over power [-]; 0 when all are off."""
        if len(self.units) == 1:
            return self.running() * self.units[0].result.cop
        on = sum((s.on * u.result.P_electric for s, u in self._pairs()), SX(0.0))
        given = sum((s.on * u.result.Q_condensing for s, u in self._pairs()), SX(0.0))
        return given / (on + 1.0)  # 1 W keeps 0/0 out

    def _pairs(self) -> list[tuple[OnOff, Unit]]:
        return list(zip(self.switches, self.units, strict=True))


def outputs(model: Model, plant: Plant, m_source: SX, P_auxiliary: SX) -> None:
    """Outputs and meters. What bears no unit's number is a sum, or the first unit's."""
    out, first = model.output, plant.units[0]
    P_electric = plant.total(lambda u: u.result.P_electric)
    Q_condenser = plant.total(lambda u: -u.condenser.Q_from_stream)
    Q_evaporator = plant.total(lambda u: u.evaporator.Q_from_stream)
    out("T_source_out", plant.T_source_out, "K", "source water out")
    out("T_sink_out", plant.T_sink_out, "K", "sink water out")
    _per_unit(model, plant)
    out("m_source", m_source, "kg/s", "source water flow")
    out("P_electric", P_electric, "W", "electric power of the compressors")
    out("P_auxiliary", P_auxiliary, "W", "electric power of the source pump")
    out("Q_condenser", Q_condenser, "W", "heat the sink water takes away")
    out("Q_evaporator", Q_evaporator, "W", "heat the source water brings")
    out("cop", plant.cop(), "-", "heat to the condenser over compressor power; 0 when off")
    out("running", plant.running(), "-", "number of compressors that are on")
    for name, value, unit, text in first.result.more:
        out(name, value, unit, text)
    meter(model, "E_evaporator", Q_evaporator, "heat the source water brought")
    meter(model, "E_condenser", Q_condenser, "heat the sink water took away")
    meter(model, "E_electric", P_electric, "electricity of the compressors")
    meter(model, "E_auxiliary", P_auxiliary, "electricity of the source pump")
    meter(model, "E_loss", plant.total(lambda u: u.Q_room), "heat the machine room took")
    sides = [side for u in plant.units for side in (u.evaporator, u.condenser)]
    stored_output(model, [s for side in sides for s in (side.water, side.refrigerant)])


def _per_unit(model: Model, plant: Plant) -> None:
    """Saturation temperatures and trips; the first unit's have the plain names."""
    for i, (switch, unit) in enumerate(zip(plant.switches, plant.units, strict=True)):
        prefix = f"unit{i + 1}." if i else ""
        T_e = unit.evaporator.refrigerant.T
        text = "saturation temperature of the evaporator's pressure"
        model.output(f"{prefix}T_evaporating", T_e, "K", text)
        text = "saturation temperature of the condenser's pressure"
        model.output(f"{prefix}T_condensing", unit.T_head, "K", text)
        text = "1 high, 2 low pressure has stopped the unit"
        model.output(f"{prefix}trip", switch.trip, "-", text)


def validity(model: Model, structure: Structure, plant: Plant) -> None:
    """Where a running unit's equations mean something; a standing one is within by definition."""
    for i, (switch, unit) in enumerate(zip(plant.switches, plant.units, strict=True)):
        coldest, hottest, widest = kelvin(-25.0), kelvin(125.0), 95.0
        if structure.performance == "cycle":
            table = load(structure.of_unit[i])
            coldest, hottest = max(coldest, table.T_lowest), min(hottest, table.T_highest)
        prefix = f"unit{i + 1}." if len(plant.units) > 1 else ""
        T_e, T_head = unit.evaporator.refrigerant.T, unit.T_head

        def held(value: SX, inside: float, on: SX = switch.on) -> SX:
            return on * value + (1.0 - on) * inside

        name = f"{prefix}evaporating"
        model.valid_range(name, held(T_e, kelvin(10.0)), coldest, kelvin(60.0), "K")
        name = f"{prefix}condensing"
        model.valid_range(name, held(T_head, kelvin(40.0)), kelvin(0.0), hottest, "K")
        model.valid_range(f"{prefix}lift", held(T_head - T_e, 30.0), 0.0, widest, "K")
