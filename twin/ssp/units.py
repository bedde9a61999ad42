"""Units and types of connectors against the FMUs and against each other."""

from collections.abc import Mapping

from twin.errors import BadInput, refuse, unknown
from twin.plant.variable import FmuVariable
from twin.signals import conversion
from twin.ssp.fmu_facts import FmuFacts
from twin.ssp.structure import Component, Connection, Connector, Linear, System
from twin.ssp.trace import Node, Path, feeds

_TYPES = {"Float64": "Real", "Float32": "Real"} | {
    f"{sign}Int{bits}": "Integer" for sign in ("", "U") for bits in (8, 16, 32, 64)
}
_CLOSE = 1e-12


def ssp_type(variable: FmuVariable) -> str:
    """`Real`, `Integer`, `Boolean`...: the name that SSP has for the type of a variable."""
    return _TYPES.get(variable.type, variable.type)


def ssp_kind(variable: FmuVariable) -> str:
    """The kind of a connector for a variable; what can only be read is an output."""
    return variable.causality if variable.causality in _KINDS else "output"


_KINDS = ("input", "output", "parameter", "calculatedParameter")


def check_connectors(component: Component, facts: FmuFacts) -> None:
    """Every connector is a variable of the FMU, of its kind, type and unit, or BadInput."""
    for name, connector in component.connectors.items():
        if name not in facts.variables:
            raise unknown(connector.place, "variable", name, facts.variables)
        variable = facts.variables[name]
        if connector.kind != ssp_kind(variable):
            rule = f"the FMU has it as {variable.causality}"
            raise refuse(f"{connector.place} kind", connector.kind, rule)
        if connector.type is not None and connector.type != ssp_type(variable):
            raise refuse(f"{connector.place} type", connector.type, f"the FMU has {variable.type}")
        if connector.unit and variable.unit and not _same(connector.unit, variable.unit):
            raise refuse(f"{connector.place} unit", connector.unit, f"the FMU has {variable.unit}")


def check_conversions(system: System, facts: Mapping[str, FmuFacts]) -> None:
    """No connection does more to a value than to convert its unit, or BadInput."""
    for target, feed in feeds(system).items():
        source = _unit(system, feed.source, facts)
        _check_change(feed.connection, source, _unit(system, target, facts))


def _check_change(connection: Connection, source: str | None, target: str | None) -> None:
    wanted = Linear()
    if source and target and source != target:
        try:
            wanted = Linear(*conversion(source, target))
        except BadInput as error:
            raise BadInput(f"{connection.place}: {error}") from error
    change = connection.change or Linear()
    total = _after(wanted, change) if connection.converts_units else change
    if not _close(total.factor, wanted.factor) or not _close(total.offset, wanted.offset):
        raise BadInput(
            f"{connection.place}: gives {total.factor:g} * value + {total.offset:g}, but a"
            f" connection of a site only converts units ({source or 'none'} to {target or 'none'})"
        )


def _after(first: Linear, then: Linear) -> Linear:
    return Linear(then.factor * first.factor, then.factor * first.offset + then.offset)


def _close(a: float, b: float) -> bool:
    return abs(a - b) <= _CLOSE * max(abs(a), abs(b))


def _same(a: str, b: str) -> bool:
    if a == b:
        return True
    try:
        return conversion(a, b) == (1.0, 0.0)
    except BadInput:
        return False


def _unit(system: System, node: Node, facts: Mapping[str, FmuFacts]) -> str | None:
    path, name = node
    element = _at(system, path)
    connector: Connector = element.connectors[name]
    if isinstance(element, System):
        return connector.unit
    return facts[element.source].variables[name].unit


def _at(system: System, path: Path) -> Component | System:
    found: Component | System = system
    for word in path:
        assert isinstance(found, System)  # paths come from walking the tree
        found = found.elements[word]
    return found
