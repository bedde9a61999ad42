"""A TCP server among clients that are many, slow, idle or mad: the others are served."""

import socket
from contextlib import suppress
from struct import pack

import pytest
from links_lines import MS, mbap, request_of, small_bank

from hil.links import pdu
from hil.links.peer import Notes, ServerLimits, TokenBucket
from hil.links.tcp_server import TcpServer
from twin.clock import NS_PER_S, VirtualClock, monotonic_ns

READ = pdu.read_request("hr", 0, 2)
VALUES = b"\x03\x04" + pack(">hh", 3025, -150)


@pytest.fixture
def crowd(tmp_path):
    """Makes a server with `limits`, polled by the test itself, and connections to it."""
    open_ones = []

    class Crowd:
        def __init__(self):
            self.said = []

        def serve(self, **limits):
            self.server = TcpServer(
                "lan", {1: small_bank(tmp_path)}, "127.0.0.1", 0,
                limits=ServerLimits(**limits), say=self.said.append,
            )  # fmt: skip
            open_ones.append(self.server)
            return self

        def client(self):
            connection = socket.create_connection(("127.0.0.1", self.server.port), 5)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            open_ones.append(connection)
            self.server.poll(monotonic_ns())
            return connection

        def asks(self, connection, number=1):
            connection.sendall(mbap(number, 1, READ))
            self.server.poll(monotonic_ns())
            connection.settimeout(5)
            return request_of(connection) == (number, 1, VALUES)

    made = Crowd()
    yield made
    for one in reversed(open_ones):
        one.close()


def is_closed(connection):
    connection.settimeout(5)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


def age(server, *clients):
    """As if these clients, and nobody else, had been idle for a minute."""
    ports = {client.getsockname()[1] for client in clients}
    for client in server._clients:
        if client.connection.getpeername()[1] in ports:
            client.active_ns -= 60 * NS_PER_S


@pytest.mark.parametrize("frame", [mbap(1, 1, READ, protocol=7), mbap(1, 1, b"")])
def test_frames_that_nobody_answers_count_as_requests_too(crowd, frame):
    """A client gone mad is slowed down and named, whether or not it talks Modbus."""
    crowd.serve(requests_per_s=1000, burst=50)
    mad, calm = crowd.client(), crowd.client()
    mad.sendall(200 * frame)
    for _ in range(3):
        crowd.server.poll(monotonic_ns())
    assert crowd.server.throttled["127.0.0.1"] > 0
    assert crowd.said[0].startswith("lan: 127.0.0.1 asks more than 1000 times a second")
    crowd.server.poll(monotonic_ns() + 20 * MS)
    assert crowd.asks(calm)


def test_whoever_was_idle_for_longest_makes_room(crowd):
    crowd.serve(clients=3)
    first, second, third = crowd.client(), crowd.client(), crowd.client()
    age(crowd.server, first, second, third)
    assert crowd.asks(first)  # so the second one is the idlest
    age(crowd.server, second)
    fourth = crowd.client()
    assert is_closed(second)
    assert crowd.asks(fourth)
    assert crowd.asks(first)
    assert crowd.asks(third)
    assert (crowd.server.evicted, crowd.server.turned_away) == (1, 0)
    assert crowd.said == ["lan: 127.0.0.1 was idle and made room"]


def test_half_requests_do_not_count_as_being_busy(crowd):
    crowd.serve(clients=2)
    loris, honest = crowd.client(), crowd.client()
    age(crowd.server, loris, honest)
    for byte in mbap(1, 1, READ)[:-1]:
        loris.sendall(bytes((byte,)))
        crowd.server.poll(monotonic_ns())
    assert crowd.asks(honest)
    crowd.client()
    assert is_closed(loris)
    assert crowd.asks(honest)


def test_busy_clients_are_not_pushed_out(crowd):
    crowd.serve(clients=2)
    busy = [crowd.client(), crowd.client()]
    assert all(crowd.asks(client) for client in busy)
    late = crowd.client()
    assert is_closed(late)
    assert all(crowd.asks(client) for client in busy)
    assert (crowd.server.evicted, crowd.server.turned_away) == (0, 1)
    assert crowd.said == ["lan: no place for 127.0.0.1: all clients are busy"]


def test_two_hundred_idle_and_trickling_clients_do_not_stall_the_others(crowd):
    crowd.serve()
    others = [crowd.client() for _ in range(200)]
    whole = mbap(1, 1, READ)
    asking = crowd.client()
    start = monotonic_ns()
    for step in range(len(whole) - 1):
        for loris in others[::2]:
            loris.sendall(whole[step : step + 1])
        assert crowd.asks(asking, step)
    assert monotonic_ns() - start < 5000 * MS
    for loris in others[::2]:
        loris.sendall(whole[-1:])
    crowd.server.poll(monotonic_ns() + 50 * MS)
    for loris in others[::2]:
        loris.settimeout(5)
        assert request_of(loris) == (1, 1, VALUES)


