"""Pipe types by name: our own table of EN 253 pipes, or a file in the format of isoplus's."""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

_OWN = Path(__file__).with_name("pipes_en253.csv")
_K_FOAM = 0.027
"""Conductivity of the foam [W/(m.K)]; makers give 0.024 to 0.027, EN 253 allows 0.029 (50 degC)."""
_COLUMNS = {"name", "dh_m", "dWall_m", "kIns_W_mK", "dIns_m"}


@dataclass(frozen=True)
class PipeType:
    """Dimensions of a pipe [m] and the conductivity of its insulation [W/(m.K)].

    `insulation` is the thickness between the steel and the outside of the casing, whose thin
    polyethylene counts as foam.
    """

    inner_diameter: float
    wall: float
    insulation: float
    k_insulation: float


@functools.cache
def own_types() -> Mapping[str, PipeType]:
    """`DN200` (insulation series 1), `DN200_2` and `DN200_3`, from DN20 to DN1200."""
    found = {}
    for row in _rows(_OWN):
        outer, wall = 1e-3 * float(row["outer_diameter"]), 1e-3 * float(row["wall"])
        for series in (1, 2, 3):
            casing = 1e-3 * float(row[f"casing_{series}"])
            name = f"DN{row['dn']}" + ("" if series == 1 else f"_{series}")
            found[name] = PipeType(outer - 2.0 * wall, wall, 0.5 * (casing - outer), _K_FOAM)
    return MappingProxyType(found)


def types_of(path: Path) -> Mapping[str, PipeType]:
    """Types of a file with the columns name, dh_m, dWall_m, kIns_W_mK, dIns_m; more are ignored.

    Raises:
        ValueError: not such a file; says what is wrong with it.
    """
    try:
        rows = _rows(path)
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ValueError("is not a text file") from None
    if missing := sorted(_COLUMNS - set(rows[0] if rows else ())):
        raise ValueError(f"has no column {', '.join(missing)}")
    return MappingProxyType({row["name"]: _type(row, i) for i, row in enumerate(rows, 1)})


def _type(row: Mapping[str, str], number: int) -> PipeType:
    columns = ("dh_m", "dWall_m", "dIns_m", "kIns_W_mK")
    try:
        found = PipeType(*[float(row[column]) for column in columns])
    except (TypeError, ValueError):
        raise ValueError(f"pipe {number}: {', '.join(columns)} must be numbers") from None
    if not all(0.0 < v < 10.0 for v in vars(found).values()):
        raise ValueError(f"pipe {number}: {', '.join(columns)} must be > 0 and < 10")
    return found


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(line for line in file if not line.startswith("#")))
