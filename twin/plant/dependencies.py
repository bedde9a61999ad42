"""ModelStructure of an FMU: which states and inputs each derivative and output depends on."""

from collections.abc import Callable, Mapping, Sequence
from xml.etree.ElementTree import Element

from twin.plant.variable import FmuVariable

Told = Mapping[str, tuple[str, ...]]

_PLACES = {
    2: ("ModelStructure/Derivatives/Unknown", "ModelStructure/Outputs/Unknown"),
    3: ("ModelStructure/ContinuousStateDerivative", "ModelStructure/Output"),
}


def read_dependencies(
    root: Element, fmi: int, variables: Mapping[str, FmuVariable]
) -> dict[str, tuple[str, ...]]:
    """Name of a derivative or output -> names of states and inputs; who is missing says nothing.

    Whatever cannot be read says nothing: this is there to save work only.
    """
    name_of = _by_index(root) if fmi == 2 else _by_reference(variables)
    key = "index" if fmi == 2 else "valueReference"
    told: dict[str, tuple[str, ...]] = {}
    for place in _PLACES[fmi]:
        for unknown in root.iterfind(place):
            name, text = name_of(unknown.get(key, "")), unknown.get("dependencies")
            if name is None or text is None:
                continue
            on = [name_of(word) for word in text.split()]
            if None not in on:
                told[name] = tuple(n for n in on if n is not None)
    return told


def _by_index(root: Element) -> Callable[[str], str | None]:
    variables = root.iterfind("ModelVariables/ScalarVariable")
    return {str(i): v.get("name", "") for i, v in enumerate(variables, 1)}.get


def _by_reference(variables: Mapping[str, FmuVariable]) -> Callable[[str], str | None]:
    """Arrays have one reference for many numbers, so they say nothing."""
    names = {str(v.vr): v.name for v in variables.values() if not v.is_array and v.array is None}
    return names.get


def reaching(outputs: Sequence[str], states: Mapping[str, str], told: Told) -> set[str]:
    """States that any of `outputs` depends on, at once or through others.

    Args:
        outputs: names.
        states: name of a state -> name of its derivative.
        told: as of `read_dependencies`; who says nothing depends on every state.
    """
    found: set[str] = set()
    ahead = list(outputs)
    while ahead:
        new = {n for n in told.get(ahead.pop(), states) if n in states} - found
        found |= new
        ahead += [states[n] for n in new]
    return found
