"""What every hall gives to the facility water, and what it is given."""

from dataclasses import dataclass

from fmus.equations import SX, Model
from fmus.physics.volume import Volume, volume
from fmus.physics.water import CP_WATER, RHO_COOLING, kelvin


@dataclass(frozen=True, eq=False)
class Surroundings:
    """The facility side of the units: supply temperature [K], and flow through each [kg/s]."""

    T_supply: SX
    m_unit: SX


@dataclass(frozen=True, eq=False)
class Hall:
    """Units as columns: coolant (water or air) temperatures [K], heat to the water [W].

    `T_held` [K] is what a unit's own valve holds: coolant supply, or the air a CRAH blows.
    `P_heating` [W] is electricity that ends up in the coolant, `P_other` [W] other electricity
    of the units.
    """

    T_supply: SX
    T_return: SX
    T_held: SX
    Q: SX
    P_heating: SX
    P_other: SX
    stores: tuple[Volume, ...]


def water(
    model: Model, name: str, volume_m3: SX, start: float, description: str, size: int = 1
) -> Volume:
    """`size` mixed volumes of water [m3 each] that start at `start` [degC]."""
    capacity = RHO_COOLING * CP_WATER * volume_m3
    return volume(model, name, capacity, kelvin(start), description, size=size)
