"""What a device holds, bit for bit: what goes back are the very registers that were there."""

from functools import lru_cache

from hil.links.device import Device
from twin.registers import Block, Point
from twin.signals import Quality


def read_payload(device: Device, block: Block) -> tuple[bytes | None, str]:
    """What `device` holds in `block`, as its payload; None and why, if nobody knows."""
    registers = _registers(block)
    reading = device.read(registers)
    if reading.values is None or reading.quality is not Quality.GOOD:
        return None, reading.why
    numbers = [int(value or 0) for value in reading.values]
    if block.table == "co":
        word = sum(bit << i for i, bit in enumerate(numbers))
        return word.to_bytes(block.size, "little"), ""
    return b"".join(number.to_bytes(2, "big") for number in numbers), ""


@lru_cache(maxsize=512)
def _registers(block: Block) -> Block:
    """The same addresses as plain numbers, which lose nothing on the way."""
    kind = "bool" if block.table == "co" else "uint16"
    addresses = range(block.address, block.address + block.count)
    return Block([Point(f"{block.table}{a}", block.table, a, kind) for a in addresses])
