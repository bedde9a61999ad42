"""What a heat pump's builder is told: how it is computed, what circulates in it, how many units."""

from typing import Literal, Self

from pydantic import Field, model_validator

from fmus.heat_pump.refrigerant import Name
from fmus.structure import Structure as Base


class Structure(Base):
    """`map` is the Carnot-efficiency map, `cycle` the refrigerant cycle from property tables."""

    performance: Literal["map", "cycle"] = "map"
    refrigerant: Name = "R134a"
    refrigerants: tuple[Name, ...] = ()
    """Of unit 1, 2... where they are not all the same."""
    units: int = Field(default=1, ge=1, le=8)
    """Equal machines, staged inside the model."""
    arrangement: Literal["parallel", "series"] = "parallel"
    """`series`: the sink water passes the units one after the other and the source water the
    other way round, so that each lifts only its share."""
    rotation: bool = False
    """The unit that has led longest stops first; otherwise unit 1 always leads."""
    step: float = Field(default=1.0, gt=0.0, le=60.0)
    """Longest internal step of the Co-Simulation integrator [s]."""

    @model_validator(mode="after")
    def _one_refrigerant_a_unit(self) -> Self:
        found = len(self.refrigerants)
        if found not in (0, self.units):
            raise ValueError(
                f"refrigerants: {found} of them, must be one for each of {self.units} units"
            )
        return self

    @property
    def of_unit(self) -> tuple[Name, ...]:
        """The refrigerant of each unit."""
        return self.refrigerants or (self.refrigerant,) * self.units

    @property
    def mixed(self) -> bool:
        """Whether units differ, and with them their compressors and pressure limits."""
        return len(set(self.of_unit)) > 1
