"""Controllers as the plant sees them: registers in, registers out.

`make_controller` gives a controller of one of the `TYPES`, with the register map of its type.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from firmware_sim import cooling_loop, heat_pump, network
from firmware_sim.program import Program, State
from firmware_sim.scan import Controller
from twin.errors import unknown
from twin.registers import load_map

__all__ = ["TYPES", "Controller", "State", "io_map_path", "make_controller", "map_path"]

_PROGRAMS: Final[Mapping[str, Program[Any, Any, Any]]] = {
    "cooling_loop": cooling_loop.PROGRAM,
    "heat_pump": heat_pump.PROGRAM,
    "network": network.PROGRAM,
}
TYPES: Final[tuple[str, ...]] = tuple(_PROGRAMS)
"""The controller types that a site file may name."""

_MAPS = Path(__file__).parent / "maps"


def make_controller(type_name: str, settings: Mapping[str, float]) -> Controller:
    """A controller at rest, with `settings` (in the units of its map) in place of its defaults.

    Raises:
        BadInput: the type or a setting is unknown, or a setting leaves its limits.
    """
    path = map_path(type_name)
    return Controller(type_name, _PROGRAMS[type_name], load_map(path), settings)


def map_path(type_name: str) -> Path:
    """The registers that a controller of this type serves (role server)."""
    return _MAPS / f"{_known(type_name)}.csv"


def io_map_path(type_name: str) -> Path:
    """The remote I/O that a controller of this type reads and writes (role client)."""
    return _MAPS / f"{_known(type_name)}_io.csv"


def _known(type_name: str) -> str:
    if type_name not in _PROGRAMS:
        raise unknown("controller", "type", type_name, TYPES)
    return type_name
