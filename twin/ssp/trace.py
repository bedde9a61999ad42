"""Who feeds whom in a tree of systems: every end followed back to where its value comes from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from twin.errors import BadInput, did_you_mean
from twin.ssp.structure import Component, Connection, Connector, End, System

Path = tuple[str, ...]
"""Names of the elements from the outermost system inwards; empty for that system itself."""

Node = tuple[Path, str]
"""A connector or variable of the element at a path."""

GIVES = ("output", "calculatedParameter")
TAKES = ("input", "parameter")


@dataclass(frozen=True)
class Feed:
    """What feeds a node, and by which connection."""

    source: Node
    connection: Connection


@dataclass(frozen=True)
class Way:
    """A value's way to a node, backwards: the nodes that it comes from and the connections.

    It ends at a component's output, at a connector of the outermost system, or in the middle,
    at a node that nothing feeds.
    """

    nodes: tuple[Node, ...]
    feeds: tuple[Feed, ...]


def components(system: System, path: Path = ()) -> Iterator[tuple[Path, Component]]:
    """All components, in the order of the file."""
    for name, element in system.elements.items():
        if isinstance(element, Component):
            yield (*path, name), element
        else:
            yield from components(element, (*path, name))


def systems(system: System, path: Path = ()) -> Iterator[tuple[Path, System]]:
    """All systems, the innermost first."""
    for name, element in system.elements.items():
        if isinstance(element, System):
            yield from systems(element, (*path, name))
    yield path, system


def feeds(system: System) -> dict[Node, Feed]:
    """What feeds each node.

    Raises:
        BadInput: a connection names what is not there, joins two ends of one direction, or a
            node has two writers.
    """
    found: dict[Node, Feed] = {}
    for path, inner in systems(system):
        for connection in inner.connections:
            source, target = _directed(inner, path, connection)
            if target in found:
                first = found[target].connection.place
                raise BadInput(f"{connection.place}: {show(target)} is already fed at {first}")
            found[target] = Feed(source, connection)
    return found


def way_to(node: Node, fed_by: Mapping[Node, Feed]) -> Way:
    """Follow a node back as far as connections go; BadInput when they go in a circle."""
    nodes, way = [node], []
    while (feed := fed_by.get(nodes[-1])) is not None:
        if feed.source in nodes:
            raise BadInput(f"{feed.connection.place}: the connections of systems go in a circle")
        way.append(feed)
        nodes.append(feed.source)
    return Way(tuple(nodes), tuple(way))


def show(node: Node) -> str:
    """A node as people write it."""
    return ".".join((*node[0], node[1]))


def _directed(system: System, path: Path, connection: Connection) -> tuple[Node, Node]:
    """Source and target of a connection: its ends are not said to be in that order."""
    first, second = (_end(system, path, connection, end) for end in connection.ends)
    if first[1] == second[1]:
        word = "give a value" if first[1] else "take a value"
        raise BadInput(f"{connection.place}: both ends {word}, one must give and one take it")
    return (first[0], second[0]) if first[1] else (second[0], first[0])


def _end(system: System, path: Path, connection: Connection, end: End) -> tuple[Node, bool]:
    """The node of one end, and whether it gives a value here."""
    if end.element is None:
        found = _connector(connection, system.name, system.connectors, end.connector)
        return (path, end.connector), found.kind in TAKES  # what a system takes it gives inside
    if end.element not in system.elements:
        near = did_you_mean(end.element, system.elements)
        raise BadInput(f"{connection.place}: unknown element {end.element!r}{near}")
    element = system.elements[end.element]
    found = _connector(connection, end.element, element.connectors, end.connector)
    return ((*path, end.element), end.connector), found.kind in GIVES


def _connector(
    connection: Connection, owner: str, connectors: Mapping[str, Connector], name: str
) -> Connector:
    if name not in connectors:
        near = did_you_mean(name, connectors)
        raise BadInput(f"{connection.place}: {owner} has no connector {name!r}{near}")
    if (kind := connectors[name].kind) not in (*GIVES, *TAKES):
        raise BadInput(f"{connection.place}: connector {name!r} of kind {kind} is not read here")
    return connectors[name]
