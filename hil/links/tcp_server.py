"""A Modbus TCP server without threads: many clients, served by whoever calls `poll`."""

import selectors
import socket
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping

from hil.links.listener import SHUT_NS, accept, listen
from hil.links.mbap import MBAP
from hil.links.pdu import MAX_PDU
from hil.links.peer import Notes, Peer, ServerLimits, TokenBucket
from hil.links.server import WRITE_FUNCTIONS, Memory, answer
from hil.links.tally import Tally
from twin.clock import NS_PER_S, monotonic_ns

_NO_PATH, _NOBODY_THERE = 10, 11
_AFTER_BREATH_NS = NS_PER_S // 100
_READ = selectors.EVENT_READ
_WRITE = selectors.EVENT_WRITE


class Client:
    """One connection; `active_ns` is when its last whole request came, `greeting` before any."""

    __slots__ = (
        "active_ns", "bucket", "connection", "events", "greeting",
        "incoming", "memories", "outgoing", "peer", "resume_ns",
    )  # fmt: skip

    def __init__(
        self,
        connection: socket.socket,
        peer: Peer,
        memories: Mapping[int, Memory],
        bucket: TokenBucket,
        now_ns: int,
    ) -> None:
        self.connection = connection
        self.peer = peer
        self.memories = memories
        self.bucket = bucket
        self.active_ns = now_ns
        self.incoming = b""
        self.outgoing = b""
        self.events = _READ
        self.greeting = False
        self.resume_ns = 0


