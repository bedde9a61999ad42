"""What an .fmu says of itself, without loading it."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from twin.errors import BadInput
from twin.plant.archive import unpack
from twin.plant.description import read_description
from twin.plant.variable import FmuVariable
from twin.plant.xml_reader import read_xml

_FILE = "modelDescription.xml"
_EXPONENTS = ("kg", "m", "s", "A", "K", "mol", "cd", "rad", "factor", "offset")


@dataclass(frozen=True)
class FmuFacts:
    """Variables by name, and base units (`kg`, `m`... and `factor`, `offset`) by unit name."""

    variables: Mapping[str, FmuVariable]
    units: Mapping[str, Mapping[str, str]]


def read_fmu(path: Path, shown: str | None = None) -> FmuFacts:
    """Read the description of the FMU at `path`, which messages call `shown`.

    Raises:
        BadInput: the archive or the description is not to be trusted or not to be understood.
    """
    with tempfile.TemporaryDirectory(prefix="hukka-fmu-") as name:
        folder = Path(name)
        try:
            unpack(path, folder)
            variables = read_description(folder / _FILE).variables
            units = _units(folder / _FILE)
        except BadInput as error:
            place = shown or str(path)
            text = str(error).replace(f"{folder}/", f"{place}: ").replace(str(path), place)
            raise BadInput(text) from error
    return FmuFacts(variables, units)


def _units(path: Path) -> dict[str, dict[str, str]]:
    found = {}
    for unit in read_xml(path).iterfind("UnitDefinitions/Unit"):
        base = unit.find("BaseUnit")
        given = {} if base is None else base.attrib
        found[unit.get("name", "")] = {k: given[k] for k in _EXPONENTS if k in given}
    return found
