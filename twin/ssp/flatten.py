"""A tree of systems as the flat plant that a site has: parts, connections, parameters, inputs."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from twin.errors import BadInput
from twin.plant.variable import FmuVariable
from twin.ssp.assign import assigned, plain
from twin.ssp.fmu_facts import FmuFacts
from twin.ssp.names import plain_names
from twin.ssp.structure import Component, Structure, Value
from twin.ssp.trace import GIVES, Node, Path, components, feeds, show, way_to
from twin.ssp.units import check_connectors, check_conversions


@dataclass(frozen=True)
class FlatPart:
    """One FMU: where it is in the archive, what it was called, and its parameter values."""

    source: str
    original: str
    parameters: Mapping[str, float]
    """Parameter: value in the FMU's unit."""


@dataclass(frozen=True)
class OutsideInput:
    """An input that no part feeds, and the value that it keeps [unit], if there is one."""

    value: float | None
    unit: str | None
    connector: str | None
    """Connector of the outermost system that it hangs on."""


@dataclass(frozen=True)
class FlatPlant:
    """Everything that a site can take from a system structure; names are PART.VARIABLE."""

    parts: Mapping[str, FlatPart]
    connections: tuple[tuple[str, str], ...]
    inputs: Mapping[str, OutsideInput]
    outputs: Mapping[str, str | None]
    """What the outermost system shows: variable and its unit."""
    notes: tuple[str, ...]


def flatten(structure: Structure, facts: Mapping[str, FmuFacts]) -> FlatPlant:
    """The plant in `structure`; `facts` by the FMU's name in the archive.

    Raises:
        BadInput: what does not fit the FMUs or itself, or what no site can say.
    """
    return _Flattening(structure, facts).plant()


@dataclass
class _Flattening:
    structure: Structure
    facts: Mapping[str, FmuFacts]
    connections: list[tuple[str, str]] = field(default_factory=list)
    inputs: dict[str, OutsideInput] = field(default_factory=dict)
    used: set[Node] = field(default_factory=set)

    def plant(self) -> FlatPlant:
        system = self.structure.system
        members = dict(components(system))
        for component in members.values():
            check_connectors(component, self.facts[component.source])
        self.names = dict(zip(members, plain_names("_".join(p) for p in members), strict=True))
        self.fed_by = feeds(system)
        check_conversions(system, self.facts)
        self.values, unused = assigned(system, self.facts)
        parts = {self.names[p]: self._part(p, c) for p, c in members.items()}
        outputs = self._outputs()
        notes = [f"{value.place}: nothing is called that, not used" for value in unused]
        return FlatPlant(
            parts, tuple(self.connections), self.inputs, outputs, (*notes, *self._idle())
        )

    def _part(self, path: Path, component: Component) -> FlatPart:
        parameters = {}
        for variable in self.facts[component.source].variables.values():
            node = (path, variable.name)
            match variable.causality:
                case "input":
                    self._input(node, variable)
                case "parameter":
                    if (value := self._parameter(node)) is not None:
                        parameters[variable.name] = plain(value, variable)
                case _ if node in self.values:
                    raise BadInput(
                        f"{self.values[node].place}: is no parameter and no input of its FMU; a"
                        " site cannot give it a start value"
                    )
        return FlatPart(component.source, show((path[:-1], path[-1])), parameters)

    def _input(self, node: Node, variable: FmuVariable) -> None:
        way, name = way_to(node, self.fed_by), self._name(node)
        end = way.nodes[-1]
        if len(way.nodes) > 1 and end[0] in self.names:
            self.connections.append((self._name(end), name))
            return
        value = self._outermost(way.nodes)
        start = variable.start if value is None else plain(value, variable)
        connector = end[1] if end[0] == () else None
        self.inputs[name] = OutsideInput(start, variable.unit, connector)

    def _parameter(self, node: Node) -> Value | None:
        way = way_to(node, self.fed_by)
        if len(way.nodes) > 1 and way.nodes[-1][0] in self.names:
            place = way.feeds[0].connection.place
            raise BadInput(f"{place}: a site cannot feed a parameter from another part")
        return self._outermost(way.nodes)

    def _outermost(self, nodes: tuple[Node, ...]) -> Value | None:
        """The value bound to the last of `nodes` that has one."""
        bound = [node for node in nodes if node in self.values]
        self.used.update(bound)
        return self.values[bound[-1]] if bound else None

    def _outputs(self) -> dict[str, str | None]:
        found: dict[str, str | None] = {}
        for name, connector in self.structure.system.connectors.items():
            node = ((), name)
            end = way_to(node, self.fed_by).nodes[-1]
            if connector.kind in GIVES and end[0] in self.names:
                source = dict(components(self.structure.system))[end[0]].source
                found[self._name(end)] = self.facts[source].variables[end[1]].unit
        return found

    def _idle(self) -> list[str]:
        """Values for what is fed by another part, or hangs on nothing."""
        idle = [value for node, value in self.values.items() if node not in self.used]
        return [f"{value.place}: sets nothing that a site keeps, not used" for value in idle]

    def _name(self, node: Node) -> str:
        return f"{self.names[node[0]]}.{node[1]}"
