"""Parameter sets of SSP: one file of values with their units."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from twin.errors import refuse
from twin.ssp.structure import SSV
from twin.ssp.write_xml import add, add_units, root, to_bytes


@dataclass(frozen=True)
class Written:
    """A value [unit] of an SSP type, as it will stand in a parameter set."""

    name: str
    type: str
    value: float
    unit: str | None


def parameter_set(
    name: str, values: Iterable[Written], units: Mapping[str, Mapping[str, str]]
) -> bytes:
    """An .ssv file; reading it back gives the same bits of every value.

    Raises:
        BadInput: a value of a type that a site's number cannot be.
    """
    element = root(SSV, "ParameterSet", name)
    group = add(element, SSV, "Parameters")
    used = set()
    for value in values:
        unit = value.unit if value.unit in units and value.type == "Real" else None
        parameter = add(group, SSV, "Parameter", name=value.name)
        add(parameter, SSV, value.type, value=_text(value), unit=unit)
        used.add(unit)
    add_units(element, SSV, {unit: base for unit, base in units.items() if unit in used})
    return to_bytes(element)


def _text(value: Written) -> str:
    if not isinstance(value.value, int | float):
        raise refuse(value.name, value.value, "only numbers, true and false are written to SSP")
    match value.type:
        case "Real":
            return repr(float(value.value))
        case "Integer":
            return str(int(value.value))
        case "Boolean":
            return "true" if value.value else "false"
    raise refuse(value.name, value.type, "cannot be written to a parameter set from a number")
