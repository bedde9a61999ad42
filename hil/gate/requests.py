"""What a block's values look like on the wire: the payload that is checked, the PDU that is sent.

One path for all functions that write: 16 and 15; 6 and 5 for devices that know no other;
22 where the points are some bits of a register, so that their neighbours are left alone;
23 where something is read in the same transaction.
"""

from collections.abc import Sequence
from typing import NamedTuple

from hil.links import pdu
from twin.registers import BadValue, Block, Point, encode, merge


class Shape(NamedTuple):
    """How a block is written: what comes before its payload, or the mask of its bits.

    `plain` is by functions 16 and 15: head and payload, and nothing else to think of.
    """

    head: bytes
    mask: int | None
    single: bool
    plain: bool


def shape_of(block: Block, single: bool) -> Shape:
    """The shape of `block`; with `single` functions 6 and 5, for one register or one coil.

    Raises:
        BadValue: `single` for more than one, or bits of more than one register.
        ValueError: longer than a request may be.
    """
    # 16 and 15 even for one register or coil: their replies can never be mistaken for an echo
    head = pdu.write_head(block.table, block.address, block.count)
    if single and block.count != 1:
        raise BadValue(f"{block!r}: functions 5 and 6 write one coil or register, not more")
    mask = mask_of(block)
    if mask is not None and block.count != 1:
        raise BadValue(f"{block!r}: bits are written in one register at a time")
    single = single and mask is None
    return Shape(head, mask, single, not single and mask is None)


def mask_of(block: Block) -> int | None:
    """Bits that the points of `block` have of their register, where they lie on the wire.

    None: they are whole registers, or coils.
    """
    if block.table != "hr" or all(point.part is None for point in block.points):
        return None
    held = 0xFFFF
    for point in block.points:
        (held,) = merge(point, (0,), (held,))[:1]
    return ~held & 0xFFFF


def payload_of(block: Block, values: Sequence[float]) -> bytes:
    """Registers or packed coils that carry `values`; of some bits, the register with only them.

    Raises:
        BadValue: a value does not fit.
    """
    if mask_of(block) is None:
        return block.encode(values)
    if len(values) != len(block.points) or any(point.part is None for point in block.points):
        raise BadValue(f"{block!r}: bits are not written together with anything else")
    word = 0
    for point, value in zip(block.points, values, strict=True):
        word |= _bits_of(point, value)
    return word.to_bytes(2, "big")


def request_for(block: Block, shape: Shape, payload: bytes) -> bytes:
    """The PDU that writes `payload` to `block`."""
    if shape.plain:
        return shape.head + payload
    if shape.mask is not None:
        word = int.from_bytes(payload, "big") & shape.mask
        return pdu.mask_write_request(block.address, ~shape.mask & 0xFFFF, word)
    if block.table == "co":
        return pdu.write_coil_request(block.address, bool(payload[0] & 1))
    return pdu.write_register_request(block.address, payload)


def _bits_of(point: Point, value: float) -> int:
    scale = None if point.scale_ref is None else float("nan")  # only the device knows it
    return encode(point, value, scale)[0]
