"""Modbus TCP client: one connection, one outstanding request, replies matched by transaction id."""

import select
import socket
from collections.abc import Callable

from hil.links.link import LinkFault
from hil.links.mbap import MBAP
from hil.links.pdu import MAX_PDU
from twin.clock import NS_PER_S, monotonic_ns
from twin.signals import Quality

_FIRST_PAUSE_NS = NS_PER_S // 10
_LONGEST_PAUSE_NS = 5 * NS_PER_S
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
        self._timeout_s = self._timeout_ns / NS_PER_S
        self._connect_timeout_s = connect_timeout_s
        self._socket: socket.socket | None = None
        self._readable: Callable[[], object] = bool
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
        connection = self._ready_connection()
        self._transaction = transaction = (self._transaction + 1) & 0xFFFF
        deadline_ns = self._now_ns() + self._timeout_ns
        self._send(connection, transaction, unit, request)
        try:
            return self._await_reply(connection, transaction, unit, deadline_ns)
        except TimeoutError:
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
        try:
            if connection.gettimeout() != self._timeout_s:  # asking costs nothing, setting does
                connection.settimeout(self._timeout_s)
            connection.sendall(MBAP.pack(transaction, 0, len(request) + 1, unit) + request)
        except OSError as error:  # a time-out too: half a request may be on its way
            raise self._lost(f"sending failed: {self._explain(error)}") from None

    def _await_reply(
        self, connection: socket.socket, transaction: int, unit: int, deadline_ns: int
    ) -> bytes:
        first = True
        while True:
            while (frame := self._take_frame()) is not None:
                identity, sender, reply = frame
                if identity != transaction:
                    self.stray += 1
                elif sender != unit:
                    raise self._garbled(f"unit {sender} answered for unit {unit}")
                else:
                    self._silences = self._fruitless = self._pause_ns = 0
                    return reply
            if not first:
                left_ns = deadline_ns - self._now_ns()
                if left_ns <= 0:
                    raise TimeoutError
                connection.settimeout(left_ns / NS_PER_S)
            first = False
            chunk = connection.recv(4096)
            if not chunk:
                raise self._lost("the other side closed the connection")
            self._received = self._received + chunk if self._received else chunk

    def _take_frame(self) -> tuple[int, int, bytes] | None:
        """Next frame (transaction, unit, PDU) of the Modbus protocol, None while there is none."""
        while len(received := self._received) >= MBAP.size:
            transaction, protocol, length, unit = MBAP.unpack_from(received)
            shortest = 1 if protocol else 3  # a reply is at least unit, function and one byte
            if not shortest <= length <= MAX_PDU + 1:
                raise self._garbled(f"a frame of {length} bytes cannot be Modbus")
            if len(received) < 6 + length:
                return None
            self._received = received[6 + length :]
            if protocol == 0:
                return transaction, unit, received[7 : 6 + length]
            self.stray += 1
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
            if not self._readable():
                return False
            connection.settimeout(0)
            return not connection.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return False
        except OSError:
            return True


def _readability(connection: socket.socket) -> Callable[[], object]:
    """What says at once whether something waits to be read."""
    if not hasattr(select, "poll"):  # Windows
        return lambda: select.select((connection,), (), (), 0)[0]
    watch = select.poll()  # cheaper than select, and no stranger to descriptors above 1023
    watch.register(connection, select.POLLIN)
    return lambda: watch.poll(0)
