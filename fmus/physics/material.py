"""Pipe walls and insulation: how much heat they store by volume, and how well they conduct it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Material:
    """Density [kg/m3], specific heat [J/(kg.K)] and conductivity [W/(m.K)]."""

    density: float
    specific_heat: float
    conductivity: float

    @property
    def capacity(self) -> float:
        """Heat capacity by volume [J/(m3.K)]."""
        return self.density * self.specific_heat


WALLS = {
    "steel": Material(8000.0, 500.0, 50.0),
    "carbon_steel": Material(7850.0, 480.0, 50.0),
    "stainless_steel": Material(7900.0, 500.0, 17.0),
    "copper": Material(8900.0, 380.0, 380.0),
    "brass": Material(8400.0, 380.0, 120.0),
    "aluminium": Material(2800.0, 880.0, 160.0),
    "polyethylene": Material(980.0, 1800.0, 0.5),
    "polypropylene": Material(910.0, 1800.0, 0.22),
    "pvc": Material(1390.0, 900.0, 0.17),
}
"""Materials of pipe walls: EN ISO 10456:2007 table 3, but for two.

Carbon steel, of which district-heating pipes are made, is that of EN 1993-1-2 at 85 degC, because
ISO's 450 J/(kg.K) belongs to room temperature. "steel" is a steel of unknown grade with the density
and specific heat that the published description of the pipe rig at Liege has (van der Heijde et
al., Energy Conversion and Management 151, 2017).
"""

INSULATION = 60.0 * 1400.0
"""Heat capacity of a pipe's insulation [J/(m3.K)]. Assumed where nobody says: rigid polyurethane
of district-heating pipes has 60 kg/m3 or more (EN 253) and 1400 J/(kg.K), flexible foam around
60 kg/m3 and 1500; mineral wool of 80 kg/m3 and 1030 J/(kg.K) is the same within 3 %."""
