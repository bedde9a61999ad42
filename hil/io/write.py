"""One value into one point of a real device, through the write gate, and read back.

The only place of this room that writes. What a live gate adds (journal, restore, audit) is
the gate's; this is the order of steps around it.
"""

from typing import NamedTuple

from hil.gate import WriteGate
from hil.links.device import Device
from hil.links.link import Link
from twin.errors import BadInput, refuse
from twin.registers import Block, Point
from twin.signals import Quality


class Written(NamedTuple):
    """The value before, and the one that the device gave back [point.unit].

    `quality` and `why` say how the write ended; `holds`: the device has what was written.
    """

    before: float | None
    after: float | None
    quality: Quality
    why: str
    holds: bool


def phrase_for(point: Point) -> str:
    """What must be typed before `point` is written."""
    return f"write {point.name}"


def write_point(
    link: Link, unit: int, point: Point, value: float, *, reason: str, ttl_s: float
) -> Written:
    """Read, arm for `ttl_s` [s], write `value` [point.unit] once, read back, disarm.

    Raises:
        WriteRefused, BadInput: the gate, or the map, does not let it be written.
    """
    if point.is_text:
        raise refuse(point.name, point.type, "text is not written")
    device, block = Device(f"unit {unit}", link, unit), Block((point,))
    gate = WriteGate()
    gate.admit(device, block)
    gate.arm(reason, ttl_s)
    try:
        before = device.read(block)
        if before.values is None:
            raise BadInput(f"{point.name}: not written, for it cannot be read: {before.why}")
        permit = gate.permit(device, block, (value,))
        wanted = block.decode(block.encode((value,)))
        outcome = device.write(permit)
        after = device.read(block)
    finally:
        gate.disarm()
    found = None if after.values is None else after.values[0]
    holds = after.values is not None and list(after.values) == wanted
    return Written(before.values[0], found, outcome.quality, outcome.why or after.why, holds)
