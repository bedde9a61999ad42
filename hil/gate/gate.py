"""The write gate: the only way to a permit, and so the only way to change a device.

Locked by default. What it checks is the payload as the device will read it, in the units of
its map: whatever conversion or rounding lies before, no register leaves its limits. What a
live plant needs beyond that (phrase, journal, ramp, read-back...) is `live.LiveGate`, which
has one of these inside.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hil.gate.limits import limit_of, sentence
from hil.gate.requests import Shape, payload_of, request_for, shape_of
from hil.links.device import Device
from hil.links.permit import Lease, Permit
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import BadInput, refuse
from twin.registers import BadValue, Block, BlockLimits


class WriteRefused(BadInput):
    """A write that the gate did not let through; nothing was sent."""


class _Admitted(NamedTuple):
    limits: BlockLimits
    shape: Shape


class WriteGate:
    """Grants permits while armed, for admitted blocks, within the limits of their map.

    A gate before a `simulated` plant is armed from the start and needs no end; a live plant
    is armed on purpose, with a reason and a time to live. Counted: `granted`, `refused`.
    """

    def __init__(
        self, *, simulated: bool = False, now_ns: Callable[[], int] = monotonic_ns
    ) -> None:
        self.granted = self.refused = 0
        self.reason = ""
        self.last_refusal = ""
        self._simulated = simulated
        self._now_ns = now_ns
        self._lease: Lease | None = None
        self._allowed: dict[tuple[str, Block], _Admitted] = {}
        if simulated:
            self.arm("the plant behind the controllers is simulated", None)

    @property
    def armed(self) -> bool:
        """Whether a permit could be granted now; a time to live that is over locks the gate."""
        return self._lease is not None and self._lease.holds()

    def arm(self, reason: str, ttl_s: float | None) -> None:
        """Open the gate for `ttl_s` [s]; None, only before a simulated plant, is until `disarm`.

        Raises:
            BadInput: no reason, or no time to live for a live plant.
        """
        if not reason.strip():
            raise refuse("arm: reason", reason, "say why the plant is written to")
        if ttl_s is None and not self._simulated:
            raise refuse("arm: ttl", ttl_s, "a live plant is armed for a limited time")
        if ttl_s is not None and not 0 < ttl_s < float("inf"):
            raise refuse("arm: ttl", ttl_s, "must be > 0 s, and have an end")
        self.reason = reason
        self.disarm()
        until_ns = None if ttl_s is None else self._now_ns() + round(ttl_s * NS_PER_S)
        self._lease = Lease(until_ns, self._now_ns)

    def disarm(self) -> None:
        """Lock the gate; permits that were granted and not used are void."""
        if self._lease is not None:
            self._lease.revoked = True
            self._lease = None

    def admit(self, device: Device, block: Block, *, single: bool = False) -> None:
        """Put `block` on the allow-list of `device`, checked once against its map.

        `single` writes it by functions 6 and 5, for devices that know no other. Every unit of
        a line at once (unit 0) is a device of its own, with an allow-list of its own.

        Raises:
            BadInput: a point of it is read-only or has no limits, or it is no block to write.
        """
        if block.table not in ("hr", "co"):
            raise refuse(f"{device.name}: {block!r}", block.table, "cannot be written")
        limits = [limit_of(device.name, point) for point in block.points]
        as_mapped = Block(block.points)  # without the conversions of whoever writes
        try:
            shape = shape_of(block, single)
        except ValueError as error:
            raise BadInput(f"{device.name}: {error}") from None
        self._allowed[device.name, block] = _Admitted(BlockLimits(as_mapped, limits), shape)

    def permit(self, device: Device, block: Block, values: Sequence[float]) -> Permit:
        """Leave to write `values` (units and order of `block`) once; NaN is "no value".

        Raises:
            WriteRefused: locked, not admitted, or a value that does not fit or leaves its
                limits; then nothing of the block may be written.
        """
        lease, shape, payload = self._checked(device, block, values)
        self.granted += 1
        request = shape.head + payload if shape.plain else request_for(block, shape, payload)
        return Permit(lease, device.name, block, request)

    def _checked(
        self, device: Device, block: Block, values: Sequence[float]
    ) -> tuple[Lease, Shape, bytes]:
        name = device.name
        admitted = self._allowed.get((name, block))
        if admitted is None:
            raise self._refusal(f"{name}: {block!r} is not on the allow-list")
        lease = self._lease
        if lease is None or not lease.holds():
            raise self._refusal(f"{name}: the gate is locked")
        limits, shape = admitted
        try:
            payload = block.encode(values) if shape.plain else payload_of(block, values)
        except BadValue as error:
            raise self._refusal(f"{name}: {error}") from None
        if (breach := limits.breach(payload)) is not None:
            raise self._refusal(f"{name}: {sentence(breach)}")
        return lease, shape, payload

    def _refusal(self, sentence: str) -> WriteRefused:
        self.refused += 1
        self.last_refusal = sentence
        return WriteRefused(sentence)
