"""RTU through a gateway's socket: our two ends, pymodbus at either, and peers that misbehave."""

import asyncio
import threading
from struct import pack

import pytest
from free_ports import free_port
from links_lines import MS, served, small_bank, tcp_peer
from pymodbus import FramerType
from pymodbus.client import ModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from hil.links import pdu
from hil.links.link import LinkFault
from hil.links.rtu_frame import seal
from hil.links.rtu_server import RtuServer
from hil.links.rtu_tcp import RtuTcpLink
from hil.links.socket_port import ListeningPort
from twin.clock import monotonic_ns
from twin.errors import BadInput
from twin.signals import Quality

READ = pdu.read_request("hr", 0, 2)


@pytest.fixture
def banks(tmp_path):
    return {unit: small_bank(tmp_path, T_supply=unit) for unit in (1, 2)}


@pytest.fixture
def gateway(banks):
    with served(RtuServer("line", banks, ListeningPort("line", "127.0.0.1", 0))) as server:
        yield server


@pytest.fixture
def link_to():
    links = []

    def make(port, timeout_s=2.0):
        links.append(RtuTcpLink("gw", "127.0.0.1", port, timeout_s=timeout_s))
        return links[-1]

    yield make
    for link in links:
        link.close()


def ask(link, unit=1, request=READ):
    with pytest.raises(LinkFault) as fault:
        link.transact(unit, request)
    return fault.value


def test_units_behind_a_gateway_are_read_and_written(gateway, banks, link_to):
    link = link_to(gateway.port)
    for unit in (1, 2):
        assert link.transact(unit, READ) == b"\x03\x04" + pack(">hh", 100 * unit, -150)
    write = pdu.write_register_request(1, pack(">h", 800))
    assert link.transact(2, write) == write
    assert (banks[1].get("T_return"), banks[2].get("T_return")) == (-1.5, 8)
    assert (link.noise, link.late, link.foreign, link.misfits) == (0, 0, 0, 0)


def test_a_unit_that_is_not_there_is_silent_and_its_neighbour_answers(gateway, link_to):
    link = link_to(gateway.port, timeout_s=0.05)
    assert ask(link, unit=9).quality is Quality.TIMEOUT
    assert link.transact(1, READ)[:2] == b"\x03\x04"


def test_a_broadcast_reaches_every_unit_and_the_line_is_left_alone_after_it(
    gateway, banks, link_to
):
    link = link_to(gateway.port)
    link.transact(1, READ)
    start = monotonic_ns()
    link.broadcast(pdu.write_registers_request(1, pack(">h", 1234)))
    sent = monotonic_ns()
    assert link.transact(1, READ)[4:] == pack(">h", 1234)
    assert monotonic_ns() - start >= 100 * MS
    assert sent - start < 2000 * MS  # nobody was waited for
    assert [bank.get("T_return") for bank in banks.values()] == [12.34, 12.34]
    assert link.noise == 0  # nobody answered either


def replying(*replies):
    """A gateway that takes one request each and sends what it is told."""

    def talk(connection):
        for reply in replies:
            heard = b""
            while len(heard) < 8:
                chunk = connection.recv(64)
                if not chunk:
                    raise ConnectionResetError("the master left")
                heard += chunk
            for piece in reply:
                connection.sendall(piece)

    return talk


RIGHT = seal(1, b"\x03\x04\x00\x01\x00\x02")
WRONG = seal(1, b"\x03\x04\x0b\xad\x0b\xad")


def test_a_reply_in_single_bytes_is_put_together(link_to):
    with tcp_peer(replying([RIGHT[i : i + 1] for i in range(len(RIGHT))])) as port:
        assert link_to(port).transact(1, READ) == RIGHT[1:-2]


@pytest.mark.parametrize(
    "reply",
    [
        RIGHT[:-1] + b"\0",
        seal(1, b"\x04\x04\x00\x01\x00\x02"),
        seal(1, b"\x03\x02\x00\x01"),
        RIGHT[1:],
    ],
)
def test_what_does_not_fit_is_garbled(link_to, reply):
    def talk(connection):
        replying([reply])(connection)
        assert connection.recv(1) == b""  # the line stays until the master leaves

    with tcp_peer(talk) as port:
        link = link_to(port, timeout_s=0.05)
        assert ask(link).quality is Quality.GARBLED
        link.close()


