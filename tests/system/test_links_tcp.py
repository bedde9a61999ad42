"""Modbus TCP for real: our client against a scripted peer, our server against raw sockets."""

import socket
from contextlib import suppress
from struct import pack

import pytest
from free_ports import free_port
from hypothesis import given, settings
from hypothesis import strategies as st
from links_lines import MS, answer, mbap, registers_of, request_of, served, small_bank, tcp_peer

from hil.links import pdu
from hil.links.link import LinkFault
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns
from twin.errors import BadInput
from twin.signals import Quality

READ = pdu.read_request("hr", 0, 2)
RIGHT = registers_of(1, READ)


def wrong(value):
    return b"\x03\x04" + pack(">HH", value, value)


@pytest.fixture
def link_to():
    links = []

    def make(port, timeout_s=0.2):
        links.append(TcpLink("lan", "127.0.0.1", port, timeout_s=timeout_s))
        return links[-1]

    yield make
    for link in links:
        link.close()


@pytest.fixture
def server(tmp_path):
    with served(TcpServer("lan", {1: small_bank(tmp_path)}, "127.0.0.1", 0)) as running:
        yield running


def ask(link, unit=1, request=READ):
    with pytest.raises(LinkFault) as fault:
        link.transact(unit, request)
    return fault.value


def test_a_reply_in_single_bytes_is_put_together(link_to):
    def talk(connection):
        transaction, unit, request = request_of(connection)
        for byte in mbap(transaction, unit, registers_of(unit, request)):
            connection.sendall(bytes((byte,)))

    with tcp_peer(talk) as port:
        assert link_to(port).transact(1, READ) == RIGHT


def test_strays_are_dropped_and_the_reply_behind_them_is_taken(link_to):
    def talk(connection):
        transaction, unit, request = request_of(connection)
        connection.sendall(
            mbap(transaction - 1, unit, wrong(1))
            + mbap(transaction, unit, wrong(2), protocol=7)
            + mbap(transaction + 1, unit, wrong(3))
            + mbap(transaction, unit, registers_of(unit, request))
        )

    with tcp_peer(talk) as port:
        link = link_to(port)
        assert link.transact(1, READ) == RIGHT
        assert link.stray == 3


def test_a_late_reply_never_answers_the_next_request(link_to):
    rounds = 6

    def talk(connection):
        late = b""
        for i in range(rounds):
            transaction, unit, request = request_of(connection)
            if i % 2 == 0:  # silence now, the answer comes with the next question
                late = mbap(transaction, unit, wrong(i))
            else:
                connection.sendall(late + mbap(transaction, unit, registers_of(unit, request)))

    with tcp_peer(talk) as port:
        link = link_to(port, timeout_s=0.05)
        for i in range(rounds):
            if i % 2 == 0:
                assert ask(link).quality is Quality.TIMEOUT
            else:
                assert link.transact(1, READ) == RIGHT
        assert (link.stray, link.connects) == (3, 1)


def test_a_late_reply_before_the_request_is_dropped(link_to):
    def talk(connection):
        transaction, unit, _ = request_of(connection)
        connection.sendall(mbap(transaction - 1, unit, wrong(9)))
        answer(connection)

    with tcp_peer(talk) as port:
        link = link_to(port)
        assert ask(link).quality is Quality.TIMEOUT
        assert link.transact(1, READ) == RIGHT


def test_an_answer_of_another_unit_is_garbled(link_to):
    def talk(connection):
        transaction, unit, request = request_of(connection)
        connection.sendall(mbap(transaction, unit + 1, registers_of(unit, request)))

    with tcp_peer(talk) as port:
        fault = ask(link_to(port))
        assert fault.quality is Quality.GARBLED
        assert "unit 2 answered for unit 1" in str(fault)


@pytest.mark.parametrize(
    "stream", [b"HTTP/1.1 400 Bad Request\r\n", b"\0\1\0\0\0\0\1", b"\xff" * 30]
)
def test_a_peer_that_speaks_something_else_is_garbled_and_left(link_to, stream):
    def talk(connection):
        request_of(connection)
        connection.sendall(stream)
        assert connection.recv(1) == b""

    with tcp_peer(talk, answer) as port:
        link = link_to(port)
        assert ask(link).quality is Quality.GARBLED
        assert link.transact(1, READ) == RIGHT


def test_half_a_reply_makes_the_next_request_start_anew(link_to):
    def half(connection):
        answer(connection, cut=-1)
        assert connection.recv(1) == b""

    with tcp_peer(half, answer) as port:
        link = link_to(port)
        assert ask(link).quality is Quality.TIMEOUT
        assert link.transact(1, READ) == RIGHT


def test_a_connection_dropped_in_mid_reply_is_down_and_comes_back(link_to):
    def drop(connection):
        answer(connection, cut=9)

    with tcp_peer(drop, answer) as port:
        link = link_to(port)
        fault = ask(link)
        assert fault.quality is Quality.LINK_DOWN
        assert "closed the connection" in str(fault)
        assert link.transact(1, READ) == RIGHT
        assert link.connects == 2


