"""Mixed water: of a node's supply or return, and of a consumer's exchanger."""

from dataclasses import dataclass, field

from fmus.equations import SX, Model
from fmus.physics.stirred import leaving
from fmus.physics.volume import Volume, heat, volume
from fmus.physics.water import CP_WATER, RHO_HEATING


@dataclass(frozen=True, eq=False)
class Side:
    """Water that leaves as warm as it is; between sharp pipes, as it is on average in a step.

    Heat that comes with water is counted against what leaves, so books close whatever that is.
    """

    water: Volume
    T: SX
    """Of the water that leaves [K]."""
    comes: list[SX] = field(default_factory=list)
    """Heat flows [W]."""
    runs_in: list[tuple[SX, SX]] = field(default_factory=list)
    """Flows [kg/s], where positive, and temperatures [K]."""
    heating: list[SX] = field(default_factory=list)
    """Heat flows without water [W]."""

    def take(self, flow: SX, T: SX) -> None:
        """Water comes in at `flow` [kg/s] and `T` [K]; as much of its own leaves."""
        self.comes.append(CP_WATER * flow * (T - self.T))
        self.runs_in.append((flow, T))

    def warm(self, power: SX) -> None:
        """Heat comes in without water [W]."""
        self.comes.append(power)
        self.heating.append(power)

    def settle(self, model: Model) -> None:
        """Its equations, once everything that comes has been added."""
        heat(model, self.water, _sum(self.comes))
        if self.T is not self.water.T:
            mass = self.water.capacity / CP_WATER
            heating = _sum(self.heating) / CP_WATER
            model.mix(self.T, leaving(self.water.T, mass, model.step, self.runs_in, heating))


def side(model: Model, name: str, V: SX, start: float, what: str, *, held: bool) -> Side:
    """Declare `V` [m3] of mixed water, `start` [K]; `held`: it leaves at a mean of the step."""
    water = volume(model, name, RHO_HEATING * CP_WATER * V, start, what)
    if not held:
        return Side(water, water.T)
    return Side(water, model.mixed(f"{name}.leaving", start, "K", f"{what}, leaving"))


def _sum(terms: list[SX]) -> SX:
    total = SX(0.0)
    for term in terms:
        total = total + term
    return total
