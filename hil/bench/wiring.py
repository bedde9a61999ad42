"""Which register of which controller carries which column of a run. Plain data for every process.

A child process gets this as JSON: it needs neither the site file nor the FMUs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from operator import itemgetter
from typing import Any, Self

from twin.errors import BadInput
from twin.registers import Block, RegisterMap, plan_blocks
from twin.signals import conversion


@dataclass(frozen=True)
class Tap:
    """A map point, the column of the run that it carries, and the SI unit of that column."""

    point: str
    column: int
    unit: str


@dataclass(frozen=True)
class ControllerWiring:
    """One controller: how it is reached and what its points mean.

    `role` is the controller's: a `server` is asked by the bench; a `client` asks remote I/O that
    the bench serves. `sensors` point into the signals, `commands` into this controller's own
    commands.
    """

    name: str
    type: str
    role: str
    unit: int
    link: str
    settings: Mapping[str, float]
    sensors: tuple[Tap, ...]
    commands: tuple[Tap, ...]

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def of(cls, plain: Mapping[str, Any]) -> Self:
        """Back from JSON types."""
        taps = {k: tuple(Tap(**t) for t in plain[k]) for k in ("sensors", "commands")}
        return cls(**{**plain, **taps})


@dataclass(frozen=True)
class Run:
    """Neighbouring registers and the columns that they carry, in the order of the block."""

    block: Block
    columns: tuple[int, ...]

    @cached_property
    def pick(self) -> Callable[[Sequence[float]], tuple[float, ...]]:
        """Function that takes the values of the block out of a row of all columns."""
        if len(self.columns) > 1:
            return itemgetter(*self.columns)
        (column,) = self.columns
        return lambda row: (row[column],)


def image_sizes(n_signals: int, wiring: Sequence[ControllerWiring]) -> list[int]:
    """Values in each cell of the process image: the readings, then each controller's commands."""
    return [n_signals, *(len(w.commands) for w in wiring)]


def conversions_of(
    register_map: RegisterMap, taps: Sequence[Tap]
) -> dict[str, tuple[float, float]]:
    """Factor and offset of each tapped point that take its unit to that of its column."""
    return {t.point: conversion(register_map.point(t.point).unit, t.unit) for t in taps}


def runs(register_map: RegisterMap, taps: Sequence[Tap], extra: Sequence[str] = ()) -> list[Run]:
    """Blocks that write `taps`, in SI units; points in `extra` travel along as column -1.

    They have no gaps: what is in a gap is not ours to write.
    """
    column_of = {tap.point: tap.column for tap in taps} | dict.fromkeys(extra, -1)
    blocks = plan_blocks(
        [register_map.point(name) for name in column_of],
        min(register_map.header.max_read, 123),
        0,
        conversions_of(register_map, taps),
    )
    for block in blocks:
        if block.outside:
            raise BadInput(f"{block!r}: the scale {block.outside[0]!r} must be in the same block")
    return [Run(block, tuple(column_of[name] for name in block.names)) for block in blocks]
