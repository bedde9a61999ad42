"""Parameter values put to the variables that they name, with the standard's precedence."""

from collections.abc import Mapping

from twin.errors import BadInput, refuse
from twin.plant.variable import FmuVariable
from twin.signals import conversion
from twin.ssp.fmu_facts import FmuFacts
from twin.ssp.structure import Component, System, Value
from twin.ssp.trace import Node, Path, components, systems
from twin.ssp.words import number

_INTEGERS = {"Integer", *(f"{sign}Int{bits}" for sign in ("", "U") for bits in (8, 16, 32, 64))}


def assigned(
    system: System, facts: Mapping[str, FmuFacts]
) -> tuple[dict[Node, Value], tuple[Value, ...]]:
    """Values by node, and those that name nothing: the standard ignores them.

    What is bound to an outer system prevails over what is bound further in; of values bound to
    one element the later one prevails.
    """
    found: dict[Node, Value] = {}
    unused: list[Value] = []
    for path, component in components(system):
        for value in component.values:
            node = _in_component(component, path, value.name, facts)
            _take(found, unused, node, value)
    for path, inner in systems(system):
        for value in inner.values:
            _take(found, unused, _in_system(inner, path, value.name, facts), value)
    return found, tuple(unused)


def plain(value: Value, variable: FmuVariable) -> float:
    """The value in the [unit] of `variable`.

    Raises:
        BadInput: another type or quantity, no number, or outside the variable's range.
    """
    place = value.place
    if value.type in ("String", "Enumeration", "Binary"):
        raise refuse(f"{place} type", value.type, "a site carries numbers and truths only")
    if variable.is_array or variable.type in ("String", "Binary", "Clock", "Enumeration"):
        raise refuse(f"{place}: type of {variable.name}", variable.type, "must be a single number")
    result = _number(place, value)
    if variable.type in _INTEGERS and result != int(result):
        raise refuse(place, result, f"must be a whole number, {variable.name} is one")
    if value.converts_units and value.unit and variable.unit and value.unit != variable.unit:
        try:
            factor, offset = conversion(value.unit, variable.unit)
        except BadInput as error:
            raise BadInput(f"{place}: {error}") from error
        result = factor * result + offset
    if value.change is not None:
        result = value.change.factor * result + value.change.offset
    variable.check_range(place, result)
    return result


def _number(place: str, value: Value) -> float:
    if value.type == "Boolean":
        if value.text not in ("true", "false", "1", "0"):
            raise refuse(place, value.text, "must be true or false")
        return float(value.text in ("true", "1"))
    return number(place, value.text)


def _take(found: dict[Node, Value], unused: list[Value], node: Node | None, value: Value) -> None:
    if node is None:
        unused.append(value)
    else:
        found[node] = value


def _in_component(
    component: Component, path: Path, name: str, facts: Mapping[str, FmuFacts]
) -> Node | None:
    return (path, name) if name in facts[component.source].variables else None


def _in_system(system: System, path: Path, name: str, facts: Mapping[str, FmuFacts]) -> Node | None:
    """The node of a hierarchical name such as `B.C.P2`; names may have dots of their own."""
    if name in system.connectors:
        return path, name
    for word, element in system.elements.items():
        if not name.startswith(f"{word}."):
            continue
        rest, inner = name.removeprefix(f"{word}."), (*path, word)
        look = _in_component if isinstance(element, Component) else _in_system
        if (node := look(element, inner, rest, facts)) is not None:  # type: ignore[arg-type]
            return node
    return None
