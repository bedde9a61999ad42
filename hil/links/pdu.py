"""Modbus PDUs: requests as bytes, and replies that are believed only when they fit the request.

Source: MODBUS Application Protocol Specification V1.1b3. Pure; a PDU is the function
code and its data, without address, checksum or header.
"""

from collections.abc import Mapping
from struct import Struct
from types import MappingProxyType

from twin.registers import Table

MAX_READ_REGISTERS = 125
MAX_WRITE_REGISTERS = 123
MAX_READ_BITS = 2000
MAX_WRITE_BITS = 1968
MAX_EXCHANGE_WRITE_REGISTERS = 121
MAX_PDU = 253

READ_FUNCTION: Mapping[Table, int] = MappingProxyType({"co": 1, "di": 2, "hr": 3, "ir": 4})
READ_TABLE: Mapping[int, Table] = MappingProxyType({1: "co", 2: "di", 3: "hr", 4: "ir"})

_READS = frozenset(READ_TABLE)

_HEAD = Struct(">BHH")
_HEAD_COUNTED = Struct(">BHHB")
_MASK = Struct(">BHHH")
_EXCHANGE = Struct(">BHHHHB")

_MEANING: Mapping[int, str] = MappingProxyType(
    {
        1: "illegal function: the device does not know it, or does not let this client use it",
        2: "illegal data address: a register of the block does not exist there",
        3: "illegal data value: a value or count the device cannot take",
        4: "server device failure: it failed while working on the request",
        5: "acknowledge: it accepted the request and is still working on it",
        6: "server device busy: ask again later",
        8: "memory parity error: its extended memory is damaged",
        10: "gateway path unavailable: the gateway has no way to the line",
        11: "gateway target failed to respond: nobody behind the gateway has this unit",
    }
)


