"""What a system structure description says, before anybody asks whether it fits together."""

from collections.abc import Mapping
from dataclasses import dataclass

SSD = "http://ssp-standard.org/SSP1/SystemStructureDescription"
SSC = "http://ssp-standard.org/SSP1/SystemStructureCommon"
SSV = "http://ssp-standard.org/SSP1/SystemStructureParameterValues"
SSM = "http://ssp-standard.org/SSP1/SystemStructureParameterMapping"
FMU_TYPE = "application/x-fmu-sharedlibrary"

STRUCTURE_FILE = "SystemStructure.ssd"
OWN_FOLDER = "extra/hukka"
"""Where an archive of ours keeps what a system structure cannot say."""


@dataclass(frozen=True)
class Connector:
    """An end that connections may have. `place` is file and line, for messages."""

    name: str
    kind: str
    """`input`, `output`, `parameter`, `calculatedParameter` or `inout`."""
    type: str | None
    """`Real`, `Integer`, `Boolean`...; None where the file does not say."""
    unit: str | None
    place: str


@dataclass(frozen=True)
class Linear:
    """`target = factor * source + offset`."""

    factor: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class End:
    """One end of a connection; without an element it is a connector of the system itself."""

    element: str | None
    connector: str


@dataclass(frozen=True)
class Connection:
    """Two ends; which of them feeds the other their kinds say."""

    ends: tuple[End, End]
    change: Linear | None
    converts_units: bool
    """Whether units are converted before `change`; otherwise `change` is instead of that."""
    place: str


@dataclass(frozen=True)
class Value:
    """A value for the variable or connector `name`, as it is written, with its unit."""

    name: str
    type: str
    text: str
    unit: str | None
    change: Linear | None
    converts_units: bool
    place: str


@dataclass(frozen=True)
class Component:
    """An FMU in the structure; `source` is its place in the archive."""

    name: str
    source: str
    connectors: Mapping[str, Connector]
    values: tuple[Value, ...]
    """Values bound to it, the later ones of one name prevail."""
    place: str


@dataclass(frozen=True)
class System:
    """Elements and the connections among them and to its own connectors."""

    name: str
    connectors: Mapping[str, Connector]
    elements: "Mapping[str, Component | System]"
    connections: tuple[Connection, ...]
    values: tuple[Value, ...]
    place: str


@dataclass(frozen=True)
class Structure:
    """A whole description."""

    name: str
    description: str
    system: System
