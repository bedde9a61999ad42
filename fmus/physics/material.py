"""Pipe walls and insulation as heat stores: heat capacity by volume.

Densities and specific heats: EN ISO 10456:2007 tables 3 and 4 (metals, plastics, insulation).
"""

WALLS = {
    "steel": 7800.0 * 450.0,
    "stainless": 7900.0 * 500.0,
    "copper": 8900.0 * 380.0,
    "brass": 8400.0 * 380.0,
    "aluminium": 2800.0 * 880.0,
    "polyethylene": 950.0 * 2000.0,
    "polypropylene": 910.0 * 1800.0,
    "pvc": 1390.0 * 900.0,
}
"""Heat capacity of wall materials [J/(m3.K)]: density [kg/m3] times specific heat [J/(kg.K)]."""

INSULATION = 60.0 * 1400.0
"""Heat capacity of a pipe's insulation [J/(m3.K)]. Assumed where nobody says: rigid polyurethane
of district-heating pipes has 60 kg/m3 or more (EN 253) and 1400 J/(kg.K), flexible foam around
60 kg/m3 and 1500; mineral wool of 80 kg/m3 and 1030 J/(kg.K) is the same within 3 %."""