class ModbusException(Exception):
    """The device answered, and the answer is a Modbus exception with this `code`."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(f"exception {code}, {_MEANING.get(code, 'which Modbus does not define')}")


class BadReply(Exception):
    """The bytes that came back do not answer the request."""


def read_request(table: Table, address: int, count: int) -> bytes:
    """Read `count` registers or bits of `table` from 0-based `address` (functions 1 to 4)."""
    _span(address, count, MAX_READ_BITS if table in ("co", "di") else MAX_READ_REGISTERS)
    return _HEAD.pack(READ_FUNCTION[table], address, count)


def write_register_request(address: int, payload: bytes) -> bytes:
    """Write one holding register, `payload` two big-endian bytes (function 6)."""
    if len(payload) != 2:
        raise ValueError(f"one register is 2 bytes, not {len(payload)}")
    return _HEAD.pack(6, address, payload[0] << 8 | payload[1])


def write_registers_request(address: int, payload: bytes) -> bytes:
    """Write holding registers, `payload` two big-endian bytes each (function 16)."""
    return write_head("hr", address, _registers(payload)) + payload


def write_head(table: Table, address: int, count: int) -> bytes:
    """What comes before the payload that writes `count` registers or coils (functions 16, 15)."""
    if table == "co":
        _span(address, count, MAX_WRITE_BITS)
        return _HEAD_COUNTED.pack(15, address, count, (count + 7) // 8)
    _span(address, count, MAX_WRITE_REGISTERS)
    return _HEAD_COUNTED.pack(16, address, count, 2 * count)


def write_coil_request(address: int, on: bool) -> bytes:
    """Switch one coil (function 5)."""
    return _HEAD.pack(5, address, 0xFF00 if on else 0)


def write_coils_request(address: int, count: int, payload: bytes) -> bytes:
    """Switch `count` coils, packed eight to a byte, lowest address in bit 0 (function 15)."""
    if len(payload) != (count + 7) // 8:
        raise ValueError(f"{count} coils are {(count + 7) // 8} bytes, not {len(payload)}")
    return write_head("co", address, count) + payload


def mask_write_request(address: int, and_mask: int, or_mask: int) -> bytes:
    """Holding register := (register and and_mask) or (or_mask and not and_mask) (function 22)."""
    return _MASK.pack(22, address, and_mask, or_mask)


def exchange_request(
    read_address: int, read_count: int, write_address: int, payload: bytes
) -> bytes:
    """Write holding registers, then read others, in one transaction (function 23)."""
    count = _registers(payload)
    _span(read_address, read_count, MAX_READ_REGISTERS)
    _span(write_address, count, MAX_EXCHANGE_WRITE_REGISTERS)
    head = _EXCHANGE.pack(23, read_address, read_count, write_address, count, len(payload))
    return head + payload


def identification_request(code: int = 1, object_id: int = 0) -> bytes:
    """Ask who the device is (function 43, type 14).

    `code` 1 asks for the basic objects, 2 for regular and 3 for extended ones too, 4 for one.
    """
    return bytes((43, 14, code, object_id))


def only_read(request: bytes) -> bytes:
    """`request` itself, if it changes nothing in a device (functions 1 to 4, and 43 type 14).

    For whoever sends requests that came from elsewhere: writing takes a permit of the gate.

    Raises:
        ValueError: it does, or could.
    """
    if request and (request[0] in _READS or request[:2] == b"\x2b\x0e"):
        return request
    raise ValueError(f"function {request[0] if request else 'none'} may write: it takes a permit")


def check_read_reply(request: bytes, reply: bytes) -> bytes:
    """Registers (big-endian) or packed bits that `reply` brings for a read `request`.

    Raises:
        ModbusException: the device refused.
        BadReply: function or length do not fit the request.
    """
    size = request[3] << 8 | request[4]
    size = (size + 7) >> 3 if request[0] < 3 else 2 * size
    if len(reply) == size + 2 and reply[0] == request[0] and reply[1] == size:
        return reply[2:]
    raise _misfit(request, reply, f"{size} bytes of data")


def check_write_reply(request: bytes, reply: bytes) -> None:
    """Return if `reply` confirms a write `request` (functions 5, 6, 15, 16, 22).

    Raises:
        ModbusException: the device refused.
        BadReply: function, address, count or value are not those of the request.
    """
    if reply != (request if request[0] in (5, 6, 22) else request[:5]):
        raise _misfit(request, reply, "an echo of what was written")


def check_identification_reply(request: bytes, reply: bytes) -> tuple[dict[int, bytes], int | None]:
    """Objects of an identification `reply`, and the object id to go on with (None: complete).

    Raises:
        ModbusException: the device refused.
        BadReply: the reply is cut, too long, or of another kind.
    """
    rule = "a complete list of identification objects"
    if len(reply) < 7 or reply[:3] != request[:3] or reply_length(reply) != len(reply):
        raise _misfit(request, reply, rule)
    objects, at = {}, 7
    for _ in range(reply[6]):
        end = at + 2 + reply[at + 1]
        objects[reply[at]] = reply[at + 2 : end]
        at = end
    return objects, reply[5] if reply[4] == 0xFF else None


def check_reply(request: bytes, reply: bytes) -> None:
    """Return if `reply` answers `request`, of whichever function.

    Raises:
        ModbusException: the device refused.
        BadReply: it answers something else.
    """
    match request[0]:
        case 1 | 2 | 3 | 4 | 23:
            check_read_reply(request, reply)
        case 5 | 6 | 15 | 16 | 22:
            check_write_reply(request, reply)
        case 43:
            check_identification_reply(request, reply)
        case _:
            raise BadReply(f"function {request[0]} is not one that can be checked")


def reply_length(head: bytes) -> int | None:
    """Length of the reply PDU that starts with `head`; None: `head` is too short; 0: unknowable."""
    match head[0] if head else None:
        case None:
            return None
        case function if function & 0x80:
            return 2
        case 1 | 2 | 3 | 4 | 23:
            return 2 + head[1] if len(head) > 1 else None
        case 5 | 6 | 15 | 16:
            return 5
        case 22:
            return 7
        case 43:
            return _identification_length(head)
        case _:
            return 0


def request_length(head: bytes) -> int | None:
    """Length of the request PDU that starts with `head`; None and 0 as in `reply_length`."""
    match head[0] if head else None:
        case None:
            return None
        case 1 | 2 | 3 | 4 | 5 | 6:
            return 5
        case 15 | 16:
            return 6 + head[5] if len(head) > 5 else None
        case 22:
            return 7
        case 23:
            return 10 + head[9] if len(head) > 9 else None
        case 43:
            return 4
        case _:
            return 0


def may_equal_reply(request: bytes) -> bool:
    """Whether a proper reply can be the very bytes of `request`, as on a line that echoes."""
    match request[0]:
        case 5 | 6 | 22:
            return True
        case 1 | 2:  # byte count 3 and its data: the request of address 0x03.. and 17 to 24 bits
            return request[1] == 3 and 17 <= (request[3] << 8 | request[4]) <= 24
        case _:
            return False


def _identification_length(head: bytes) -> int | None:
    if len(head) < 7:
        return None
    at = 7
    for _ in range(head[6]):
        if len(head) < at + 2:
            return None
        at += 2 + head[at + 1]
    return at


def _misfit(request: bytes, reply: bytes, rule: str) -> Exception:
    if len(reply) == 2 and reply[0] == request[0] | 0x80:
        return ModbusException(reply[1])
    found = reply[:12].hex(" ") + (" ..." if len(reply) > 12 else "") or "nothing"
    return BadReply(f"answer {found} to function {request[0]} is not {rule}")


def _registers(payload: bytes) -> int:
    if len(payload) % 2:
        raise ValueError(f"registers are 2 bytes each, {len(payload)} bytes are not")
    return len(payload) // 2


def _span(address: int, count: int, limit: int) -> None:
    if not 1 <= count <= limit:
        raise ValueError(f"count {count} must be 1 to {limit}")
    if not 0 <= address <= 0x10000 - count:
        raise ValueError(f"{count} from address {address} leave 0 to 65535")
