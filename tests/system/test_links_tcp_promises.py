"""What pymodbus 3.16.1 was measured to do wrong over TCP, and that ours does not.

Each promise is tested on our link, and the same peer is shown to plain pymodbus as the control:
when a later pymodbus no longer fails, its control fails, and decision 0005 is looked at again.
"""

import asyncio
import socket
from struct import pack

import pytest
from links_lines import mbap, registers_of, request_of, served, small_bank, tcp_peer
from pymodbus.client import AsyncModbusTcpClient, ModbusTcpClient
from pymodbus.exceptions import ModbusIOException

from hil.links import pdu
from hil.links.link import LinkFault
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer
from twin.clock import NS_PER_S, VirtualClock
from twin.signals import Quality

READ = pdu.read_request("hr", 0, 2)
WRITE = pdu.write_registers_request(0, b"\0\1")


@pytest.fixture
def nobody():
    """A port where nobody listens, and nobody else will while the test runs."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        yield reserved.getsockname()[1]


# a reply with the wrong function or length


def false_reply(reply):
    def talk(connection):
        transaction, unit, _ = request_of(connection)
        connection.sendall(mbap(transaction, unit, reply))
        connection.recv(1)

    return talk


FALSE = {
    "function": b"\x04\x04\x00\x01\x00\x02",
    "too short": b"\x03\x02\x00\x01",
    "too long": b"\x03\x06\x00\x01\x00\x02\x00\x03",
    "count of another": b"\x03\x04\x00\x01\x00\x02\x00\x03",
}


@pytest.mark.parametrize("kind", FALSE)
def test_a_reply_that_does_not_fit_is_never_a_value(kind):
    with tcp_peer(false_reply(FALSE[kind])) as port:
        link = TcpLink("lan", "127.0.0.1", port)
        with pytest.raises(pdu.BadReply):
            pdu.check_read_reply(READ, link.transact(1, READ))
        link.close()


@pytest.mark.parametrize("kind", ["function", "too short", "too long"])
def test_control_pymodbus_takes_a_reply_that_does_not_fit(kind):
    with tcp_peer(false_reply(FALSE[kind])) as port:
        client = ModbusTcpClient("127.0.0.1", port=port, timeout=2, retries=0)
        reply = client.read_holding_registers(0, count=2, device_id=1)
        client.close()
    assert not reply.isError()
    assert len(reply.registers) == (FALSE[kind][1] // 2)


# an unanswered write


def silent(heard):
    def talk(connection):
        connection.settimeout(10)
        while chunk := connection.recv(256):
            heard.append(chunk)

    return talk


def test_an_unanswered_write_is_sent_once():
    heard = []
    with tcp_peer(silent(heard)) as port:
        link = TcpLink("lan", "127.0.0.1", port, timeout_s=0.05)
        with pytest.raises(LinkFault) as fault:
            link.transact(1, WRITE)
        assert fault.value.quality is Quality.TIMEOUT
        link.close()
    assert b"".join(heard)[7:] == WRITE


def test_control_pymodbus_sends_an_unanswered_write_four_times():
    heard = []
    with tcp_peer(silent(heard)) as port:
        client = ModbusTcpClient("127.0.0.1", port=port, timeout=0.05)
        with pytest.raises(ModbusIOException):
            client.write_registers(0, [1], device_id=1)
        client.close()
    assert b"".join(heard).count(WRITE) == 4


# coming back


class CountedLink(TcpLink):
    """Notes when it tried to connect [s of the virtual clock]."""

    def __init__(self, port, clock):
        super().__init__("lan", "127.0.0.1", port, now_ns=clock.now_ns)
        self.clock = clock
        self.tries = []

    def _dial(self):
        self.tries.append(self.clock.now_ns() / 1e9)
        return super()._dial()


def test_a_lost_peer_is_tried_every_five_seconds_however_long_it_was_away(nobody):
    clock = VirtualClock()
    link = CountedLink(nobody, clock)
    for step in range(36_000):  # an hour, ten polls a second
        clock.wait_until(step * NS_PER_S // 10)
        with pytest.raises(LinkFault) as fault:
            link.transact(1, READ)
        assert fault.value.quality is Quality.LINK_DOWN
    pauses = [round(b - a, 1) for a, b in zip(link.tries, link.tries[1:], strict=False)]
    assert pauses[:7] == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert set(pauses[6:]) == {5.0}


def test_a_peer_that_comes_back_is_found_within_five_seconds(nobody, tmp_path):
    clock = VirtualClock()
    link = CountedLink(nobody, clock)
    for step in range(6000):
        clock.wait_until(step * NS_PER_S // 10)
        with pytest.raises(LinkFault):
            link.transact(1, READ)
    back_ns = clock.now_ns()
    with served(TcpServer("lan", {1: small_bank(tmp_path)}, "127.0.0.1", 0)) as server:
        link._peer = ("127.0.0.1", server.port)  # where nobody listened before
        while True:
            clock.wait_until(clock.now_ns() + NS_PER_S // 10)
            try:
                reply = link.transact(1, READ)
                break
            except LinkFault:
                assert clock.now_ns() - back_ns <= 5 * NS_PER_S
        assert reply == b"\x03\x04" + pack(">hh", 3025, -150)
        link.close()


def test_a_peer_that_takes_connections_only_to_drop_them_is_left_alone_too(nobody):
    def drop(connection):
        request_of(connection)

    def late(connection):
        transaction, unit, request = request_of(connection)
        connection.sendall(mbap(transaction, unit, registers_of(unit, request)))

    clock = VirtualClock()
    with tcp_peer(*[drop] * 4, late) as port:
        link = CountedLink(port, clock)
        for step in range(8):
            clock.wait_until(step * NS_PER_S // 10)
            with pytest.raises(LinkFault) as fault:
                link.transact(1, READ)
            assert fault.value.quality is Quality.LINK_DOWN
        clock.wait_until(8 * NS_PER_S // 10)
        assert link.transact(1, READ) == registers_of(1, READ)
        link.close()
    assert [round(t, 1) for t in link.tries] == [0.0, 0.1, 0.2, 0.4, 0.8]


def test_control_pymodbus_waits_up_to_300_seconds(nobody, monkeypatch):
    waits = []

    async def backoff():
        done = asyncio.Event()

        async def no_sleep(delay):
            waits.append(delay)
            if len(waits) == 14:
                done.set()
                await asyncio.Event().wait()

        monkeypatch.setattr("pymodbus.transport.transport.asyncio.sleep", no_sleep)
        client = AsyncModbusTcpClient("127.0.0.1", port=nobody, timeout=1)
        client.ctx.connection_lost(None)  # as after a connection that was there
        client.ctx.reconnect_task = asyncio.ensure_future(client.ctx.do_reconnect())
        await asyncio.wait_for(done.wait(), 20)
        client.close()

    asyncio.run(backoff())
    assert waits[:4] == [0.1, 0.2, 0.4, 0.8]
    assert waits[-1] == 300
