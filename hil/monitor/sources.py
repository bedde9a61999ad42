"""What is read at a plant, line by line: plain data, for processes that know no site file."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from hil.bench.wiring import Tap
from hil.links.address import Address


@dataclass(frozen=True)
class Source:
    """A device that is read: a controller, or the remote I/O of one."""

    name: str
    """Of the controller."""
    unit: int
    map: str
    """Path of its register map."""
    taps: tuple[Tap, ...]
    """What is read of it; columns count from 0."""
    columns: tuple[int, ...]
    """Where each stands in a row: signals, then commands of the site."""


@dataclass(frozen=True)
class Line:
    """A line or connection, all of whose devices are asked by one process."""

    name: str
    address: Address
    sources: tuple[Source, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return {**asdict(self), "address": {**asdict(self.address), "given": []}}

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        address = dict(plain["address"])
        address["roles"] = tuple((role, right) for role, right in address["roles"])
        address["given"] = frozenset(address["given"])
        sources = tuple(
            Source(
                **{
                    **s,
                    "taps": tuple(Tap(**t) for t in s["taps"]),
                    "columns": tuple(s["columns"]),
                }
            )
            for s in plain["sources"]
        )
        return cls(plain["name"], Address(**address), sources)


@dataclass(frozen=True)
class Plan:
    """What a monitor reads, what it takes for granted, and what it cannot know."""

    lines: tuple[Line, ...]
    assumed: Mapping[int, float] = field(default_factory=dict)
    """Column of a row -> value that it always has [SI]."""
    unread: tuple[str, ...] = ()
    """Signals and commands that nobody can be asked for."""

    @property
    def sources(self) -> tuple[Source, ...]:
        """Of all lines, in the order of the cells of the image."""
        return tuple(source for line in self.lines for source in line.sources)
