"""What a network consists of: pipes from node to node, consumers, bypasses; mistakes with place.

Lengths are in m, conductivities in W/(m.K), flows in kg/s.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from fmus.district_network.catalogue import PipeType, own_types, types_of
from fmus.district_network.tree import PLANT, Place, Tree, mistakes, tree_of
from fmus.structure import Structure as Base
from twin.errors import did_you_mean

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]*$", max_length=40)]
Size = Annotated[float, Field(gt=0.0, lt=10.0)]

METRES_PER_CELL = 60.0
"""Length that a cell of a pipe is given unless told otherwise [m]."""
_DIMENSIONS = ("inner_diameter", "wall", "insulation", "k_insulation")


class Pipe(Base):
    """A twin pipe, supply and return in one trench, that leads away from the plant.

    Dimensions come from `type` or are all four given; given ones replace those of the type.
    """

    name: Name
    source: Name = Field(alias="from")
    target: Name = Field(alias="to")
    length: float = Field(ge=1.0, le=50e3)
    type: str | None = None
    inner_diameter: Size | None = None
    wall: Size | None = None
    insulation: Size | None = None
    k_insulation: Size | None = None
    cells: int | None = Field(default=None, ge=3, le=200)

    @property
    def cell_count(self) -> int:
        """Cells of each of the two pipes: as told, or one per 60 m, at least 3, at most 12."""
        return self.cells or min(max(round(self.length / METRES_PER_CELL), 3), 12)

    @property
    def given(self) -> dict[str, float]:
        """The dimensions that this pipe gives itself."""
        found = {key: getattr(self, key) for key in _DIMENSIONS}
        return {key: value for key, value in found.items() if value is not None}


class Consumer(Base):
    """A substation at a node; `share` is its part of the demand and of all that substations have.

    All shares or none are given; without, all consumers are equal.
    """

    node: Name
    name: Name | None = None
    share: float | None = Field(default=None, gt=0.0, le=1.0)

    @property
    def called(self) -> str:
        """Its name, which is the node's unless it has one."""
        return self.name or self.node


class Bypass(Base):
    """A valve from supply to return at a node; `m_open` is its flow at 1 bar, open [kg/s]."""

    node: Name
    m_open: float = Field(default=25.0, gt=0.0, le=1000.0)


_HALF = {"length": 750.0, "type": "DN200_2"}


class Structure(Base):
    """The network; the default is a main with a near and a far consumer."""

    pipes: tuple[Pipe, ...] = Field(
        default=(
            Pipe.model_validate({"name": "main_1", "from": PLANT, "to": "near", **_HALF}),
            Pipe.model_validate({"name": "main_2", "from": "near", "to": "far", **_HALF}),
        ),
        min_length=1,
        max_length=200,
    )
    consumers: tuple[Consumer, ...] = Field(
        default=(Consumer(node="near", share=0.4), Consumer(node="far", share=0.6)), min_length=1
    )
    bypasses: tuple[Bypass, ...] | None = None
    """None: one at the critical consumer."""
    critical: Name | None = None
    """Consumer that T_consumer and dp_consumer tell of; None: the last."""
    leak: Name | None = None
    """Node at which the fault `leak` lets supply water out; None: the critical consumer's."""
    catalogue: Path | None = Field(default=None, exclude=True)
    """File with pipe types in the format of isoplus's, relative to the `folder` of the validation's
    context if there is one; None: our own of EN 253 pipes. What it says of the types that are
    used is in `sizes`, so a copy of the structure tells all."""
    transport: Literal["smooth", "sharp"] = "smooth"
    valve: Literal["linear", "equal_percentage"] = "linear"
    faults: Literal["whole", "each"] = "whole"
    """`each`: also one tunable fault for every pipe, node and consumer."""
    consumer_outputs: bool | None = None
    """Outputs of every consumer; None: if there are more than two."""
    step: float = Field(default=1.0, gt=0.0, le=60.0)
    """Longest internal step of the Co-Simulation integrator [s]."""

    @field_validator("catalogue", mode="after")
    @classmethod
    def _beside_the_site(cls, path: Path | None, info: ValidationInfo) -> Path | None:
        folder = (info.context or {}).get("folder")
        return path if path is None or folder is None else Path(folder) / path

    @model_validator(mode="after")
    def _refuse_mistakes(self) -> Self:
        found = list(self._mistakes())
        if found:
            raise ValidationError.from_exception_data(type(self).__name__, found)
        return self

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sizes(self) -> tuple[PipeType, ...]:
        """Dimensions of every pipe, in order."""
        return tuple(self.type_of(pipe) for pipe in self.pipes)

    @property
    def ends(self) -> list[tuple[str, str]]:
        """Of each pipe the nodes it begins and ends at."""
        return [(pipe.source, pipe.target) for pipe in self.pipes]

    @property
    def tree(self) -> Tree:
        """The graph, in order."""
        return tree_of(self.ends)

    @property
    def critical_consumer(self) -> int:
        """Number of the consumer that T_consumer and dp_consumer tell of."""
        if self.critical is None:
            return len(self.consumers) - 1
        return [c.called for c in self.consumers].index(self.critical)

    @property
    def all_bypasses(self) -> tuple[Bypass, ...]:
        """The bypasses, with the one that there is unless told otherwise."""
        if self.bypasses is None:
            return (Bypass(node=self.consumers[self.critical_consumer].node),)
        return self.bypasses

    @property
    def leak_node(self) -> str:
        """Where the fault `leak` is."""
        return self.leak or self.consumers[self.critical_consumer].node

    def types(self) -> Mapping[str, PipeType]:
        """Pipe types that can be named; ValueError says what is wrong with the catalogue."""
        return own_types() if self.catalogue is None else types_of(self.catalogue)

    def type_of(self, pipe: Pipe) -> PipeType:
        """Dimensions of one of the pipes."""
        of_type = vars(self.types()[pipe.type]) if pipe.type else {}
        return PipeType(**{**of_type, **pipe.given})

    def _mistakes(self) -> Iterator[InitErrorDetails]:
        for place, rule in (*_double(self), *mistakes(self.ends), *_types(self), *_nodes(self)):
            yield InitErrorDetails(
                type=PydanticCustomError("structure", "{rule}", {"rule": rule}),
                loc=place,
                input=_at(self, place),
            )


