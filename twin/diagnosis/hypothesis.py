"""What may be wrong with a plant, as the diagnosis sees it: a size and a direction."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["process", "sensor", "actuator", "controller", "link", "nuisance"]


@dataclass(frozen=True)
class Hypothesis:
    """One way in which a plant may differ from its model; sizes are in `unit`.

    A nuisance (a conductance within its tolerance, an offset) competes with the faults for the
    evidence, and wins in silence.
    """

    name: str
    """`heat_pump.condenser_fouling`, `cooling_loop.T_supply.bias`."""
    part: str
    kind: Kind
    unit: str
    threshold: float
    """Full size: the catalogue's default."""
    low: float
    """Smallest size there can be; 0 of a fault that has one sign."""
    high: float
    """Largest size there can be."""
    check: str
    """What a person on site looks at first."""