def test_a_late_reply_is_swallowed_before_the_next_request(link_to):
    def late(connection):
        replying([])(connection)
        release.wait(10)
        connection.sendall(WRONG)
        replying([RIGHT])(connection)

    release = threading.Event()
    with tcp_peer(late) as port:
        link = link_to(port, timeout_s=0.3)
        assert ask(link).quality is Quality.TIMEOUT
        release.set()
        assert link.transact(1, READ) == RIGHT[1:-2]
        assert link.late == 1


def test_a_connection_closed_between_requests_is_replaced_before_sending(link_to):
    with tcp_peer(replying([RIGHT]), replying([RIGHT])) as port:
        link = link_to(port)
        assert link.transact(1, READ) == RIGHT[1:-2]
        while not link._port.hung_up():
            pass
        assert link.transact(1, READ) == RIGHT[1:-2]


def test_a_gateway_that_is_not_there_is_down(link_to):
    port = free_port()
    fault = ask(link_to(port))
    assert fault.quality is Quality.LINK_DOWN
    assert f"gw: cannot open 127.0.0.1:{port}" in str(fault)


def test_a_second_master_is_turned_away_while_the_first_is_heard(gateway, link_to):
    first = link_to(gateway.port)
    first.transact(1, READ)
    second = link_to(gateway.port, timeout_s=0.5)
    assert ask(second).quality is Quality.LINK_DOWN
    assert first.transact(1, READ)
    first.close()
    link_to(gateway.port).transact(1, READ)


def test_a_master_that_left_without_a_word_is_replaced(gateway, link_to, monkeypatch):
    link_to(gateway.port).transact(1, READ)
    monkeypatch.setattr("hil.links.socket_port._TAKEN_OVER_AFTER_NS", 0)
    assert link_to(gateway.port).transact(1, READ)


def test_a_port_in_use_is_refused(gateway):
    with pytest.raises(BadInput, match=f"other: port 127.0.0.1:{gateway.port} is in use"):
        ListeningPort("other", "127.0.0.1", gateway.port)


def test_their_client_on_our_gateway(gateway, banks):
    client = ModbusTcpClient(
        "127.0.0.1", port=gateway.port, framer=FramerType.RTU, timeout=2, retries=0
    )
    assert client.connect()
    assert client.read_holding_registers(0, count=2, device_id=2).registers == [200, 65536 - 150]
    assert not client.write_registers(0, [5, 6], device_id=1).isError()
    assert banks[1].get("T_supply") == 0.05
    client.close()


def test_our_client_on_their_gateway(link_to):
    started, box = threading.Event(), {}

    async def serve():
        registers = [SimData(0, values=list(range(100, 150)), datatype=DataType.REGISTERS)]
        bits = [SimData(0, values=[True] * 16, datatype=DataType.BITS)]
        device = SimDevice(1, simdata=(bits, bits, registers, registers))
        server = ModbusTcpServer(device, address=("127.0.0.1", 0), framer=FramerType.RTU)
        await server.listen()
        box["port"] = server.transport.sockets[0].getsockname()[1]
        box["stop"], box["loop"] = asyncio.Event(), asyncio.get_running_loop()
        started.set()
        await box["stop"].wait()
        await server.shutdown()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    try:
        link = link_to(box["port"])
        assert link.transact(1, READ) == b"\x03\x04" + pack(">HH", 100, 101)
        write = pdu.write_registers_request(0, pack(">HH", 7, 8))
        pdu.check_write_reply(write, link.transact(1, write))
        assert link.transact(1, READ) == b"\x03\x04" + pack(">HH", 7, 8)
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join()


def test_a_connection_that_has_gone_without_a_word_is_opened_anew(link_to):
    """A gateway that lost its power: the old connection takes everything and brings nothing."""

    def swallowing(connection):
        while connection.recv(64):
            pass

    with tcp_peer(swallowing, replying([RIGHT])) as port:
        link = link_to(port, timeout_s=0.02)
        for _ in range(5):
            assert ask(link).quality is Quality.TIMEOUT
        assert link.transact(1, READ) == RIGHT[1:-2]
