"""Pipe rigs whose measurements the data folder may hold, and what other tools reach on them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hil.validation.case import Case, Rival, errors
from hil.validation.pipe import Host, Pipe, here, validate
from hil.validation.record import numbers

Walls = Mapping[str, tuple[float, float]]
"""Wall material → heat capacity [J/(m3.K)] and conductivity [W/(m.K)]."""


@dataclass(frozen=True)
class Rig:
    """A pipe in air as its publication describes it: lengths in m, conductivity [W/(m.K)].

    `ambient` [degC] is used where a record has none; `published` holds the best figure of another
    tool [K] by case.
    """

    prefix: str
    length: float
    inner_diameter: float
    wall: float
    wall_material: str
    insulation: float
    k_insulation: float
    ambient: float
    published: Mapping[str, Rival]

    def pipe(self, walls: Walls) -> Pipe:
        """The rig as the model takes it."""
        c_wall, k_wall = walls[self.wall_material]
        return Pipe(
            length=self.length,
            inner_diameter=self.inner_diameter,
            wall=self.wall,
            insulation=self.insulation,
            k_insulation=self.k_insulation,
            c_wall=c_wall,
            k_wall=k_wall,
            ambient=self.ambient,
        )


RIGS = (
    Rig(
        prefix="pipe_graz_",  # Schweiger et al., Energy 164, 2018; k between its two classes
        length=60.33,
        inner_diameter=0.020,
        wall=0.001,
        wall_material="copper",
        insulation=0.013,
        k_insulation=0.0415,
        ambient=23.0,
        published={},
    ),
    Rig(
        prefix="pipe_ulg_",  # van der Heijde et al., Energy Conversion and Management 151, 2017
        length=39.0,
        inner_diameter=0.05248,
        wall=0.0039,
        wall_material="steel",
        insulation=0.013,
        k_insulation=0.04,
        ambient=18.0,
        published={"pipe_ulg_151202": Rival("IBPSA", 0.507)},
    ),
)


def cases(data: Path, fmu: Path, walls: Walls, host: Host = here) -> list[Case]:
    """Every record of a known rig in `data`, compared with the FMU at `fmu`, run by `host`."""
    return [
        validate(path, rig.pipe(walls), fmu, rig.published.get(path.stem) or best_tool(path), host)
        for rig in RIGS
        for path in records(data, rig.prefix)
    ]


def records(data: Path, prefix: str) -> Sequence[Path]:
    """Records of a rig in a folder, by name; `NAME_tools.csv` holds what others predict."""
    return sorted(p for p in data.glob(f"{prefix}*.csv") if not p.stem.endswith("_tools"))


def best_tool(path: Path) -> Rival | None:
    """The best of the other tools' predictions that lie beside a record, None without any.

    Its columns are time, inlet, measured outlet, then one a tool [degC].
    """
    beside = path.with_name(f"{path.stem}_tools.csv")
    if not beside.exists():
        return None
    header, table = numbers(beside)
    found = [
        Rival(name, errors(table[:, 2], column)["rmse_K"])
        for name, column in zip(header[3:], table.T[3:], strict=True)
    ]
    return min(found, key=lambda rival: rival.figure, default=None)