def test_a_connection_closed_between_requests_is_replaced_before_sending(link_to):
    heard = []

    def once(connection):
        transaction, unit, request = request_of(connection)
        heard.append(request)
        connection.sendall(mbap(transaction, unit, registers_of(unit, request)))

    with tcp_peer(once, once) as port:
        link = link_to(port)
        assert link.transact(1, READ) == RIGHT
        _wait_for_hang_up(link)
        assert link.transact(1, READ) == RIGHT
        assert heard == [READ, READ]


def _wait_for_hang_up(link):
    assert link._socket.recv(1, socket.MSG_PEEK) == b""


def test_an_unanswered_write_is_sent_exactly_once(link_to):
    heard = []
    write = pdu.write_registers_request(0, b"\0\1")

    def silent(connection):
        heard.append(request_of(connection)[2])
        heard.append(request_of(connection)[2])
        assert connection.recv(1) == b""  # nothing else came before the link was closed

    with tcp_peer(silent) as port:
        link = link_to(port, timeout_s=0.05)
        assert ask(link, request=write).quality is Quality.TIMEOUT
        assert ask(link, request=READ).quality is Quality.TIMEOUT
        link.close()
    assert heard == [write, READ]


def test_a_link_without_a_peer_is_down_at_once_and_recovers(link_to, tmp_path, monkeypatch):
    tries, connect = [], socket.create_connection

    def counted(*arguments):
        tries.append(arguments)
        return connect(*arguments)

    monkeypatch.setattr(socket, "create_connection", counted)
    port = free_port()
    link = link_to(port)
    first = ask(link)
    assert first.quality is Quality.LINK_DOWN
    assert f"no connection to 127.0.0.1:{port}" in str(first)
    start = monotonic_ns()
    for _ in range(100):
        assert ask(link).quality is Quality.LINK_DOWN
    assert len(tries) <= 2 + (monotonic_ns() - start) / (100 * MS)  # most of them did not try
    with served(TcpServer("lan", {1: small_bank(tmp_path)}, "127.0.0.1", port)):
        give_up = monotonic_ns() + 5000 * MS
        while True:
            try:
                reply = link.transact(1, READ)
                break
            except LinkFault:
                assert monotonic_ns() < give_up
        assert reply == b"\x03\x04" + pack(">hh", 3025, -150)


def test_a_dead_connection_is_given_up_after_some_silences(link_to):
    def mute(connection):
        while connection.recv(64):
            pass

    with tcp_peer(mute, answer) as port:
        link = link_to(port, timeout_s=0.02)
        for _ in range(5):
            assert ask(link).quality is Quality.TIMEOUT
        assert link.transact(1, READ) == RIGHT


@pytest.mark.realtime
@settings(max_examples=60, deadline=None)
@given(st.lists(st.binary(max_size=60), max_size=4), st.booleans())
def test_random_bytes_from_the_peer_never_become_a_value(chunks, keep_head):
    def talk(connection):
        transaction, unit, _ = request_of(connection)
        with suppress(OSError):  # the link may have left by then
            for chunk in chunks:
                head = mbap(transaction ^ 0x5555, unit, b"\x03" + chunk) if keep_head else b""
                connection.sendall(head + chunk)

    with tcp_peer(talk) as port:
        link = TcpLink("lan", "127.0.0.1", port, timeout_s=0.05)
        start = monotonic_ns()
        with pytest.raises(LinkFault):
            link.transact(1, READ)
        assert monotonic_ns() - start < 1000 * MS
        link.close()


def test_a_broadcast_is_not_waited_for_and_its_answer_is_dropped(link_to, server):
    link = link_to(server.port, timeout_s=2)
    for value in (100, 200):
        link.broadcast(pdu.write_register_request(0, pack(">h", value)))
        assert link.transact(1, READ) == b"\x03\x04" + pack(">hh", value, -150)
    assert link.stray == 2  # a device that answers for itself


# the server


@pytest.fixture
def raw(server):
    connection = socket.create_connection(("127.0.0.1", server.port), 5)
    yield connection
    connection.close()


def replies(connection, number):
    return [request_of(connection) for _ in range(number)]


def test_pipelined_requests_are_answered_in_order(raw):
    raw.sendall(b"".join(mbap(i, 1, pdu.read_request("hr", i % 2, 1)) for i in range(50)))
    for i, (transaction, unit, reply) in enumerate(replies(raw, 50)):
        assert (transaction, unit) == (i, 1)
        assert reply == b"\x03\x02" + pack(">h", (3025, -150)[i % 2])