class TcpServer:
    """Units behind one address, for many clients; with several units it is a gateway.

    A unit that is not there: exception 11 (0x0B, target failed to respond) for 1 to 247, which
    could be on the gateway's line but do not answer; exception 10 (0x0A, path unavailable) for
    ids that no line has (0, 248 to 255), because the gateway itself has no registers. A single
    unit is the device itself, and also answers to 0 and 255. Sources: MODBUS Application Protocol
    V1.1b3, 7; MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 4.4.2.1.

    When all places are taken, the client goes that has not sent a whole request for longest. An
    address that asks more than its rate is slowed down by not being read from, and named; each of
    its connections still gets an answer every 10 ms.

    `port` 0 takes a free one, then found in `port`. `say` gets a line about each misbehaviour,
    each kind at most once a second.
    Counted: `requests`, `writes` among them, `stray` frames of other protocols, `evicted` clients,
    `turned_away` ones, and in `throttled` how often each address was slowed down.

    Raises:
        BadInput: the address is in use, or not one of this machine.
    """

    _not_now: tuple[type[OSError], ...] = (BlockingIOError,)
    _chunk = 4096
    _greets = False

    def __init__(
        self,
        name: str,
        memories: Mapping[int, Memory],
        host: str,
        port: int,
        identity: Mapping[int, bytes] | None = None,
        *,
        limits: ServerLimits = ServerLimits(),  # noqa: B008, a constant
        say: Callable[[str], None] = lambda sentence: None,
        memories_for: Callable[[Peer], Mapping[int, Memory]] | None = None,
    ) -> None:
        self.name = name
        self._memories_for = memories_for
        self.requests = self.writes = self.stray = self.turned_away = self.evicted = 0
        self.throttled: Counter[str] = Counter()
        self._memories = with_own_ids(memories)
        self._own_id = next(iter(memories)) if len(memories) == 1 else None
        self._tallies: defaultdict[int, Tally] = defaultdict(Tally)
        self._identity = identity or {}
        self._limits = limits
        self._notes = Notes(say, monotonic_ns)
        self._clients: set[Client] = set()
        self._buckets: dict[str, TokenBucket] = {}
        self._paused: set[Client] = set()
        self._shut_until_ns = 0
        self._listener = listen(name, host, port, limits.clients, limits.unread)
        self.port: int = self._listener.getsockname()[1]
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._listener, _READ, None)

    def poll(self, deadline_ns: int) -> int:
        """Serve until `deadline_ns` (monotonic) [ns]; what waits is served even if that is past.

        Returns the number of requests served.
        """
        before = self.requests
        while True:
            left_s = max(0, self._resume(deadline_ns) - monotonic_ns()) / NS_PER_S
            for key, events in self._selector.select(left_s):
                if key.data is None:
                    self._accept()
                elif key.data in self._clients:  # else it was evicted in this very round
                    self._attend(key.data, events)
            if monotonic_ns() >= deadline_ns:
                return self.requests - before

    def tally(self, unit: int) -> Tally:
        """What was answered for `unit`; times without the way to it."""
        return self._tallies[unit]

    def close(self) -> None:
        """Close all connections and give the address back, even if a signal cut `poll` short."""
        self._selector.close()
        for client in self._clients:
            client.connection.close()
        self._clients.clear()
        self._listener.close()

    def _accept(self) -> None:
        try:
            came = accept(self._listener)
        except OSError as error:  # as long as a client waits that cannot be let in, no wait is one
            self._notes.tell("no room", f"{self.name}: nobody is let in: {error.strerror}")
            self._selector.unregister(self._listener)
            self._shut_until_ns = monotonic_ns() + SHUT_NS
            return
        if came is None:
            return
        connection, address = came
        if len(self._clients) >= self._limits.clients and not self._evict(address):
            connection.close()
            return
        try:
            connection = self._wrapped(connection)
        except OSError:  # it left again
            connection.close()
            return
        now_ns = monotonic_ns()
        bucket = self._bucket(address, now_ns)
        bucket.clients += 1
        peer = Peer(address)
        client = Client(connection, peer, self._first_memories(peer), bucket, now_ns)
        client.greeting = self._greets
        self._clients.add(client)
        self._selector.register(connection, _READ, client)

    def _first_memories(self, peer: Peer) -> Mapping[int, Memory]:
        """What a client may see as long as nothing but its address is known."""
        if self._memories_for is None:
            return self._memories
        return with_own_ids(self._memories_for(peer))

    def _bucket(self, address: str, now_ns: int) -> TokenBucket:
        """What an address may ask; coming back does not give it more."""
        if len(self._buckets) > 2 * self._limits.clients:
            self._buckets = {a: b for a, b in self._buckets.items() if b.clients}
        if address not in self._buckets:
            fresh = TokenBucket(self._limits.requests_per_s, self._limits.burst, now_ns)
            self._buckets[address] = fresh
        return self._buckets[address]

    def _wrapped(self, connection: socket.socket) -> socket.socket:
        """The connection as it is spoken on."""
        return connection

    def _evict(self, newcomer: str) -> bool:
        """Make room for one more: whoever was idle for longest goes, unless all are busy."""
        idle = min(self._clients, key=lambda client: client.active_ns)
        if monotonic_ns() - idle.active_ns < NS_PER_S:
            self.turned_away += 1
            self._notes.tell("full", f"{self.name}: no place for {newcomer}: all clients are busy")
            return False
        self.evicted += 1
        self._notes.tell("evicted", f"{self.name}: {idle.peer} was idle and made room")
        self._dismiss(idle)
        return True

    def _attend(self, client: Client, events: int) -> None:
        try:
            if events & _READ:
                data = client.connection.recv(self._chunk)
                if not data:
                    return self._dismiss(client)
                client.incoming = client.incoming + data if client.incoming else data
                if not self._answer_all(client):
                    return self._dismiss(client)
            self._flush(client)
        except self._not_now:
            return None
        except OSError:
            return self._dismiss(client)

    def _answer_all(self, client: Client) -> bool:
        """Queue replies to all whole requests; False if the stream is no Modbus TCP at all."""
        replies: list[bytes] = []
        incoming, at, taken = client.incoming, 0, 0
        now_ns = monotonic_ns()
        left = client.bucket.left(now_ns)
        if left < 1 and now_ns - client.active_ns >= _AFTER_BREATH_NS:
            left = 1  # a calm program does not starve beside a mad one on the same machine
        while len(incoming) - at >= MBAP.size:
            transaction, protocol, length, unit = MBAP.unpack_from(incoming, at)
            if not 1 <= length <= MAX_PDU + 1:
                return False
            end = at + 6 + length
            if end > len(incoming):
                break
            if taken >= left:
                self._pause(client, now_ns)
                break
            if protocol:
                self.stray += 1
            elif length > 1:
                reply = self._reply(client, unit, incoming[at + 7 : end])
                replies.append(MBAP.pack(transaction, 0, len(reply) + 1, unit) + reply)
            at = end
            taken += 1  # also what nobody answers takes time that others wait for
        client.incoming = incoming[at:]
        client.bucket.take(taken)
        if replies:
            client.active_ns = now_ns
            client.outgoing += b"".join(replies)
        return True

    def _reply(self, client: Client, unit: int, request: bytes) -> bytes:
        self.requests += 1
        came_ns = monotonic_ns()
        reply = answer(client.memories, unit, request, self._identity)
        if reply is None:
            return bytes((request[0] | 0x80, _NOBODY_THERE if 1 <= unit <= 247 else _NO_PATH))
        tally = self._tallies[self._own_id or unit]
        tally.requests += 1
        tally.latency.add(monotonic_ns() - came_ns)
        if request[0] in WRITE_FUNCTIONS and not reply[0] & 0x80:
            self.writes += 1
        return reply

    def _pause(self, client: Client, now_ns: int) -> None:
        """Read no more from a client until its address may ask again."""
        client.resume_ns = now_ns + _AFTER_BREATH_NS
        self._paused.add(client)
        self.throttled[client.peer.address] += 1
        rate = self._limits.requests_per_s
        self._notes.tell(
            f"mad {client.peer.address}",
            f"{self.name}: {client.peer} asks more than {rate} times a second and is slowed down",
        )

    def _resume(self, deadline_ns: int) -> int:
        """Take up again whatever waited long enough; when the next has to be, or the deadline."""
        if not (self._paused or self._shut_until_ns):
            return deadline_ns
        now_ns = monotonic_ns()
        for client in [c for c in self._paused if c.resume_ns <= now_ns]:
            self._paused.remove(client)
            if not self._answer_all(client):
                self._dismiss(client)
                continue
            try:
                self._flush(client)
            except OSError:
                self._dismiss(client)
        if 0 < self._shut_until_ns <= now_ns:
            self._shut_until_ns = 0
            self._selector.register(self._listener, _READ, None)
        waits = [c.resume_ns for c in self._paused]
        return min(deadline_ns, self._shut_until_ns or deadline_ns, *waits)

    def _flush(self, client: Client) -> None:
        if client.outgoing:
            try:
                sent = client.connection.send(client.outgoing)
            except self._not_now:
                sent = 0
            client.outgoing = client.outgoing[sent:]
        if len(client.outgoing) > self._limits.unread:
            self._notes.tell("deaf", f"{self.name}: {client.peer} does not read its answers")
            return self._dismiss(client)
        reads = 0 if client in self._paused else _READ
        self._listen_for(client, reads | (_WRITE if client.outgoing else 0))
        return None

    def _listen_for(self, client: Client, events: int) -> None:
        if events == client.events:
            return
        if not client.events:
            self._selector.register(client.connection, events, client)
        elif not events:
            self._selector.unregister(client.connection)
        else:
            self._selector.modify(client.connection, events, client)
        client.events = events

    def _dismiss(self, client: Client) -> None:
        self._listen_for(client, 0)
        self._clients.discard(client)
        self._paused.discard(client)
        client.bucket.clients -= 1
        client.connection.close()


def with_own_ids(memories: Mapping[int, Memory]) -> dict[int, Memory]:
    """The units of a server; a single one is the device itself, and has unit ids 0 and 255 too."""
    if len(memories) != 1:
        return dict(memories)
    (only,) = memories.values()
    return {0: only, 255: only} | dict(memories)
