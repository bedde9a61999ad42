"""What a heat pump's builder is told: how it is computed, what circulates in it, how many units."""

from typing import Literal

from pydantic import Field

from fmus.heat_pump.refrigerant import Name
from fmus.structure import Structure as Base


class Structure(Base):
    """`map` is the Carnot-efficiency map, `cycle` the refrigerant cycle from property tables."""

    performance: Literal["map", "cycle"] = "map"
    refrigerant: Name = "R134a"
    units: int = Field(default=1, ge=1, le=8)
    """Equal machines, staged inside the model."""
    arrangement: Literal["parallel", "series"] = "parallel"
    """`series`: the sink water passes the units one after the other and the source water the
    other way round, so that each lifts only its share."""
    rotation: bool = False
    """The unit that has led longest stops first; otherwise unit 1 always leads."""