def test_a_request_in_single_bytes_is_answered(raw):
    for byte in mbap(5, 1, READ):
        raw.sendall(bytes((byte,)))
    assert replies(raw, 1) == [(5, 1, b"\x03\x04" + pack(">hh", 3025, -150))]


def test_another_protocol_is_dropped_and_the_connection_lives(raw, server):
    raw.sendall(mbap(1, 1, READ, protocol=1) + mbap(2, 1, READ))
    assert replies(raw, 1)[0][0] == 2
    assert server.stray == 1


def test_a_single_unit_answers_as_0_and_255_and_no_other_does(raw):
    for unit in (0, 1, 255):
        raw.sendall(mbap(1, unit, READ))
        assert replies(raw, 1)[0][1:] == (unit, b"\x03\x04" + pack(">hh", 3025, -150))
    raw.sendall(mbap(1, 2, READ))
    assert replies(raw, 1) == [(1, 2, b"\x83\x0b")]


def test_several_units_are_told_apart(tmp_path):
    banks = {unit: small_bank(tmp_path, T_supply=unit) for unit in (1, 2)}
    with served(TcpServer("lan", banks, "127.0.0.1", 0)) as server:
        link = TcpLink("lan", "127.0.0.1", server.port)
        for unit in (1, 2):
            reply = link.transact(unit, pdu.read_request("hr", 0, 1))
            assert reply == b"\x03\x02" + pack(">h", 100 * unit)
        assert link.transact(3, READ) == b"\x83\x0b"  # could be on the line, does not answer
        for no_line_has_it in (0, 248, 255):
            assert link.transact(no_line_has_it, READ) == b"\x83\x0a"
        link.close()


def test_nonsense_closes_the_connection_and_only_that(raw, server):
    with socket.create_connection(("127.0.0.1", server.port), 5) as mad:
        mad.sendall(b"GET / HTTP/1.1\r\nHost: plant\r\n\r\n")
        assert mad.recv(10) == b""
    raw.sendall(mbap(1, 1, READ))
    assert len(replies(raw, 1)) == 1


@pytest.mark.realtime
def test_idle_and_half_done_clients_do_not_stall_others(raw, server):
    others = [socket.create_connection(("127.0.0.1", server.port), 5) for _ in range(200)]
    try:
        for other in others[::2]:
            other.sendall(b"\0\1\0\0\0")
        start = monotonic_ns()
        for i in range(20):
            raw.sendall(mbap(i, 1, READ))
            assert replies(raw, 1)[0][0] == i
        assert monotonic_ns() - start < 2000 * MS
    finally:
        for other in others:
            other.close()


def test_a_client_that_never_listens_is_sent_away(raw, server):
    with socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", server.port))
        deaf.settimeout(5)
        with pytest.raises((ConnectionResetError, BrokenPipeError)):
            deaf.sendall(mbap(1, 1, pdu.read_request("hr", 0, 5)) * 10**6)
    raw.sendall(mbap(1, 1, READ))
    assert len(replies(raw, 1)) == 1


def test_writes_are_counted_when_they_were_done(raw, server):
    raw.sendall(mbap(1, 1, pdu.write_register_request(0, pack(">h", 5000))))
    raw.sendall(mbap(2, 1, pdu.write_register_request(0, pack(">h", 32000))))
    assert [reply[2][0] for reply in replies(raw, 2)] == [0x06, 0x86]
    assert (server.writes, server.requests) == (1, 2)


def test_a_port_in_use_is_refused_with_its_name(server, tmp_path):
    with pytest.raises(BadInput, match=f"site_lan: port 127.0.0.1:{server.port} is in use"):
        TcpServer("site_lan", {1: small_bank(tmp_path)}, "127.0.0.1", server.port)


def test_an_address_of_another_machine_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"site_lan: cannot serve on 192\.0\.2\.1:15020"):
        TcpServer("site_lan", {1: small_bank(tmp_path)}, "192.0.2.1", 15020)


@pytest.mark.realtime
def test_poll_comes_back_at_its_deadline(tmp_path):
    server = TcpServer("lan", {1: small_bank(tmp_path)}, "127.0.0.1", 0)
    deadline = monotonic_ns() + 30 * MS
    assert server.poll(deadline) == 0
    assert deadline <= monotonic_ns() < deadline + 500 * MS
    server.close()


@settings(max_examples=60, deadline=None)
@given(chunks=st.lists(st.binary(max_size=300), max_size=5))
def test_random_bytes_do_not_hurt_the_server(tmp_path_factory, chunks):
    bank = small_bank(tmp_path_factory.getbasetemp())
    server = TcpServer("lan", {1: bank}, "127.0.0.1", 0)
    with served(server), socket.create_connection(("127.0.0.1", server.port), 5) as mad:
        with suppress(OSError):  # it was shown the door
            for chunk in chunks:
                mad.sendall(chunk)
        link = TcpLink("lan", "127.0.0.1", server.port)
        assert len(link.transact(1, READ)) == 6
        link.close()
