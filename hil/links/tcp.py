"""Modbus TCP client: one connection, one outstanding request, replies matched by transaction id."""

import os
import select
import socket
from collections.abc import Callable
from struct import pack

from hil.links.link import LinkFault
from hil.links.mbap import MBAP
from hil.links.pdu import MAX_PDU
from twin.clock import NS_PER_S, monotonic_ns
from twin.signals import Quality

_NS_PER_MS = 1_000_000
_FIRST_PAUSE_NS = NS_PER_S // 10
_LONGEST_PAUSE_NS = 5 * NS_PER_S
_HEAD, _pack_head, _unpack_head = MBAP.size, MBAP.pack, MBAP.unpack_from
_CHUNK = _HEAD + MAX_PDU
"""One reply [bytes]; asking for more at once makes Python get and give back larger memory."""
DEAD_AFTER_SILENCES = 5
"""Silences in a row after which a connection is given up: its peer may have gone [-] (assumed)."""


class TcpLink:
    """A connection to `host:port` that comes back by itself, at the latest after 5 s.

    While it is away, transactions fail at once with LINK_DOWN instead of waiting. Counted:
    `stray` frames (late, of another protocol) that were dropped, and `connects`.
    """

    def __init__(
        self,
        name: str,
        host: str,
        port: int,
        timeout_s: float = 0.5,
        connect_timeout_s: float = 1.0,
        *,
        now_ns: Callable[[], int] = monotonic_ns,
    ) -> None:
        self.name = name
        self.stray = 0
        self.connects = 0
        self._peer = (host, port)
        self._now_ns = now_ns
        self._timeout_ns = round(timeout_s * NS_PER_S)
        self._connect_timeout_s = connect_timeout_s
        self._socket: socket.socket | None = None
        self._readable: Callable[[float], object] = bool
        self._received = b""
        self._transaction = 0
        self._silences = 0
        self._fruitless = 0  # connections in a row that brought no reply before they were lost
        self._pause_ns = 0
        self._next_connect_ns = 0
        self._refusal = ""

    @property
    def reconnects(self) -> int:
        """Connections after the first [-]."""
        return max(0, self.connects - 1)

    def transact(self, unit: int, request: bytes) -> bytes:
        """Reply PDU of `unit`; a reply to an earlier request is dropped, never returned.

        Raises:
            LinkFault: TIMEOUT, GARBLED or LINK_DOWN; the request went out at most once.
        """
        connection, readable = self._socket, self._readable
        if connection is None or readable(0):  # it has gone, or something is left to drop
            connection = self._ready_connection()
        self._transaction = transaction = (self._transaction + 1) & 0xFFFF
        self._send(connection, transaction, unit, request)
        try:
            return self._await_reply(connection, transaction, unit)
        except (TimeoutError, BlockingIOError):
            raise self._silence(unit) from None
        except OSError as error:
            raise self._lost(f"connection lost: {self._explain(error)}") from None

    def broadcast(self, request: bytes) -> None:
        """Send `request` to unit 0: every unit behind a gateway, or the device itself.

        A device that answers for itself is not waited for; its answer is a stray one.
        """
        connection = self._ready_connection()
        self._transaction = (self._transaction + 1) & 0xFFFF
        self._send(connection, self._transaction, 0, request)

    def close(self) -> None:
        """Close the connection; the next transaction opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        self._received = b""

    def _send(self, connection: socket.socket, transaction: int, unit: int, request: bytes) -> None:
        frame = _pack_head(transaction, 0, len(request) + 1, unit) + request
        try:
            if connection.send(frame) == len(frame):
                return
        except OSError as error:
            raise self._lost(f"sending failed: {self._explain(error)}") from None
        raise self._lost("sending failed: the other side takes no more")  # half is on its way

    def _await_reply(self, connection: socket.socket, transaction: int, unit: int) -> bytes:
        now_ns, readable = self._now_ns, self._readable
        deadline_ns = now_ns() + self._timeout_ns  # asked while the peer is at work
        while True:
            chunk = connection.recv(_CHUNK)  # the socket itself gives up after the time-out
            if not chunk:
                raise self._lost("the other side closed the connection")
            self._received += chunk
            reply = self._take_reply(transaction, unit)
            if reply is not None:
                self._silences = self._fruitless = self._pause_ns = 0
                return reply
            left_ns = deadline_ns - now_ns()
            if left_ns <= 0 or not readable(left_ns / _NS_PER_MS):
                raise TimeoutError

    def _take_reply(self, asked: int, unit: int) -> bytes | None:
        """The reply to transaction `asked`, if it has come; whole frames before it are dropped."""
        received = self._received
        while len(received) >= _HEAD:
            transaction, protocol, length, sender = _unpack_head(received)
            shortest = 1 if protocol else 3  # a reply is at least unit, function and one byte
            if not shortest <= length <= MAX_PDU + 1:
                raise self._garbled(f"a frame of {length} bytes cannot be Modbus")
            end = 6 + length
            if len(received) < end:
                return None
            reply = received[7:end]
            self._received = received = received[end:]
            if protocol or transaction != asked:
                self.stray += 1
            elif sender != unit:
                raise self._garbled(f"unit {sender} answered for unit {unit}")
            else:
                return reply
        return None

    def _ready_connection(self) -> socket.socket:
        connection = self._socket
        if connection is not None and not self._hung_up(connection):
            return connection
        self.close()  # nothing of this request was sent yet: connecting anew is safe
        return self._connect()

    def _connect(self) -> socket.socket:
        now_ns = self._now_ns()
        if self._pause_ns and now_ns < self._next_connect_ns:
            raise LinkFault(Quality.LINK_DOWN, self._refusal)
        try:
            connection = self._dial()
        except OSError as error:
            host, port = self._peer
            self._postpone(f"{self.name}: no connection to {host}:{port}: {self._explain(error)}")
            raise LinkFault(Quality.LINK_DOWN, self._refusal) from None
        self._socket = connection
        self._silences = 0
        self.connects += 1
        return connection

    def _dial(self) -> socket.socket:
        connection = socket.create_connection(self._peer, self._connect_timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        _give_up_after(connection, self._timeout_ns)
        self._readable = _readability(connection)
        return connection

    def _postpone(self, why: str) -> None:
        """Leave the peer alone for 0.1 s, 0.2 s ... 5 s; until then `why` is the answer."""
        self._pause_ns = min(max(2 * self._pause_ns, _FIRST_PAUSE_NS), _LONGEST_PAUSE_NS)
        self._next_connect_ns = self._now_ns() + self._pause_ns
        self._refusal = why

    def _explain(self, error: OSError) -> str:
        return error.strerror or str(error)

    def _silence(self, unit: int) -> LinkFault:
        self._silences += 1
        # half a frame, or a peer that has gone without a word: only a new connection is in step
        if self._received or self._silences >= DEAD_AFTER_SILENCES:
            self.close()
        after_ms = self._timeout_ns // 1_000_000
        return LinkFault(
            Quality.TIMEOUT, f"{self.name}: unit {unit} did not answer within {after_ms} ms"
        )

    def _garbled(self, sentence: str) -> LinkFault:
        self.close()
        return LinkFault(Quality.GARBLED, f"{self.name}: {sentence}")

    def _lost(self, sentence: str) -> LinkFault:
        self.close()
        self._fruitless += 1
        if self._fruitless > 1:  # it takes connections only to drop them
            self._postpone(f"{self.name}: {sentence}")
        return LinkFault(Quality.LINK_DOWN, f"{self.name}: {sentence}")

    def _hung_up(self, connection: socket.socket) -> bool:
        """Whether the peer closed while nobody was asking; late replies are left to be dropped."""
        try:
            return bool(self._readable(0)) and not connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True


def _give_up_after(connection: socket.socket, timeout_ns: int) -> None:
    """Let the system end what takes longer, in the same call; Python would ask before every one.

    After a signal that is handled here it begins to count anew.
    """
    connection.settimeout(None)
    s, us = divmod(max(timeout_ns // 1000, 1), 1_000_000)  # 0 would be for ever
    limit = pack("ll", s, us) if os.name == "posix" else 1000 * s + us // 1000 + 1
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, limit)


def _readability(connection: socket.socket) -> Callable[[float], object]:
    """What waits so many milliseconds at most until something can be read, and says if it can."""
    if not hasattr(select, "poll"):  # Windows
        return lambda left_ms: select.select((connection,), (), (), left_ms / 1000)[0]
    watch = select.poll()  # cheaper than select, and no stranger to descriptors above 1023
    watch.register(connection, select.POLLIN)
    return watch.poll
