"""One value into one point of a real device, through the live write gate.

The only place of this room that writes something new (`leftovers` puts back). What happens around
it (journal, ramp, read-back, putting back at every end, audit) is the gate's.
"""

from collections.abc import Callable
from pathlib import Path

from hil.gate import LiveGate, Order, Written, write_once
from hil.io.leftovers import Links
from hil.links.device import Device
from twin.errors import refuse
from twin.registers import Block, Point

Told = Callable[[Written], None]


def plant_of(link: str) -> str:
    """Name of what stands behind a LINK, which is the phrase of its gate: without options."""
    return link.partition("?")[0]


def write_point(
    gate_folder: Path,
    link: str,
    unit: int,
    point: Point,
    value: float,
    *,
    phrase: str,
    reason: str,
    ttl_s: float,
    expect: float | None = None,
    timeout_s: float | None = None,
    say: Callable[[str], None] = lambda text: None,
    told: Told = lambda written: None,
) -> Written:
    """Write `value` [point.unit], hold it for `ttl_s` [s], put the value before back.

    `expect` [point.unit] is what must be there before; `timeout_s` [s] of an answer. `told` hears
    what was written while it is held.

    Raises:
        BadInput, WriteRefused: nothing was sent.
        WriteFailed, NotPutBack: as `hil.gate.write_once`.
    """
    if point.is_text:
        raise refuse(point.name, point.type, "text is not written")
    with Links(timeout_s, say) as links:
        order = Order(
            Device(f"{plant_of(link)} unit {unit}", links.at(link), unit), Block((point,)), link,
            (value,), reason, ttl_s, expect=None if expect is None else (expect,),
        )  # fmt: skip
        gate = LiveGate(gate_folder, plant_of(link), say=say)
        return write_once(gate, order, phrase, links.device_of, told)
