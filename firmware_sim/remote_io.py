"""A controller in client role: which blocks of the remote I/O it reads and writes, and what for.

The process that hosts the controller moves the payloads; here is only what they mean. The
I/O map carries the sensors and commands of the controller's own map under the same names,
`heartbeat_out` (the bench counts cycles) and `heartbeat` (the controller counts scans).
"""

from firmware_sim.scan import Controller
from twin.registers import Block, Point, RegisterMap, plan_blocks
from twin.signals import conversion

_NO_VALUE = float("nan")


class RemoteIo:
    """Moves values between a controller's bank and the payloads of remote I/O.

    `reads` are to be read every scan and given to `take`, `writes` to be written every scan
    with the payload from `give`. A read that fails is not taken: the heartbeat then stands
    still, and the controller's own watchdog does the rest.
    """

    def __init__(self, controller: Controller, io_map: RegisterMap) -> None:
        self.controller = controller
        own = controller.map
        sensors = [own.point("heartbeat"), *own.tagged("sensor")]
        commands = own.tagged("command")
        self.reads = _plan(io_map, "ir", {p.name: p for p in sensors}, "heartbeat_out")
        self.writes = _plan(io_map, "hr", {p.name: p for p in commands}, "heartbeat")
        self._inputs = controller.bank.view([point.name for point in sensors])
        self._outputs = controller.bank.view([point.name for point in commands])
        self._place = {point.name: i for i, point in enumerate(sensors)}
        self._place["heartbeat_out"] = self._place["heartbeat"]
        self._limits = [_limits(point) for point in sensors]
        self._values = [_NO_VALUE if v is None else v for v in self._inputs.read()]

    def take(self, block: Block, payload: bytes) -> None:
        """Put a block that was read into the controller's sensor registers.

        A value that they cannot carry arrives as "no value", which the controller notices.
        """
        for name, value in zip(block.names, block.decode(payload), strict=True):
            i = self._place[name]
            low, high = self._limits[i]
            credible = value is not None and low <= value <= high
            self._values[i] = value if value is not None and credible else _NO_VALUE
        self._inputs.write(self._values)

    def give(self, block: Block) -> bytes:
        """Payload of a block to be written, from the controller's last scan."""
        values = dict(zip(self._outputs.names, self._outputs.read(), strict=True))
        values["heartbeat"] = self.controller.bank.get("scans")
        numbers = (values[name] for name in block.names)
        return block.encode([_NO_VALUE if v is None else v for v in numbers])


def _plan(io_map: RegisterMap, table: str, own: dict[str, Point], heartbeat: str) -> list[Block]:
    """Blocks of the I/O map that carry the points `own`, in the units of the controller's map."""
    points = [io_map.point(name) for name in own if name != "heartbeat"]
    conversions = {p.name: conversion(p.unit, own[p.name].unit) for p in points}
    points.append(io_map.point(heartbeat))
    max_gap = io_map.header.max_gap if table == "ir" else 0
    return plan_blocks(points, io_map.header.max_read, max_gap, conversions)


def _limits(point: Point) -> tuple[float, float]:
    low = 0.0 if point.min is None else point.min
    return low, 65535.0 if point.max is None else point.max
