"""pymodbus as the other side: its client on our server, our client on its server."""

import asyncio
import threading
from struct import pack

import pytest
from links_lines import served, small_bank
from pymodbus import ModbusDeviceIdentification
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from hil.links import pdu
from hil.links.pty_line import PtyPort
from hil.links.rtu_server import RtuServer
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer

IDENTITY = {0: b"hukka", 1: b"small", 2: b"1.0"}


@pytest.fixture(params=["tcp", "rtu"])
def their_client(request, tmp_path):
    bank = small_bank(tmp_path)
    if request.param == "tcp":
        server = TcpServer("lan", {1: bank}, "127.0.0.1", 0, IDENTITY)
        client = ModbusTcpClient("127.0.0.1", port=server.port, timeout=2, retries=0)
    else:
        server = RtuServer("line", {1: bank}, PtyPort(tmp_path / "line"), IDENTITY)
        client = ModbusSerialClient(str(tmp_path / "line"), baudrate=19200, timeout=2, retries=0)
    with served(server):
        assert client.connect()
        yield client, bank
        client.close()


def test_their_client_reads_every_table(their_client):
    client, _ = their_client
    assert client.read_holding_registers(0, count=5, device_id=1).registers == [
        3025, 65536 - 150, *_words(pack(">f", 3141.5)), 7,
    ]  # fmt: skip
    energy = client.read_input_registers(2, count=4, device_id=1).registers
    assert energy == _words(pack(">Q", 123456789012))
    assert client.read_coils(0, count=3, device_id=1).bits[:3] == [True, False, True]
    assert client.read_discrete_inputs(0, count=2, device_id=1).bits[:2] == [False, True]


def test_their_client_writes_with_every_function(their_client):
    client, bank = their_client
    assert not client.write_register(0, 1000, device_id=1).isError()
    assert bank.get("T_supply") == 10
    assert not client.write_registers(0, [2000, 3000], device_id=1).isError()
    assert bank.get("T_return") == 30
    assert not client.write_coil(1, True, device_id=1).isError()
    assert not client.write_coils(0, [False, True, False], device_id=1).isError()
    assert [bank.get(name) for name in ("enable", "local", "away")] == [0, 1, 0]
    reply = client.readwrite_registers(
        read_address=0, read_count=2, write_address=0, values=[5], device_id=1
    )
    assert reply.registers == [5, 3000]
    bank.set("heartbeat", 0x12)
    masked = client.mask_write_register(address=4, and_mask=0xF2, or_mask=0x25, device_id=1)
    assert not masked.isError()
    assert bank.get("heartbeat") == 0x17


def test_their_client_is_refused_as_the_specification_has_it(their_client):
    client, _ = their_client
    assert client.read_holding_registers(90, count=1, device_id=1).exception_code == 2
    assert client.write_register(0, 30000, device_id=1).exception_code == 3
    assert client.read_exception_status(device_id=1).exception_code == 1


def test_their_client_learns_who_we_are(their_client):
    client, _ = their_client
    reply = client.read_device_information(read_code=1, object_id=0, device_id=1)
    assert reply.information == IDENTITY


@pytest.fixture
def their_server():
    """A pymodbus server in a thread; gives its port."""
    started, box = threading.Event(), {}

    async def serve():
        device = SimDevice(
            1,
            simdata=(
                [SimData(0, values=[True, False] * 20, datatype=DataType.BITS)],
                [SimData(0, values=[False, True] * 20, datatype=DataType.BITS)],
                [SimData(0, values=list(range(100, 150)), datatype=DataType.REGISTERS)],
                [SimData(0, values=list(range(200, 250)), datatype=DataType.REGISTERS)],
            ),
        )
        identity = ModbusDeviceIdentification(
            info_name={"VendorName": "theirs", "ProductCode": "P", "MajorMinorRevision": "3"}
        )
        server = ModbusTcpServer(device, address=("127.0.0.1", 0), identity=identity)
        await server.listen()
        box["port"] = server.transport.sockets[0].getsockname()[1]
        box["stop"], box["loop"] = asyncio.Event(), asyncio.get_running_loop()
        started.set()
        await box["stop"].wait()
        await server.shutdown()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    yield box["port"]
    box["loop"].call_soon_threadsafe(box["stop"].set)
    thread.join()


def test_our_client_on_their_server(their_server):
    link = TcpLink("lan", "127.0.0.1", their_server, timeout_s=2)
    for table, first in (("hr", 100), ("ir", 200)):
        request = pdu.read_request(table, 3, 4)
        payload = pdu.check_read_reply(request, link.transact(1, request))
        assert _words(payload) == [first + 3 + i for i in range(4)]
    for request in (
        pdu.write_registers_request(5, pack(">HH", 7, 8)),
        pdu.write_register_request(7, pack(">H", 9)),
        pdu.write_coils_request(0, 9, b"\x55\x01"),
        pdu.write_coil_request(3, True),
        pdu.mask_write_request(8, 0, 0xBEEF),
    ):
        pdu.check_write_reply(request, link.transact(1, request))
    request = pdu.exchange_request(5, 4, 9, pack(">H", 1))
    assert _words(pdu.check_read_reply(request, link.transact(1, request))) == [7, 8, 9, 0xBEEF]
    for table, expected in (("co", b"\x5d\x01"), ("di", b"\xaa\x00")):
        request = pdu.read_request(table, 0, 9)
        assert pdu.check_read_reply(request, link.transact(1, request)) == expected
    request = pdu.read_request("hr", 4000, 1)
    with pytest.raises(pdu.ModbusException, match="exception 2"):
        pdu.check_read_reply(request, link.transact(1, request))
    request = pdu.identification_request()
    objects, following = pdu.check_identification_reply(request, link.transact(1, request))
    assert objects[0] == b"theirs"
    assert following is None
    link.close()


def _words(payload):
    return [int.from_bytes(payload[i : i + 2], "big") for i in range(0, len(payload), 2)]
