"""The allow-list of a live plant: which blocks may be written, how, and how they are reached."""

from collections.abc import Sequence
from dataclasses import dataclass

from hil.gate.gate import WriteGate, WriteRefused
from hil.gate.journal import Entry
from hil.gate.requests import payload_of
from hil.links.device import Device
from twin.errors import BadInput, refuse
from twin.registers import Block


@dataclass(frozen=True)
class Target:
    """A block that may be written, and how: `safe` is its payload where it cannot be read."""

    device: Device
    block: Block
    address: str
    single: bool = False
    safe: bytes | None = None

    @property
    def readable(self) -> bool:
        """Whether the device can be asked what it holds."""
        return self.safe is None

    def entry(self, before: bytes, reason: str) -> Entry:
        """What to journal before it is written."""
        device = self.device
        return Entry(
            device.name, self.address, device.unit, self.block, before, self.readable,
            self.single, reason,
        )  # fmt: skip


class Targets:
    """What was admitted, by device and block; `gate` holds it to the map."""

    def __init__(self, gate: WriteGate) -> None:
        self._gate = gate
        self._known: dict[tuple[str, Block], Target] = {}

    def admit(
        self,
        device: Device,
        block: Block,
        address: str,
        single: bool,
        safe: Sequence[float] | None,
    ) -> None:
        """Admit `block` as `LiveGate.admit` says; `safe` is in the units of the map [point.unit].

        Raises:
            BadInput: it may not be written, or not without another safe value.
        """
        plain = Block(block.points)  # the units of the map, which limits and ramps are in
        self._gate.admit(device, plain, single=single)
        unreadable = [point.name for point in block.points if point.access == "w"]
        if unreadable and safe is None:
            rule = "cannot be read: a safe value is needed, to leave behind at the end"
            raise BadInput(f"{device.name}: {', '.join(unreadable)} {rule}")
        if safe is not None and not unreadable:
            raise refuse(f"{device.name}: safe", list(safe), "the value before can be read")
        payload = None if safe is None else _within_limits(device, plain, safe)
        self._known[device.name, block] = Target(device, plain, address, single, payload)

    def find(self, device: Device, block: Block) -> Target | None:
        """What was admitted for this very `device`; None if nothing was."""
        target = self._known.get((device.name, block))
        return target if target is not None and target.device is device else None


def _within_limits(device: Device, block: Block, safe: Sequence[float]) -> bytes:
    """The payload of a safe value, judged by a gate that nobody writes with."""
    trial = WriteGate(simulated=True)
    trial.admit(device, block)
    try:
        trial.permit(device, block, safe)
    except WriteRefused as error:
        raise BadInput(f"safe value: {error}") from None
    return payload_of(block, safe)
