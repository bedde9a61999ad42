"""Four fuzzed ends; each call is one case and raises AssertionError for what must not happen."""

import socket
from contextlib import suppress
from struct import pack, unpack_from

from fuzz_peers import (
    WRITES,
    FedSocket,
    Wire,
    check_of,
    contents,
    cook,
    device,
    fits,
    frames_in,
)

from hil.links import pdu
from hil.links.link import LinkFault
from hil.links.rtu import RtuLink
from hil.links.rtu_server import RtuServer
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns

QUESTIONS = (
    pdu.read_request("hr", 0, 2),
    pdu.read_request("co", 3, 11),
    pdu.read_request("di", 0x0300, 20),
    pdu.read_request("ir", 0, 125),
    pdu.write_register_request(0, b"\x01\x02"),
    pdu.write_registers_request(1, b"\x01\x02\x03\x04"),
    pdu.write_coil_request(1, True),
    pdu.mask_write_request(4, 0xF2, 0x25),
    pdu.exchange_request(0, 2, 0, b"\x00\x07"),
    pdu.identification_request(),
)
UNIT = 17


def reply_to(request: bytes) -> bytes:
    """What a device with 0x5A everywhere answers."""
    count = request[3] << 8 | request[4] if len(request) > 4 else 0
    match request[0]:
        case 1 | 2:
            return bytes((request[0], -(-count // 8))) + b"\x5a" * -(-count // 8)
        case 3 | 4 | 23:
            return bytes((request[0], 2 * count)) + b"\x5a" * (2 * count)
        case 5 | 6 | 22:
            return request
        case 15 | 16:
            return request[:5]
        case _:
            return b"\x2b\x0e\x01\x81\x00\x00\x01\x00\x03abc"


class _FedTcpLink(TcpLink):
    fed: FedSocket

    def _dial(self):
        self.fed = FedSocket()
        return self.fed

    def _hung_up(self, connection):
        return False


class TcpClientTarget:
    """A `TcpLink` whose peer sends anything."""

    def __init__(self) -> None:
        self.accepted = 0
        self.link = _FedTcpLink("fuzz", "127.0.0.1", 1)

    def __call__(self, data: bytes) -> None:
        if not data:
            return
        request = QUESTIONS[data[0] % len(QUESTIONS)]
        self.link._ready_connection()
        expected = (self.link._transaction + 1) & 0xFFFF
        right = pack(">HHHB", expected, 0, len(reply_to(request)) + 1, UNIT) + reply_to(request)
        chunks = cook(
            data[1:],
            right,
            lambda piece: pack(">HHHB", expected, 0, len(piece) + 1, UNIT) + piece,
        )
        self.link.fed.chunks += chunks
        stream = bytes(self.link._received) + b"".join(self.link.fed.chunks)
        try:
            reply = self.link.transact(UNIT, request)
        except LinkFault:
            return
        assert pack(">HHHB", expected, 0, len(reply) + 1, UNIT) + reply in stream
        try:
            pdu.check_reply(request, reply)
        except (pdu.BadReply, pdu.ModbusException):
            return
        assert fits(request, reply)
        self.accepted += 1


class RtuClientTarget:
    """An `RtuLink` on a wire where anything arrives."""

    def __init__(self) -> None:
        self.accepted = 0
        self.wire = Wire()
        self.link = RtuLink("fuzz", "", open_port=lambda: self.wire, now_ns=self.wire.now_ns)

    def __call__(self, data: bytes) -> None:
        if not data:
            return
        request = QUESTIONS[data[0] % len(QUESTIONS)]
        body = bytes((UNIT,)) + reply_to(request)
        chunks = cook(
            data[1:],
            body + check_of(body),
            lambda piece: bytes((UNIT,)) + piece + check_of(bytes((UNIT,)) + piece),
        )
        self.wire.sent.clear()
        self.wire.on_write = lambda: self.wire.chunks.extend(chunks)
        try:
            reply = self.link.transact(UNIT, request)
        except LinkFault:
            return
        frame = bytes((UNIT,)) + reply
        assert frame + check_of(frame) in self.wire.came
        assert fits(request, reply)
        self.accepted += 1


class TcpServerTarget:
    """A `TcpServer` on a real socket, whose client sends anything."""

    def __init__(self) -> None:
        self.accepted = 0
        self.bank = device()
        self.server = TcpServer("fuzz", {UNIT: self.bank}, "127.0.0.1", 0, {0: b"hukka"})
        self.client: socket.socket | None = None
        self.rest = b""

    def __call__(self, data: bytes) -> None:
        if not data:
            return
        client = self.client = self.client or self._connected()
        request = QUESTIONS[data[0] % len(QUESTIONS)]
        right = pack(">HHHB", 7, 0, len(request) + 1, UNIT) + request
        stream = b"".join(
            cook(data[1:], right, lambda piece: pack(">HHHB", 9, 0, len(piece) + 1, 255) + piece)
        )
        before = contents(self.bank)
        with suppress(OSError):
            client.sendall(stream)
        self.server.poll(monotonic_ns())
        self.server.poll(monotonic_ns())
        wanted, self.rest, alive = _requests(self.rest + stream)
        for transaction, unit, message in wanted:
            got = self._answer()
            assert got is not None or not alive, "a request was not answered"
            if got is None:
                break
            assert got[:2] == (transaction, unit)
            assert got[2][0] & 0x7F == message[0] & 0x7F
            if not got[2][0] & 0x80:
                assert fits(message, got[2])
                self.accepted += 1
        if contents(self.bank) != before:
            assert any(message[0] in WRITES for _, _, message in wanted)
        if not alive:
            self._leave()

    def _answer(self):
        assert self.client is not None
        try:
            head = self.client.recv(7, socket.MSG_WAITALL)
            if len(head) < 7:
                return None
            transaction, protocol, length, unit = unpack_from(">HHHB", head)
            assert protocol == 0
            return transaction, unit, self.client.recv(length - 1, socket.MSG_WAITALL)
        except OSError:
            return None

    def _connected(self) -> socket.socket:
        self.rest = b""
        client = socket.create_connection(("127.0.0.1", self.server.port), 2)
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.server.poll(monotonic_ns())
        return client

    def _leave(self) -> None:
        assert self.client is not None
        self.client.close()
        self.client = None
        self.server.poll(monotonic_ns())


def _requests(stream: bytes):
    """Requests of a TCP stream, what is left of it, and whether it is still Modbus."""
    found = []
    while len(stream) >= 7:
        transaction, protocol, length, unit = unpack_from(">HHHB", stream)
        if not 1 <= length <= 254:
            return found, b"", False
        if len(stream) < 6 + length:
            break
        if protocol == 0 and length > 1:
            found.append((transaction, unit, stream[7 : 6 + length]))
        stream = stream[6 + length :]
    return found, stream, True


class RtuServerTarget:
    """An `RtuServer` on a wire where anything arrives."""

    def __init__(self) -> None:
        self.accepted = 0
        self.bank = device()
        self.wire = Wire()
        self.heard = b""
        memories = {UNIT: self.bank}
        self.server = RtuServer("fuzz", memories, self.wire, {0: b"hukka"}, self.wire.now_ns)

    def __call__(self, data: bytes) -> None:
        if not data:
            return
        request = QUESTIONS[data[0] % len(QUESTIONS)]
        body = bytes((UNIT,)) + request
        chunks = cook(
            data[1:],
            body + check_of(body),
            lambda piece: (
                bytes((data[0] & UNIT,)) + piece + check_of(bytes((data[0] & UNIT,)) + piece)
            ),
        )
        before = contents(self.bank)
        self.wire.sent.clear()
        self.wire.chunks += chunks
        self.heard = (self.heard + b"".join(chunks))[-1024:]
        while self.wire.chunks:
            self.server.poll(self.wire.now)
        self.server.poll(self.wire.now + 50_000_000)
        for frame in self.wire.sent:
            assert frame[0] == UNIT
            assert check_of(frame[:-2]) == frame[-2:]
            self.accepted += 1
        if contents(self.bank) != before:
            asked = frames_in(self.heard)
            assert any(f[0] in (0, UNIT) and f[1] in WRITES for f in asked if len(f) > 1)
        self.heard = b""


TARGETS = {
    "tcp_client": TcpClientTarget,
    "rtu_client": RtuClientTarget,
    "tcp_server": TcpServerTarget,
    "rtu_server": RtuServerTarget,
}
