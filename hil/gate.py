"""The write gate: the only way to a permit, and so the only way to change a device.

Locked by default. What it checks is the payload as the device will read it, in the units of
its map: whatever conversion or rounding lies before, no register leaves its limits.
"""

from collections.abc import Callable, Sequence

from hil.links.device import Device
from hil.links.permit import Lease, Permit
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import BadInput, refuse
from twin.registers import BadValue, Block, BlockLimits, Breach, Limit, Point, decode, encode


class WriteRefused(BadInput):
    """A write that the gate did not let through; nothing was sent."""


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
        self._allowed: dict[tuple[str, Block], BlockLimits] = {}
        if simulated:
            self.arm("the plant behind the controllers is simulated", None)

    @property
    def armed(self) -> bool:
        """Whether a permit could be granted now; a time to live that is over locks the gate."""
        return self._lease is not None and self._lease.holds(self._now_ns())

    def arm(self, reason: str, ttl_s: float | None) -> None:
        """Open the gate for `ttl_s` [s]; None, only before a simulated plant, is until `disarm`.

        Raises:
            BadInput: no reason, or no time to live for a live plant.
        """
        if not reason.strip():
            raise refuse("arm: reason", reason, "say why the plant is written to")
        if ttl_s is None and not self._simulated:
            raise refuse("arm: ttl", ttl_s, "a live plant is armed for a limited time")
        if ttl_s is not None and not ttl_s > 0:
            raise refuse("arm: ttl", ttl_s, "must be > 0 s")
        self.reason = reason
        self.disarm()
        until_ns = None if ttl_s is None else self._now_ns() + round(ttl_s * NS_PER_S)
        self._lease = Lease(until_ns)

    def disarm(self) -> None:
        """Lock the gate; permits that were granted and not used are void."""
        if self._lease is not None:
            self._lease.revoked = True
            self._lease = None

    def admit(self, device: Device, block: Block) -> None:
        """Put `block` on the allow-list of `device`, checked once against its map.

        Raises:
            BadInput: a point of it is read-only or has no limits.
        """
        if block.table not in ("hr", "co"):
            raise refuse(f"{device.name}: {block!r}", block.table, "cannot be written")
        limits = [_limit(device.name, point) for point in block.points]
        as_mapped = Block(block.points)  # without the conversions of whoever writes
        self._allowed[device.name, block] = BlockLimits(as_mapped, limits)

    def permit(self, device: Device, block: Block, values: Sequence[float]) -> Permit:
        """Leave to write `values` (units and order of `block`) once; NaN is "no value".

        Raises:
            WriteRefused: locked, not admitted, or a value that does not fit or leaves its
                limits; then nothing of the block may be written.
        """
        name = device.name
        limits = self._allowed.get((name, block))
        if limits is None:
            raise self._refusal(f"{name}: {block!r} is not on the allow-list")
        lease = self._lease
        if lease is None or not lease.holds(self._now_ns()):
            raise self._refusal(f"{name}: the gate is locked")
        try:
            payload = block.encode(values)
        except BadValue as error:
            raise self._refusal(f"{name}: {error}") from None
        if (breach := limits.breach(payload)) is not None:
            raise self._refusal(f"{name}: {_sentence(breach)}")
        self.granted += 1
        return Permit(lease, name, block, payload)

    def _refusal(self, sentence: str) -> WriteRefused:
        self.refused += 1
        self.last_refusal = sentence
        return WriteRefused(sentence)


def _limit(device: str, point: Point) -> Limit:
    place = f"{device}: {point.name}"
    if not point.writable:
        raise refuse(f"{place}: access", point.access, "the map does not let it be written")
    if point.is_bit:
        return Limit(0.0, 1.0, may_miss=False)
    may_miss = point.tag == "sensor" and (point.nan is not None or not point.kind.integer)
    if point.min is None or point.max is None:
        if point.tag == "heartbeat":
            return Limit(float("-inf"), float("inf"), may_miss)
        raise BadInput(f"{place}: a point without min and max cannot be written")
    # a limit that the register can only carry rounded is met by its rounded value
    return Limit(
        min(point.min, _carried(point, point.min)),
        max(point.max, _carried(point, point.max)),
        may_miss,
    )


def _carried(point: Point, limit: float) -> float:
    try:
        value = decode(point, encode(point, limit))
    except BadValue:
        return limit
    return limit if value is None else value


def _sentence(breach: Breach) -> str:
    point, value, (low, high, _) = breach
    if value is None:
        return f"{point.name}: no value, and the point has no sentinel for that"
    return f"{point.name} = {value:.6g} {point.unit}: must be {low:.6g} to {high:.6g}"
