"""The answering end of Modbus/TCP Security: who may ask, and what, is in the certificates."""

import selectors
import socket
import ssl
from collections import Counter
from collections.abc import Callable, Mapping

from hil.links.peer import Peer, ServerLimits
from hil.links.roles import RoleRules
from hil.links.server import Memory
from hil.links.tcp_server import Client, TcpServer, with_own_ids
from hil.links.tls_identity import TlsFiles, explain, peer_of, server_context
from twin.clock import monotonic_ns

_NOT_ALLOWED = 1
_HANDSHAKE = 500
"""Requests that a handshake counts for: about the time it takes here."""
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class TlsServer(TcpServer):
    """A `TcpServer` for clients with a certificate of the CA, whose role decides what they may do.

    What `rules` do not allow is answered with exception 01 (function | 0x80) and named; a client
    without a role is let in, with the role None, for which there usually is no rule (MODBUS/TCP
    Security v21, 8.3). `memories_for` gives a client memories of its own, by its `Peer` (subject
    and role). Counted: `unauthorised` by role, `rejected` clients that TLS did not let in.

    A handshake counts as 500 requests of its address, of which a mad one gets no more.

    Raises:
        BadInput: the address cannot be had, or the files cannot work.
    """

    _not_now = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
    _chunk = 16_384  # a whole TLS record: what stayed inside would not wake the selector
    _greets = True

    def __init__(
        self,
        name: str,
        memories: Mapping[int, Memory],
        host: str,
        port: int,
        files: TlsFiles,
        rules: RoleRules,
        identity: Mapping[int, bytes] | None = None,
        *,
        memories_for: Callable[[Peer], Mapping[int, Memory]] | None = None,
        limits: ServerLimits = ServerLimits(),  # noqa: B008, a constant
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self.rejected = 0
        self.unauthorised: Counter[str | None] = Counter()
        self._context = server_context(files)
        self._rules = rules
        super().__init__(
            name, memories, host, port, identity,
            limits=limits, say=say, memories_for=memories_for,
        )  # fmt: skip

    def _first_memories(self, peer: Peer) -> Mapping[int, Memory]:
        return self._memories  # who it is comes with its certificate

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        return self._context.wrap_socket(
            connection, server_side=True, do_handshake_on_connect=False
        )

    def _attend(self, client: Client, events: int) -> None:
        if client.greeting and not self._greet(client):
            return
        super()._attend(client, events)

    def _greet(self, client: Client) -> bool:
        """Go on with the handshake; whether it is done."""
        assert isinstance(client.connection, ssl.SSLSocket)
        if client.bucket.left(monotonic_ns()) < 1:
            self.throttled[client.peer.address] += 1
            self._reject(client, "its address asks for too much")
            return False
        try:
            client.connection.do_handshake()
        except ssl.SSLWantReadError:
            self._listen_for(client, _READ)
            return False
        except ssl.SSLWantWriteError:
            self._listen_for(client, _WRITE)
            return False
        except OSError as error:
            client.bucket.take(_HANDSHAKE)
            self._reject(client, explain(error))
            return False
        client.bucket.take(_HANDSHAKE)
        certificate = client.connection.getpeercert(binary_form=True)
        try:
            subject, role = peer_of(certificate or b"")
        except ValueError as error:
            self._reject(client, str(error))
            return False
        client.peer = Peer(client.peer.address, subject, role)
        if self._memories_for is not None:
            client.memories = with_own_ids(self._memories_for(client.peer))
        client.greeting = False
        self._listen_for(client, _READ)
        return True

    def _reject(self, client: Client, why: str) -> None:
        self.rejected += 1
        self._notes.tell(f"rejected {why}", f"{self.name}: {client.peer} was not let in: {why}")
        self._dismiss(client)

    def _reply(self, client: Client, unit: int, request: bytes) -> bytes:
        role = client.peer.role
        if self._rules.allow(role, request):
            return super()._reply(client, unit, request)
        self.requests += 1
        self.unauthorised[role] += 1
        has = "has no role in its certificate" if role is None else f"has the role {role!r}"
        what = f"may not use function {request[0]} there"
        self._notes.tell(f"role {role}", f"{self.name}: {client.peer} {has} and {what}")
        return bytes((request[0] | 0x80, _NOT_ALLOWED))
