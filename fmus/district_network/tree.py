"""The graph of a network: who feeds whom, in what order, and the one ring it may have."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from twin.errors import did_you_mean

PLANT = "plant"
"""Name of the node that feeds all others."""

Place = tuple[str | int, ...]
"""Where something stands in a structure, such as ("pipes", 3, "from")."""


@dataclass(frozen=True)
class Tree:
    """A network as a tree of pipes from the plant, by pipe number, and the chord that makes a ring.

    `ring` has the pipes of the ring with the direction in which the chord's own flow runs
    through them: +1 along the pipe, -1 against it.
    """

    nodes: tuple[str, ...]
    """The plant first, every other after the node that feeds it."""
    parent: dict[str, int]
    """Node → the pipe that leads to it; the plant has none."""
    children: dict[str, tuple[int, ...]]
    """Node → tree pipes that begin at it."""
    chord: int | None
    ring: dict[int, int]


Ends = Sequence[tuple[str, str]]
"""Of each pipe the nodes it begins and ends at."""


def mistakes(ends: Ends) -> Iterator[tuple[Place, str]]:
    """What keeps the pipes from being a tree with at most one ring: place and rule."""
    ends_at = {target for _, target in ends}
    closing = []
    fed: set[str] = set()
    for i, (source, target) in enumerate(ends):
        if source == target:
            yield ("pipes", i, "to"), "must be another node than where the pipe begins"
        elif target == PLANT:
            yield ("pipes", i, "to"), f"must lead away from {PLANT!r}"
        elif source != PLANT and source not in ends_at:
            near = did_you_mean(source, {PLANT, *ends_at})
            yield ("pipes", i, "from"), f"no pipe leads to node {source!r}{near}"
        elif target in fed:
            closing.append(i)
            if len(closing) > 1:
                first = f"the first closes at {ends[closing[0]][1]!r}"
                rule = f"closes a second ring, one is allowed ({first})"
                yield ("pipes", i, "to"), rule
        fed.add(target)
    yield from _cut_off(ends)


def _cut_off(ends: Ends) -> Iterator[tuple[Place, str]]:
    """Pipes that feed each other in a circle, without the plant."""
    reached, ends_at = {PLANT}, {target for _, target in ends}
    while new := {t for s, t in ends if s in reached} - reached:
        reached |= new
    for i, (source, _) in enumerate(ends):
        if source in ends_at and source not in reached:
            yield ("pipes", i, "from"), f"node {source!r} is not connected to the plant"


def tree_of(ends: Ends) -> Tree:
    """The tree of pipes without `mistakes`: whatever reaches a node second is the chord."""
    begin_at: dict[str, list[int]] = {}
    for i, (source, _) in enumerate(ends):
        begin_at.setdefault(source, []).append(i)
    nodes, parent, chord = [PLANT], dict[str, int](), None
    children: dict[str, tuple[int, ...]] = {}
    for node in nodes:  # grows while it is walked
        here = []
        for i in begin_at.get(node, []):
            target = ends[i][1]
            if target in parent:
                chord = i
                continue
            parent[target] = i
            nodes.append(target)
            here.append(i)
        children[node] = tuple(here)
    ring = {} if chord is None else _ring(chord, ends, parent)
    return Tree(tuple(nodes), parent, children, chord, ring)


def _ring(chord: int, ends: Ends, parent: dict[str, int]) -> dict[int, int]:
    """Flow along the chord comes through the pipes to its begin and relieves those to its end."""

    def to_plant(node: str) -> list[int]:
        pipes = []
        while node != PLANT:
            pipes.append(parent[node])
            node = ends[parent[node]][0]
        return pipes

    begin, end = (to_plant(node) for node in ends[chord])
    ring = {chord: 1}
    ring |= {i: 1 for i in begin if i not in end}
    ring |= {i: -1 for i in end if i not in begin}
    return ring
