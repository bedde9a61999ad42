"""ModelStructure of an FMU: its derivatives, and the state that each is the derivative of."""

from collections.abc import Mapping
from typing import NamedTuple
from xml.etree.ElementTree import Element

from twin.plant.variable import FmuVariable

_PLACES = {2: "ModelStructure/Derivatives/Unknown", 3: "ModelStructure/ContinuousStateDerivative"}


class Derivative(NamedTuple):
    """That of a continuous state."""

    name: str
    state: str | None
    """None where the FMU names no single variable that it is the derivative of."""


def read_derivatives(
    root: Element, fmi: int, variables: Mapping[str, FmuVariable]
) -> tuple[Derivative, ...]:
    """All of them, in the order of the states.

    A reference to nothing gives a name for messages and no state: to refuse it is for whoever needs
    to know the states.
    """
    declared = _by_index(root) if fmi == 2 else _by_reference(root)
    found: list[Derivative] = []
    for unknown in root.iterfind(_PLACES[fmi]):
        reference = unknown.get("index" if fmi == 2 else "valueReference", "")
        element = declared.get(reference)
        if element is None:
            found.append(Derivative(f"derivative {reference}", None))
            continue
        name = element.get("name", "")
        if variables[name].is_array:  # nobody tells apart the states of its elements
            several = range(1, variables[name].size + 1)
            found += [Derivative(f"{name}[{k}]", None) for k in several]
        else:
            found.append(Derivative(name, _state(element, declared, variables)))
    return tuple(found)


def _by_index(root: Element) -> dict[str, Element]:
    variables = root.iterfind("ModelVariables/ScalarVariable")
    return {str(i): element for i, element in enumerate(variables, 1)}


def _by_reference(root: Element) -> dict[str, Element]:
    return {e.get("valueReference", ""): e for e in root.iterfind("ModelVariables/*")}


def _state(
    element: Element, declared: Mapping[str, Element], variables: Mapping[str, FmuVariable]
) -> str | None:
    """What `derivative` points at or, where that is missing, what the name is said to derive."""
    typed = element[0] if element.tag == "ScalarVariable" else element
    reference = typed.get("derivative")
    if reference is not None:
        state = declared.get(reference)
        return None if state is None else state.get("name")
    name = element.get("name", "")
    inner = name.removeprefix("der(").removesuffix(")")  # der(tank.T[1]) is that of tank.T[1]
    return inner if name == f"der({inner})" and inner in variables else None