def test_a_mad_client_is_slowed_down_and_named_and_loses_nothing(crowd):
    crowd.serve(requests_per_s=500, burst=100)
    mad = crowd.client()
    start = monotonic_ns()
    mad.sendall(b"".join(mbap(i, 1, READ) for i in range(200)))
    crowd.server.poll(monotonic_ns())
    assert crowd.server.requests <= 110
    while crowd.server.requests < 200:
        crowd.server.poll(monotonic_ns() + 10 * MS)
    assert monotonic_ns() - start >= 0.9 * (200 - 100) / 500 * 1e9
    assert [request_of(mad)[0] for _ in range(200)] == list(range(200))
    assert crowd.server.throttled["127.0.0.1"] > 0
    assert crowd.said == ["lan: 127.0.0.1 asks more than 500 times a second and is slowed down"]


def test_coming_back_does_not_give_a_mad_client_more(crowd):
    crowd.serve(requests_per_s=1, burst=50)
    for _ in range(3):
        mad = crowd.client()
        mad.sendall(b"".join(mbap(i, 1, READ) for i in range(50)))
        crowd.server.poll(monotonic_ns())
        mad.close()
        crowd.server.poll(monotonic_ns())
    assert crowd.server.requests <= 55


def test_a_slowed_client_that_hangs_up_is_forgotten(crowd):
    crowd.serve(requests_per_s=10, burst=10)
    mad = crowd.client()
    mad.sendall(b"".join(mbap(i, 1, READ) for i in range(50)))
    crowd.server.poll(monotonic_ns())
    mad.close()
    while crowd.server._clients:
        crowd.server.poll(monotonic_ns() + 20 * MS)
    assert not crowd.server._paused


def test_a_client_that_sends_nonsense_while_slowed_down_is_closed(crowd):
    crowd.serve(requests_per_s=100, burst=5)
    mad = crowd.client()
    mad.sendall(b"".join(mbap(i, 1, READ) for i in range(8)) + b"\xff" * 40)
    while crowd.server._clients:
        crowd.server.poll(monotonic_ns() + 20 * MS)
    assert crowd.server.requests == 8


@pytest.mark.parametrize(
    ("request_", "good"),
    [
        (pdu.read_request("hr", 0, 2)[:3] + b"\x00\x7d", 2),  # 125 registers, of which 5 exist
        (pdu.read_request("hr", 0, 2)[:3] + b"\x00\x7e", 3),
        (b"\x01\x00\x00\x07\xd0", 2),
        (b"\x01\x00\x00\x07\xd1", 3),
        (b"\x10\x00\x00\x00\x7b\xf6" + bytes(246), 2),
        (b"\x10\x00\x00\x00\x7c\xf8" + bytes(247), 3),
        (b"\x0f\x00\x00\x07\xb0\xf6" + bytes(246), 2),
        (b"\x0f\x00\x00\x07\xb1\xf7" + bytes(247), 3),
        (b"\x41\x00", 1),
        (b"\x07", 1),
    ],
)
def test_limits_and_unknown_functions_over_the_wire(crowd, request_, good):
    crowd.serve()
    client = crowd.client()
    client.sendall(mbap(3, 1, request_[:253]))
    crowd.server.poll(monotonic_ns())
    assert request_of(client) == (3, 1, bytes((request_[0] | 0x80, good)))


def test_a_frame_longer_than_modbus_has_closes_the_connection(crowd):
    crowd.serve()
    client = crowd.client()
    client.sendall(mbap(3, 1, bytes(254)))
    crowd.server.poll(monotonic_ns())
    assert is_closed(client)


def test_a_bucket_fills_up_again_and_never_over():
    bucket = TokenBucket(100, 10, 0)
    assert bucket.left(0) == 10
    bucket.take(10)
    assert bucket.left(0) == 0
    assert bucket.left(NS_PER_S // 20) == 5
    bucket.take(5)
    assert bucket.left(10**12) == 10


def test_notes_are_said_once_a_second_and_counted():
    clock, said = VirtualClock(), []
    notes = Notes(said.append, clock.now_ns)
    for _ in range(5):
        notes.tell("a", "first")
    notes.tell("b", "other")
    clock.wait_until(NS_PER_S)
    notes.tell("a", "again")
    assert said == ["first", "other", "again (and 4 more like this before)"]


def test_a_calm_client_beside_a_mad_one_of_the_same_machine_is_served(crowd):
    crowd.serve(requests_per_s=1000, burst=1000)
    mad, calm = crowd.client(), crowd.client()
    mad.setblocking(False)
    flood = b"".join(mbap(i, 1, READ) for i in range(300))
    for i in range(50):
        with suppress(BlockingIOError):
            mad.send(flood)
        calm.sendall(mbap(i, 1, READ))
        crowd.server.poll(monotonic_ns() + 15 * MS)
        calm.settimeout(5)
        assert request_of(calm)[0] == i
    assert crowd.server.throttled["127.0.0.1"] > 10
