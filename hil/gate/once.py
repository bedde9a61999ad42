"""One write from its first step to its last: put back what is left, arm, write, hold, put back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hil.gate.journal import Entry
from hil.gate.live import LiveGate
from hil.gate.write import Values, Written
from hil.links.device import Device
from twin.registers import Block


@dataclass(frozen=True)
class Order:
    """What is wanted: `values` [point.unit] in `block` of `device`, for `ttl_s` [s] at most.

    `expect` (within `tolerance` [point.unit]) is what must be there before; `safe` what points
    that cannot be read are left with. `in_steps` goes by the ramps of the map where that takes more
    than one write. `address` is how the device's link is opened, also at the next start.
    """

    device: Device
    block: Block
    address: str
    values: Sequence[float]
    reason: str
    ttl_s: float
    expect: Values | None = None
    tolerance: float | None = None
    safe: Sequence[float] | None = None
    single: bool = False
    in_steps: bool = False


def write_once(
    gate: LiveGate,
    order: Order,
    phrase: str,
    open_device: Callable[[Entry], Device],
    told: Callable[[Written], None] = lambda written: None,
    hold_s: float | None = None,
    feeder: int | None = None,
) -> Written:
    """Do `order` if `phrase` is the gate's; `told` hears that it holds, before it is held.

    Held for `hold_s` [s], without it until the time to live is over or `feeder` (a descriptor)
    falls silent; then, as after any other end, the value before is put back.

    Raises:
        WriteRefused, BadInput: nothing was sent.
        WriteFailed: it was sent and is not there; the value before is back.
        NotPutBack: a value is not back, of this session or of one before; the journal keeps it.
    """
    device, block = order.device, order.block
    with gate:
        gate.recover(open_device)
        gate.admit(device, block, order.address, single=order.single, safe=order.safe)
        gate.arm(phrase, order.reason, order.ttl_s)
        written = (gate.ramp_to if order.in_steps else gate.write)(
            device, block, order.values, expect=order.expect, tolerance=order.tolerance
        )
        told(written)
        gate.hold(hold_s, feeder)
    return written
