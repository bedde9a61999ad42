"""A site as components, connectors and connections: what of it a system structure can say."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from twin.errors import BadInput
from twin.plant.variable import FmuVariable
from twin.signals import conversion
from twin.site.model import Constant, Site
from twin.site.quantity import si_unit
from twin.site.refs import part_of, variable_of
from twin.ssp.fmu_facts import FmuFacts
from twin.ssp.names import distinct
from twin.ssp.structure import Linear
from twin.ssp.units import ssp_type
from twin.ssp.write_values import Written

Facts = Mapping[str, FmuFacts]
"""Part: what its FMU says of itself."""


@dataclass(frozen=True)
class Wire:
    """A connection; an end is (part, variable), or (None, connector) for one of the system."""

    source: tuple[str | None, str]
    target: tuple[str | None, str]
    change: Linear | None
    """Where the units of the ends differ."""


@dataclass(frozen=True)
class Outside:
    """A connector of the system: an input or an output, and the plant variable behind it."""

    name: str
    kind: str
    variable: FmuVariable


def outside_inputs(site: Site, facts: Facts) -> dict[str, Outside]:
    """Plant input: the system's input for it. The boundary comes first, then commands."""
    targets = [*site.boundary, *site.commands]
    found: dict[str, Outside] = {}
    for target in targets:
        name = distinct(target.replace(".", "_"), (o.name for o in found.values()))
        found[target] = Outside(name, "input", _variable(facts, target))
    return found


def outside_outputs(site: Site, facts: Facts, taken: Mapping[str, Outside]) -> dict[str, Outside]:
    """Plant output: the system's output for it, of everything that a signal measures.

    A signal on an input that comes from outside is no output: the system's input shows it.
    """
    fed_by = {c.target: c.source for c in site.plant.connections}
    found: dict[str, Outside] = {}
    for signal in site.signals:
        variable = site.variable(signal)
        source = fed_by.get(variable, variable)
        if source in taken or source in found:
            continue
        used = (o.name for o in (*taken.values(), *found.values()))
        name = distinct(source.replace(".", "_"), used)
        found[source] = Outside(name, "output", _variable(facts, source))
    return found


def wires(
    site: Site, facts: Facts, inputs: Mapping[str, Outside], outputs: Mapping[str, Outside]
) -> Iterator[Wire]:
    """All connections of the system, those between parts first."""
    for c in site.plant.connections:
        change = _change(_variable(facts, c.source), _variable(facts, c.target))
        yield Wire(_end(c.source), _end(c.target), change)
    for target, outside in inputs.items():
        yield Wire((None, outside.name), _end(target), None)
    for source, outside in outputs.items():
        yield Wire(_end(source), (None, outside.name), None)


def part_values(site: Site, part: str, facts: Facts, *, everything: bool) -> list[Written]:
    """Parameter values of a part: those that the site sets, or `everything` the FMU has."""
    variables, given = facts[part].variables, site.plant.parts[part].parameters
    return [
        Written(v.name, ssp_type(v), given.get(v.name, v.start or 0.0), v.unit)
        for v in variables.values()
        if v.causality == "parameter"
        and (v.name in given or (everything and v.start is not None and _is_plain(v)))
    ]


def boundary_values(site: Site, inputs: Mapping[str, Outside]) -> list[Written]:
    """Values of the system's inputs that are constant at the site."""
    found = []
    for target, feed in site.boundary.items():
        if isinstance(feed, Constant):
            outside = inputs[target]
            unit = outside.variable.unit  # one without is given what a site's plant is: SI
            value = feed.value.to(unit or si_unit(feed.value.unit))
            found.append(Written(outside.name, ssp_type(outside.variable), value, unit))
    return found


def connectors(site: Site, part: str, facts: Facts, drawn: list[Wire]) -> list[FmuVariable]:
    """Variables of a part that become connectors: inputs, outputs, and what is used or set."""
    used = {end[1] for wire in drawn for end in (wire.source, wire.target) if end[0] == part}
    used |= set(site.plant.parts[part].parameters)
    return [
        v
        for v in facts[part].variables.values()
        if not v.is_array and (v.causality in ("input", "output") or v.name in used)
    ]


def resource_names(site: Site) -> dict[str, str]:
    """Part: its FMU's name in the archive; parts with one file share it.

    A built model is called as the site calls it, whatever its structure: that names its faults.
    """
    found: dict[str, str] = {}
    for part, declared in site.plant.parts.items():
        path = site.fmu_path(part)
        file = path.name if declared.fmu.endswith(".fmu") else f"{declared.fmu}.fmu"
        same = [p for p in found if site.fmu_path(p).resolve() == path.resolve()]
        name = f"resources/{file}"
        if same:
            name = found[same[0]]
        elif name.casefold() in (n.casefold() for n in found.values()):
            name = str(PurePosixPath("resources") / part / file)
        found[part] = name
    return found


def merged_units(facts: Facts) -> dict[str, Mapping[str, str]]:
    """Definitions of all units of all FMUs; BadInput where two FMUs disagree on one."""
    found: dict[str, Mapping[str, str]] = {}
    owner: dict[str, str] = {}
    for part, facts_of_part in facts.items():
        for unit, base in facts_of_part.units.items():
            if found.setdefault(unit, base) != base:
                raise BadInput(f"unit {unit!r}: {part} and {owner[unit]} define it differently")
            owner.setdefault(unit, part)
    return found


def _end(name: str) -> tuple[str | None, str]:
    return part_of(name), variable_of(name)


def _variable(facts: Facts, name: str) -> FmuVariable:
    return facts[part_of(name)].variables[variable_of(name)]


def _change(source: FmuVariable, target: FmuVariable) -> Linear | None:
    if source.unit == target.unit or not source.unit or not target.unit:
        return None
    return Linear(*conversion(source.unit, target.unit))


def _is_plain(variable: FmuVariable) -> bool:
    return not variable.is_array and ssp_type(variable) in ("Real", "Integer", "Boolean")
