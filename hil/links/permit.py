"""The only thing that makes a device write: a permit, minted by `hil.gate` and nobody else."""

from collections.abc import Callable

from twin.clock import monotonic_ns
from twin.registers import Block


class Lease:
    """One arming of the gate: its permits end with it, used or not.

    `until_ns` [ns] is an instant of `now_ns`, the gate's own clock; None is until revoked.
    """

    __slots__ = ("_now_ns", "revoked", "until_ns")

    def __init__(self, until_ns: int | None, now_ns: Callable[[], int] = monotonic_ns) -> None:
        self.revoked = False
        self.until_ns = until_ns
        self._now_ns = now_ns

    def holds(self) -> bool:
        """Whether writing is still allowed."""
        return not self.revoked and (self.until_ns is None or self._now_ns() < self.until_ns)


class Permit:
    """Leave to send `request` once, to one device, while its lease holds.

    `request` is the whole PDU that was checked, function code included, so that nothing else
    can be written with it. `block` is what it writes, for messages; a block of coils or
    registers is functions 15 and 16 (5 and 6 on request), one of single bits of a register 22.
    """

    __slots__ = ("block", "device", "lease", "request", "spent")

    def __init__(self, lease: Lease, device: str, block: Block, request: bytes) -> None:
        self.lease = lease
        self.device = device
        self.block = block
        self.request = request
        self.spent = False
