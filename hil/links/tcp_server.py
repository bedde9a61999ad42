"""A Modbus TCP server without threads: many clients, served by whoever calls `poll`."""

import selectors
import socket
from collections.abc import Mapping
from struct import Struct

from hil.links.latency import LatencyHistogram
from hil.links.listener import accept, listen
from hil.links.pdu import MAX_PDU
from hil.links.server import WRITE_FUNCTIONS, Memory, answer
from twin.clock import NS_PER_S, monotonic_ns

_MBAP = Struct(">HHHB")  # transaction id, protocol id (0), bytes that follow, unit
_NOBODY_THERE = 11
_MOST_CLIENTS = 512
_MOST_UNREAD = 65_536
"""Bytes of replies that a client may leave unread, here and in the kernel, until it must go."""


class _Client:
    __slots__ = ("connection", "incoming", "outgoing")

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.incoming = b""
        self.outgoing = b""


class TcpServer:
    """Units behind one address, for many clients; a unit that is not there gets exception 11.

    A single unit also answers to 0 and 255, as Modbus TCP has it. `port` 0 takes a free one,
    then found in `port`. `latency` is the time an answer took here, without its way. Counted:
    `requests`, `writes` among them, `stray` frames of other
    protocols, `turned_away` clients.

    Raises:
        BadInput: the address is in use, or not one of this machine.
    """

    def __init__(
        self,
        name: str,
        memories: Mapping[int, Memory],
        host: str,
        port: int,
        identity: Mapping[int, bytes] | None = None,
    ) -> None:
        self.name = name
        self.requests = self.writes = self.stray = self.turned_away = 0
        self.latency = LatencyHistogram()
        self._memories = dict(memories)
        if len(memories) == 1:
            (only,) = memories.values()
            self._memories = {0: only, 255: only} | self._memories
        self._identity = identity or {}
        self._listener = listen(name, host, port, _MOST_CLIENTS, _MOST_UNREAD)
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, selectors.EVENT_READ, None)

    def poll(self, deadline_ns: int) -> int:
        """Serve until `deadline_ns` (monotonic) [ns]; what waits is served even if that is past.

        Returns the number of requests served.
        """
        before = self.requests
        while True:
            left_s = max(0, deadline_ns - monotonic_ns()) / NS_PER_S
            for key, events in self._selector.select(left_s):
                if key.data is None:
                    self._accept()
                else:
                    self._attend(key.data, events)
            if monotonic_ns() >= deadline_ns:
                return self.requests - before

    def close(self) -> None:
        """Close all connections and give the address back."""
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()

    def _accept(self) -> None:
        came = accept(self._listener)
        if came is None:
            return
        connection, _ = came
        if len(self._selector.get_map()) > _MOST_CLIENTS:
            self.turned_away += 1
            connection.close()
            return
        self._selector.register(connection, selectors.EVENT_READ, _Client(connection))

    def _attend(self, client: _Client, events: int) -> None:
        try:
            if events & selectors.EVENT_READ:
                data = client.connection.recv(4096)
                if not data:
                    return self._dismiss(client)
                client.incoming = client.incoming + data if client.incoming else data
                if not self._answer_all(client):
                    return self._dismiss(client)
            self._flush(client, bool(events & selectors.EVENT_WRITE))
        except BlockingIOError:
            return None
        except OSError:
            return self._dismiss(client)

    def _answer_all(self, client: _Client) -> bool:
        """Queue replies to all whole requests; False if the stream is no Modbus TCP at all."""
        incoming, at, replies = client.incoming, 0, []
        while len(incoming) - at >= _MBAP.size:
            transaction, protocol, length, unit = _MBAP.unpack_from(incoming, at)
            if not 1 <= length <= MAX_PDU + 1:
                return False
            end = at + 6 + length
            if end > len(incoming):
                break
            if protocol:
                self.stray += 1
            elif length > 1:
                reply = self._reply(unit, incoming[at + 7 : end])
                replies.append(_MBAP.pack(transaction, 0, len(reply) + 1, unit) + reply)
            at = end
        client.incoming = incoming[at:]
        client.outgoing += b"".join(replies)
        return True

    def _reply(self, unit: int, request: bytes) -> bytes:
        self.requests += 1
        came_ns = monotonic_ns()
        reply = answer(self._memories, unit, request, self._identity)
        self.latency.add(monotonic_ns() - came_ns)
        if reply is None:
            return bytes((request[0] | 0x80, _NOBODY_THERE))
        if request[0] in WRITE_FUNCTIONS and not reply[0] & 0x80:
            self.writes += 1
        return reply

    def _flush(self, client: _Client, was_waiting: bool) -> None:
        if client.outgoing:
            try:
                sent = client.connection.send(client.outgoing)
            except BlockingIOError:
                sent = 0
            client.outgoing = client.outgoing[sent:]
        if len(client.outgoing) > _MOST_UNREAD:
            return self._dismiss(client)
        waits = bool(client.outgoing)
        if waits != was_waiting:
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if waits else 0)
            self._selector.modify(client.connection, events, client)
        return None

    def _dismiss(self, client: _Client) -> None:
        self._selector.unregister(client.connection)
        client.connection.close()
