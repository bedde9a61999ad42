"""What stands around the fuzzed ends: a device, a wire that is fed, and oracles of their own."""

from pathlib import Path
from tempfile import TemporaryDirectory

from twin.registers import RegisterBank, load_map

MAP = """\
name,table,address,type,scale,unit,access,min,max,tag
a,hr,0,int16,0.01,degC,rw,-40,120,setting
b,hr,1,int16,0.01,degC,rw,-40,120,setting
c,hr,2,float32,1,kW,rw,0,5000,setting
d,hr,4,uint16,1,-,rw,0,1000,setting
e,ir,0,uint16,0.0001,-,r,,,status
f,ir,1,uint64,1,J,r,,,status
g,co,0,bool,1,-,rw,,,setting
h,co,1,bool,1,-,rw,,,setting
i,di,0,bool,1,-,r,,,status
"""
WRITES = (5, 6, 15, 16, 22, 23)


def device() -> RegisterBank:
    """Memory with every table."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "map.csv"
        file.write_text(MAP)
        return RegisterBank(load_map(file))


def contents(bank: RegisterBank) -> bytes:
    """All that a master can change."""
    return bank.read_registers("hr", 0, 5) + bank.read_bits("co", 0, 2)


def cook(data: bytes, right: bytes, seal, most: int = 8) -> list[bytes]:
    """Chunks that arrive, as `data` says: noise, right frames, and right frames made wrong.

    `right` is a proper frame, `seal(payload)` makes one that only its content speaks against.
    """
    chunks, at = [], 0
    while at < len(data) and len(chunks) < most:
        kind, size = data[at] >> 5, data[at] & 0x1F
        piece = data[at + 1 : at + 1 + size]
        at += 1 + size
        match kind:
            case 0:
                chunks.append(piece)
            case 1:  # a damaged byte
                broken = bytearray(right)
                if len(piece) > 1:
                    broken[piece[0] % len(right)] ^= piece[1]
                chunks.append(bytes(broken))
            case 2:
                chunks.append(right)
            case 3:
                chunks.append(right[:size])
            case 4:
                chunks += [right[:size], right[size:]]
            case 5:
                chunks.append(seal(piece))
            case 6:
                chunks.append(right + piece)
            case _:
                chunks.append(piece + right)
    return [chunk for chunk in chunks if chunk]


def _reflected(value: int, bits: int) -> int:
    return int(f"{value:0{bits}b}"[::-1], 2)


def _step(byte: int) -> int:
    register = _reflected(byte, 8) << 8
    for _ in range(8):
        register = (register << 1) ^ (0x18005 if register & 0x8000 else 0)
    return register & 0xFFFF


_STEPS = [_step(byte) for byte in range(256)]


def check_of(data: bytes) -> bytes:
    """CRC-16/MODBUS by the unreflected polynomial 0x8005: another way than the links'."""
    register = 0xFFFF
    for byte in data:
        register = ((register << 8) & 0xFF00) ^ _STEPS[_reflected(register >> 8, 8) ^ byte]
    return _reflected(register, 16).to_bytes(2, "little")


def frames_in(stream: bytes) -> set[bytes]:
    """Every piece of `stream` that is an RTU frame by its checksum."""
    found = set()
    for start in range(len(stream) - 3):
        register = 0xFFFF
        for end in range(start, min(len(stream) - 2, start + 254)):
            back = _BACK[register >> 8]
            register = ((register << 8) & 0xFF00) ^ _STEPS[back ^ stream[end]]
            check = bytes((_BACK[register >> 8], _BACK[register & 0xFF]))
            if end > start and stream[end + 1 : end + 3] == check:
                found.add(stream[start : end + 1])
    return found


_BACK = [_reflected(byte, 8) for byte in range(256)]


def fits(request: bytes, reply: bytes) -> bool:
    """Whether `reply` is one that the specification allows for `request`."""
    function = request[0]
    if len(reply) == 2 and reply[0] == function | 0x80:
        return True
    if reply[:1] != request[:1]:
        return False
    count = request[3] << 8 | request[4] if len(request) > 4 else 0
    match function:
        case 1 | 2:
            return reply[1] == -(-count // 8) == len(reply) - 2
        case 3 | 4 | 23:
            return reply[1] == 2 * count == len(reply) - 2
        case 5 | 6 | 22:
            return reply == request
        case 15 | 16:
            return reply == request[:5]
        case _:
            return function == 43 and reply[1:3] == request[1:3] and _objects(reply) == reply[6]


def _objects(reply: bytes) -> int:
    """How many identification objects fill the reply exactly; -1 if they do not."""
    rest, number = reply[7:], 0
    while len(rest) > 1:
        rest, number = rest[2 + rest[1] :] if len(rest) >= 2 + rest[1] else b"?", number + 1
    return -1 if rest else number


class Wire:
    """A port in virtual time: chunks come one a read, then silence until the deadline."""

    def __init__(self) -> None:
        self.now = 0
        self.chunks: list[bytes] = []
        self.came = b""
        self.sent: list[bytes] = []
        self.on_write = lambda: None

    def now_ns(self) -> int:
        return self.now

    def read(self, deadline_ns: int) -> bytes:
        if self.chunks:
            self.now += 1000
            chunk = self.chunks.pop(0)
            self.came = (self.came + chunk)[-2048:]
            return chunk
        self.now = max(self.now, deadline_ns)
        return b""

    def write(self, data: bytes) -> None:
        self.sent.append(data)
        self.came = b""
        self.on_write()

    def close(self) -> None:
        self.chunks.clear()


class FedSocket:
    """A connection of a client: what was fed comes in chunks, then a time-out."""

    def __init__(self) -> None:
        self.chunks: list[bytes] = []

    def send(self, data: bytes) -> int:
        """Nobody reads it."""
        return len(data)

    def recv(self, size: int) -> bytes:
        if not self.chunks:
            raise TimeoutError
        chunk = self.chunks[0][:size]
        self.chunks[0] = self.chunks[0][size:]
        if not self.chunks[0]:
            self.chunks.pop(0)
        return chunk

    def close(self) -> None:
        self.chunks.clear()
