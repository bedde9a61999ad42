"""The answering side of Modbus as a function: memories and a request PDU in, a reply PDU out."""

from collections.abc import Mapping
from typing import Protocol

from hil.links.pdu import (
    MAX_EXCHANGE_WRITE_REGISTERS,
    MAX_PDU,
    MAX_READ_BITS,
    MAX_READ_REGISTERS,
    MAX_WRITE_BITS,
    MAX_WRITE_REGISTERS,
    READ_TABLE,
)
from twin.registers import IllegalAddress, IllegalValue, Table

WRITE_FUNCTIONS = frozenset((5, 6, 15, 16, 22, 23))

_ILLEGAL_FUNCTION, _ILLEGAL_ADDRESS, _ILLEGAL_VALUE = 1, 2, 3


class Memory(Protocol):
    """Registers and bits of one unit, by table (`co`, `di`, `hr`, `ir`) and 0-based address.

    Raises IllegalAddress for places that do not exist, IllegalValue for values not taken;
    a write that raises has written nothing.
    """

    def read_registers(self, table: Table, address: int, count: int, /) -> bytes:
        """Registers of `hr` or `ir`, big-endian."""
        ...

    def write_registers(self, address: int, payload: bytes, /) -> None:
        """Put big-endian registers into `hr`."""
        ...

    def read_bits(self, table: Table, address: int, count: int, /) -> bytes:
        """Bits of `co` or `di`, eight to a byte, lowest address in bit 0."""
        ...

    def write_bits(self, address: int, count: int, payload: bytes, /) -> None:
        """Put packed bits into `co`."""
        ...


class _Refusal(Exception):
    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


def answer(
    memories: Mapping[int, Memory],
    unit: int,
    request: bytes,
    identity: Mapping[int, bytes] | None = None,
) -> bytes | None:
    """Reply PDU to `request` for `unit`, as Modbus has it: exceptions 1, 2 and 3 where due.

    None where the specification wants silence: an unknown unit, or an empty request.
    `identity` maps object ids (0 vendor, 1 product, 2 revision ...) to text for function 43.
    """
    memory = memories.get(unit)
    if memory is None or not request:
        return None
    function = request[0]
    try:
        if function in (3, 4):
            return _read_registers(memory, request)
        if function == 16:
            return _write_registers(memory, request)
        return _others(memory, request, identity or {})
    except _Refusal as refusal:
        code = refusal.code
    except IllegalAddress:
        code = _ILLEGAL_ADDRESS
    except IllegalValue:
        code = _ILLEGAL_VALUE
    return bytes((function | 0x80, code))


def _others(memory: Memory, request: bytes, identity: Mapping[int, bytes]) -> bytes:
    match request[0]:
        case 1 | 2:
            return _read_bits(memory, request)
        case 5:
            return _write_coil(memory, request)
        case 6:
            _need(len(request) == 5)
            memory.write_registers(_word(request, 1), request[3:5])
            return request
        case 15:
            return _write_coils(memory, request)
        case 22:
            return _mask_write(memory, request)
        case 23:
            return _exchange(memory, request)
        case 43 if identity:
            return _identification(request, identity)
        case _:
            raise _Refusal(_ILLEGAL_FUNCTION)


def _read_registers(memory: Memory, request: bytes) -> bytes:
    if len(request) != 5 or not 1 <= (count := request[3] << 8 | request[4]) <= MAX_READ_REGISTERS:
        raise _Refusal(_ILLEGAL_VALUE)
    data = memory.read_registers(READ_TABLE[request[0]], request[1] << 8 | request[2], count)
    return bytes((request[0], len(data))) + data


def _read_bits(memory: Memory, request: bytes) -> bytes:
    _need(len(request) == 5)
    count = _word(request, 3)
    _need(1 <= count <= MAX_READ_BITS)
    data = memory.read_bits(READ_TABLE[request[0]], _word(request, 1), count)
    return bytes((request[0], len(data))) + data


def _write_coil(memory: Memory, request: bytes) -> bytes:
    _need(len(request) == 5 and _word(request, 3) in (0, 0xFF00))
    memory.write_bits(_word(request, 1), 1, b"\x01" if request[3] else b"\x00")
    return request


def _write_coils(memory: Memory, request: bytes) -> bytes:
    _need(len(request) > 5)
    count = _word(request, 3)
    _need(1 <= count <= MAX_WRITE_BITS)
    _need(request[5] == (count + 7) // 8 and len(request) == 6 + request[5])
    memory.write_bits(_word(request, 1), count, request[6:])
    return request[:5]


def _write_registers(memory: Memory, request: bytes) -> bytes:
    size = len(request) - 6
    if not 0 < size <= 2 * MAX_WRITE_REGISTERS or not request[5] == size == 2 * _word(request, 3):
        raise _Refusal(_ILLEGAL_VALUE)
    memory.write_registers(request[1] << 8 | request[2], request[6:])
    return request[:5]


def _mask_write(memory: Memory, request: bytes) -> bytes:
    _need(len(request) == 7)
    address, keep, put = _word(request, 1), _word(request, 3), _word(request, 5)
    before = _word(memory.read_registers("hr", address, 1), 0)
    after = (before & keep) | (put & ~keep)
    memory.write_registers(address, after.to_bytes(2, "big"))
    return request


def _exchange(memory: Memory, request: bytes) -> bytes:
    _need(len(request) > 9)
    read_count, write_count = _word(request, 3), _word(request, 7)
    _need(1 <= read_count <= MAX_READ_REGISTERS)
    _need(1 <= write_count <= MAX_EXCHANGE_WRITE_REGISTERS)
    _need(request[9] == 2 * write_count and len(request) == 10 + request[9])
    memory.read_registers("hr", _word(request, 1), read_count)  # refuse before anything is written
    memory.write_registers(_word(request, 5), request[10:])
    data = memory.read_registers("hr", _word(request, 1), read_count)
    return bytes((23, len(data))) + data


def _identification(request: bytes, identity: Mapping[int, bytes]) -> bytes:
    if len(request) != 4 or request[1] != 14:
        raise _Refusal(_ILLEGAL_FUNCTION if len(request) > 1 and request[1] != 14 else 3)
    code, start = request[2], request[3]
    if code == 4:
        if start not in identity:
            raise _Refusal(_ILLEGAL_ADDRESS)
        chosen = [start]
    else:
        _need(1 <= code <= 3)
        last = (0x02, 0x7F, 0xFF)[code - 1]
        # an object id that is not there means: from the beginning
        first = start if start in identity else 0
        chosen = sorted(key for key in identity if first <= key <= last)
    body, listed, following = bytearray(), 0, 0
    for key in chosen:
        text = identity[key][: MAX_PDU - 9]  # what fits when it comes alone
        if 9 + len(body) + len(text) > MAX_PDU:
            following = key
            break
        body += bytes((key, len(text))) + text
        listed += 1
    more = 0xFF if following else 0
    conformity = 0x83 if max(identity) > 0x7F else 0x82 if max(identity) > 2 else 0x81
    return bytes((43, 14, code, conformity, more, following, listed)) + bytes(body)


def _word(data: bytes, at: int) -> int:
    return data[at] << 8 | data[at + 1]


def _need(holds: bool) -> None:
    if not holds:
        raise _Refusal(_ILLEGAL_VALUE)
