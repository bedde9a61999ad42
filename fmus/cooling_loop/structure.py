"""What a cooling loop is built of."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

import fmus.structure


class Structure(fmus.structure.Structure):
    """Kind of hall, number of units, tank, heat rejection, and who else takes cold water.

    The default is one CDU without a valve of its own, 8 layers and a dry cooler.
    """

    hall: Literal["liquid", "air"] = "liquid"
    """`liquid`: CDUs with cold plates; `air`: CRAHs, each with its zone of the hall."""
    cdus: Annotated[int, Field(strict=True, ge=1, le=32)] = 1
    """Equal cooling units in parallel, each with an IT load of its own: CDUs, or CRAHs."""
    tank_layers: Annotated[int, Field(strict=True, ge=5, le=10)] = 8
    """Layers of the buffer tank. There is always one: it parts the flows of its neighbours. A
    small `V_tank` makes it a low-loss header."""
    heat_rejection: Literal["dry_cooler", "sea_water"] = "dry_cooler"
    """Where the heat goes that nobody takes."""
    precooling: Annotated[bool, Field(strict=True)] = False
    """Wetted pads before the dry cooler (needs `T_wet_bulb`)."""
    mixing_valve: Annotated[bool, Field(strict=True)] = False
    """Three-way valve that holds the facility supply by mixing return water into it."""
    cooling_consumers: Annotated[bool, Field(strict=True)] = False
    """District cooling takes cold water from the tank's bottom (needs `Q_cooling`)."""
    waste_water: Annotated[bool, Field(strict=True)] = False
    """Purified waste water warms the tank's top when it is too cold for the heat pump (needs
    `T_waste_water`, `m_waste_water`)."""
    capacity: Annotated[float, Field(gt=0.0, le=1e9)] = 5e6
    """IT load that the plant is laid out for [W]: flows, conductances, volumes and powers start
    at those of the 5 MW plant times `capacity`/5 MW."""
    T_warm: Annotated[float, Field(ge=0.0, le=95.0)] | None = None
    """Temperature that warm water starts with [degC]; none: 40 with cold plates, 30 with air."""
    T_cold: Annotated[float, Field(ge=0.0, le=95.0)] | None = None
    """Temperature that cold water starts with [degC]; none: 30 with cold plates, 20 with air."""
    step: Annotated[float, Field(gt=0.0, le=60.0)] = 1.0
    """Longest internal step of the Co-Simulation integrator [s]."""

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.precooling and self.heat_rejection != "dry_cooler":
            raise ValueError("precooling: only with heat_rejection: dry_cooler")
        if self.warm < self.cold:
            raise ValueError(f"T_warm = {self.warm:g}: must be at least T_cold = {self.cold:g}")
        return self

    @property
    def lumped(self) -> bool:
        """One CDU without a valve of its own: the facility flow follows the pump alone."""
        return self.hall == "liquid" and self.cdus == 1

    @property
    def warm(self) -> float:
        """Temperature that warm water starts with [degC]."""
        return (40.0 if self.hall == "liquid" else 30.0) if self.T_warm is None else self.T_warm

    @property
    def cold(self) -> float:
        """Temperature that cold water starts with [degC]."""
        return (30.0 if self.hall == "liquid" else 20.0) if self.T_cold is None else self.T_cold
