"""The only thing that makes a device write: a permit, minted by `hil.gate` and nobody else."""

from twin.registers import Block


class Lease:
    """One arming of the gate: its permits end with it, used or not."""

    __slots__ = ("revoked", "until_ns")

    def __init__(self, until_ns: int | None) -> None:
        self.revoked = False
        self.until_ns = until_ns

    def holds(self, now_ns: int) -> bool:
        """Whether writing is still allowed at `now_ns` [ns]."""
        return not self.revoked and (self.until_ns is None or now_ns < self.until_ns)


class Permit:
    """Leave to write `payload` once, to one block of one device, while its lease holds.

    It carries the bytes that were checked, so that nothing else can be written with it.
    """

    __slots__ = ("block", "device", "lease", "payload", "spent")

    def __init__(self, lease: Lease, device: str, block: Block, payload: bytes) -> None:
        self.lease = lease
        self.device = device
        self.block = block
        self.payload = payload
        self.spent = False