def _double(s: Structure) -> Iterator[tuple[Place, str]]:
    named = {
        "pipes": [("name", pipe.name) for pipe in s.pipes],
        "consumers": [("name" if c.name else "node", c.called) for c in s.consumers],
        "bypasses": [("node", bypass.node) for bypass in s.bypasses or ()],
    }
    for group, keys in named.items():
        names = [name for _, name in keys]
        for i, (key, name) in enumerate(keys):
            if (first := names.index(name)) < i:
                yield (group, i, key), f"the name {name!r} is taken by {group}[{first}]"


def _types(s: Structure) -> Iterator[tuple[Place, str]]:
    try:
        known = s.types()
    except ValueError as error:
        yield ("catalogue",), str(error)
        return
    for i, pipe in enumerate(s.pipes):
        if pipe.type is not None and pipe.type not in known:
            rule = f"unknown pipe type {pipe.type!r}{did_you_mean(pipe.type, known)}"
            yield ("pipes", i, "type"), rule
        if pipe.type is None and (missing := set(_DIMENSIONS) - set(pipe.given)):
            rule = f"a pipe without a type must give {', '.join(sorted(missing))}"
            yield ("pipes", i), rule


def _nodes(s: Structure) -> Iterator[tuple[Place, str]]:
    known = {PLANT, *(pipe.target for pipe in s.pipes)}
    places: list[tuple[Place, str | None]] = [(("leak",), s.leak)]
    places += [(("consumers", i, "node"), c.node) for i, c in enumerate(s.consumers)]
    places += [(("bypasses", i, "node"), b.node) for i, b in enumerate(s.bypasses or ())]
    for place, node in places:
        if node is not None and node not in known:
            yield place, f"unknown node {node!r}{did_you_mean(node, known)}"
    names = [c.called for c in s.consumers]
    if s.critical is not None and s.critical not in names:
        near = did_you_mean(s.critical, names)
        yield ("critical",), f"unknown consumer {s.critical!r}{near}"
    yield from _shares(s)


def _shares(s: Structure) -> Iterator[tuple[Place, str]]:
    shares = [c.share for c in s.consumers if c.share is not None]
    if not shares:
        return
    for i, consumer in enumerate(s.consumers):
        if consumer.share is None:
            yield ("consumers", i), "missing key 'share': all consumers have one, or none has"
    if len(shares) == len(s.consumers) and abs(sum(shares) - 1.0) > 1e-6:
        yield ("consumers",), f"shares add up to {sum(shares):g}: must add up to 1"


def _at(s: Structure, place: Place) -> object:
    """The value at a place of a structure."""
    value: object = s
    for key in place:
        match value, key:
            case tuple(), int():
                value = value[key]
            case _:
                value = getattr(value, {"from": "source", "to": "target"}.get(str(key), str(key)))
    return value
