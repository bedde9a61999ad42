"""Structures of the cooling loop that between them use every option."""

from fmus.cooling_loop.model import Structure

AIR = Structure(hall="air")
THREE = Structure(cdus=3)
FULL = Structure(
    cdus=3,
    tank_layers=5,
    heat_rejection="sea_water",
    mixing_valve=True,
    cooling_consumers=True,
    waste_water=True,
    T_warm=17.0,
    T_cold=9.0,
)
AIR_ROWS = Structure(hall="air", cdus=2, tank_layers=10, precooling=True, capacity=2e6)
ALL = {
    "air": AIR,
    "three CDUs": THREE,
    "sea, consumers, waste water": FULL,
    "two CRAHs, pads": AIR_ROWS,
}
