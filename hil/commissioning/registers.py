"""Registers of controllers for a procedure: read at most once a cycle, written through the gate."""

from collections.abc import Iterable, Mapping, Sequence

from hil.commissioning.points import Ref
from hil.commissioning.rig import Rig
from hil.gate import LiveGate, WriteFailed, WriteRefused
from hil.links.device import Device
from twin.errors import LinkLost
from twin.registers import Block, plan_blocks
from twin.signals import conversion

MOST_REGISTERS = 32
"""Registers of one read: less than any known device permits [-] (assumed)."""
OLD_PERIODS = 5
"""Periods after which what was seen of a register says nothing any more [-] (assumed)."""
TRIES = 4
"""A write that did not get through, and was put back, is tried so often [-] (assumed)."""


class Registers:
    """Handles on the controllers of a rig; what was written goes back when the gate is left."""

    def __init__(self, rig: Rig, gate: LiveGate, refs: Iterable[Ref]) -> None:
        """`refs` are those that are looked at in every cycle; they are read together."""
        self._rig, self._gate = rig, gate
        self._devices: dict[str, Device] = {}
        self._blocks: dict[str, list[Block]] = {}
        self._values: dict[tuple[str, str], float | None] = {}
        self._read_ns: int | None = None
        self._admitted: dict[tuple[str, str], Block] = {}
        self.written = 0
        """How often something was written, the putting back not counted [-]."""
        self._written_ns = 0
        self.watch(refs)

    def read(self, ref: Ref) -> float | None:
        """Value of a register [SI] in this cycle; None where it cannot be had."""
        if self._read_ns != self._rig.t_ns:
            self._values.clear()
            self._read_ns = self._rig.t_ns
            for controller, blocks in self._blocks.items():
                self._look(controller, blocks)
        assert ref.point is not None
        key = ref.controller, ref.point.name
        if key not in self._values:
            (blocks,) = _planned([ref]).values()
            self._ask(ref.controller, blocks)
        return self._values[key]

    def watch(self, refs: Iterable[Ref]) -> None:
        """From here on `refs` are those that are looked at in every cycle."""
        self._blocks = _planned(ref for ref in refs if ref.kind == "register")
        self._read_ns = None
        self._rig.watch(self._blocks)
        self._await(self._blocks)

    def write(self, refs: Sequence[Ref], values: Mapping[str, float]) -> None:
        """Write `values` [SI] by the names of `refs`, one after the other, in steps where due.

        Raises:
            LinkLost: the controller has no power, or its link is cut.
            WriteRefused, WriteFailed, NotPutBack: as the gate says.
        """
        for ref in refs:
            assert ref.point is not None
            if not self._rig.answers(ref.controller):
                raise LinkLost(f"{ref.controller}: does not answer, {ref.name} is not written")
            device, key = self.device(ref.controller), (ref.controller, ref.point.name)
            if key not in self._admitted:
                self._admitted[key] = Block((ref.point,))
                address = self._rig.address(ref.controller)
                self._gate.admit(device, self._admitted[key], address)
            factor, offset = conversion(ref.unit, ref.point.unit)
            self._insist(device, self._admitted[key], factor * values[ref.name] + offset)
            self.written += 1
            self._read_ns, self._written_ns = None, self._rig.now_ns
            self._await([ref.controller])

    def _insist(self, device: Device, block: Block, value: float) -> None:
        """Write `value` [point.unit]; anew where a line that loses replies left it undone."""
        before: Sequence[float | None] | None = None
        for attempt in range(TRIES):
            try:
                self._gate.ramp_to(device, block, [value], expect=before)
            except (WriteRefused, WriteFailed) as error:
                if attempt == TRIES - 1:
                    raise
                if isinstance(error, WriteFailed):  # a slow device may yet show that very try
                    before = error.before
                self._gate.pause(1.0)
            else:
                return

    def device(self, controller: str) -> Device:
        """The handle on a controller, the same one for reading and for writing."""
        if controller not in self._devices:
            self._devices[controller] = self._rig.device(controller)
        return self._devices[controller]

    def _await(self, controllers: Iterable[str]) -> None:
        """In real time, let the plant go on until a round of the line has seen what is there."""
        for _ in range(OLD_PERIODS):
            several = [self._rig.looked(name) for name in controllers]
            if all(looked is None or looked.asked_ns >= self._written_ns for looked in several):
                return
            self._gate.pause(self._rig.period_ns / 1e9)

    def _look(self, controller: str, blocks: Sequence[Block]) -> None:
        """In real time what the line's own rounds found, if it is not of before the last write."""
        looked = self._rig.looked(controller)
        if looked is None:
            self._ask(controller, blocks)
            return
        old = self._rig.now_ns - looked.asked_ns > OLD_PERIODS * self._rig.period_ns
        old = old or looked.asked_ns < self._written_ns
        values = {} if old or looked.values is None else looked.values
        names = (name for block in blocks for name in block.names)
        self._values |= {(controller, name): values.get(name) for name in names}

    def _ask(self, controller: str, blocks: Sequence[Block]) -> None:
        for block in blocks:
            values: Sequence[float | None] | None = None
            if self._rig.reachable(controller):
                values = self.device(controller).read(block).values
            for i, name in enumerate(block.names):
                self._values[controller, name] = None if values is None else values[i]


def _planned(refs: Iterable[Ref]) -> dict[str, list[Block]]:
    """Neighbouring registers as blocks, by controller, in the units of their points' SI."""
    of: dict[str, dict[str, Ref]] = {}
    for ref in refs:
        assert ref.point is not None
        of.setdefault(ref.controller, {})[ref.point.name] = ref
    found = {}
    for controller, named in of.items():
        points = [ref.point for ref in named.values() if ref.point is not None]
        to_si = {p.name: conversion(p.unit, named[p.name].unit) for p in points}
        found[controller] = plan_blocks(points, MOST_REGISTERS, 0, to_si)
    return found
