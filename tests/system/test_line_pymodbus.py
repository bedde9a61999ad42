"""What was measured of pymodbus 3.16.1, on one line: it fails (the control), and ours does not.

Real time, over a pty at the edge of the emulated line, in small numbers. If a control begins to
fail, pymodbus was mended there: take the row out of the decision record.
"""

import asyncio
import logging
import sys
import threading
from contextlib import contextmanager

import pytest
from line_desk import MS, LineDesk, Telling
from links_lines import served
from pymodbus.client import ModbusSerialClient
from pymodbus.exceptions import ModbusException
from pymodbus.server import ModbusSerialServer
from pymodbus.simulator import DataType, SimData, SimDevice

from hil.links import pdu
from hil.links.line.edge import PtyEdge
from hil.links.link import LinkFault
from hil.links.rtu import RtuLink
from hil.links.rtu_frame import seal
from hil.links.rtu_server import RtuServer
from hil.links.serial_port import open_serial
from twin.clock import WallClock, monotonic_ns

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there")

TIMEOUT_S = 0.1


@pytest.fixture(autouse=True)
def quiet():
    """pymodbus logs what it meets; here that is what we came for."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@contextmanager
def alive(*edges):
    """Let the line of `edges` live in a thread of its own until the block ends."""
    stop = threading.Event()

    def live():
        while not stop.is_set():
            for edge in edges:
                edge.poll(monotonic_ns() + (20 if len(edges) == 1 else 1) * MS)

    thread = threading.Thread(target=live)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        for edge in edges:
            edge.close()


class Ours:
    """Registers read and written over `RtuLink`; None for a failure."""

    def __init__(self, path):
        self._link = RtuLink("line", str(path), timeout_s=TIMEOUT_S)
        self.close = self._link.close

    def read(self, unit, address, count):
        request = pdu.read_request("hr", address, count)
        try:
            data = pdu.check_read_reply(request, self._link.transact(unit, request))
        except (LinkFault, pdu.ModbusException):
            return None
        return [int.from_bytes(data[i : i + 2], "big") for i in range(0, len(data), 2)]

    def write(self, unit, address, values):
        payload = b"".join(v.to_bytes(2, "big") for v in values)
        with pytest.raises(LinkFault):
            self._link.transact(unit, pdu.write_registers_request(address, payload))


class Theirs:
    """The same over pymodbus's synchronous client; `retries` is its own default."""

    def __init__(self, path, retries=3):
        self._client = ModbusSerialClient(str(path), timeout=TIMEOUT_S, retries=retries)
        assert self._client.connect()
        self.close = self._client.close

    def read(self, unit, address, count):
        try:
            reply = self._client.read_holding_registers(address, count=count, device_id=unit)
        except ModbusException:
            return None
        return None if reply.isError() else reply.registers

    def write(self, unit, address, values):
        with pytest.raises(ModbusException):
            self._client.write_registers(address, values, device_id=unit)


@contextmanager
def on_a_line(client_type, path, desk, **more):
    with alive(PtyEdge(desk.line, path)):
        client = client_type(path, **more)
        try:
            yield client
        finally:
            client.close()


def wall_desk(units=(1, 2)):
    return LineDesk(units, clock=WallClock(0))


def wrong_of(client_type, path, reads, **more):
    """How many of `reads` came back with registers that are not there."""
    desk = wall_desk()
    sick = desk.disorder(1)
    sick.late, sick.late_ns = 0.25, (100 * MS, 185 * MS)
    with on_a_line(client_type, path, desk, **more) as client:
        found = [(k, client.read(1, k, 2)) for k in range(reads)]
    assert desk.line.mishaps["late"] > 0.1 * reads
    wrong = sum(values is not None and values != [1000 + k, 1001 + k] for k, values in found)
    good = sum(values == [1000 + k, 1001 + k] for k, values in found)
    print(f"{client_type.__name__} {more}: {good} right, {wrong} wrong of {reads}")
    assert good > 0.4 * reads
    return wrong


def test_a_late_reply_answers_the_next_request_of_theirs_and_not_of_ours(tmp_path):
    assert wrong_of(Ours, tmp_path / "a", 40) == 0
    assert wrong_of(Theirs, tmp_path / "b", 40, retries=0) > 0


def liar(desk, name, reply_to):
    """A slave that answers every frame with what `reply_to(frame)` says."""
    port = desk.line.slave_port(name)
    heard = []

    def attend(now_ns):
        frame = port.take()
        if frame:
            heard.append(frame)
            if reply := reply_to(frame):
                port.write(reply)

    port.attend = attend
    return heard


@pytest.mark.parametrize(
    ("lie", "believed"),
    [
        (seal(1, b"\x04\x04\xde\xad\xbe\xef"), [0xDEAD, 0xBEEF]),  # of input registers
        (seal(1, b"\x03\x02\xde\xad"), [0xDEAD]),  # one register of the two
    ],
    ids=["function", "length"],
)
def test_a_reply_of_another_function_or_length_is_taken_by_theirs_and_not_by_ours(
    tmp_path, lie, believed
):
    for client_type, expected in ((Ours, None), (Theirs, believed)):
        desk = wall_desk(())
        liar(desk, "liar", lambda frame: lie)
        with on_a_line(client_type, tmp_path / client_type.__name__, desk) as client:
            assert client.read(1, 0, 2) == expected


def test_an_unanswered_write_goes_out_once_from_ours_and_four_times_from_theirs(tmp_path):
    for client_type, expected in ((Ours, 1), (Theirs, 4)):
        desk = wall_desk(())
        heard = liar(desk, "mute", lambda frame: None)
        with on_a_line(client_type, tmp_path / client_type.__name__, desk) as client:
            client.write(1, 3, [7, 8])
        write = seal(1, pdu.write_registers_request(3, b"\0\7\0\10"))
        assert heard == [write] * expected


@contextmanager
def their_server(path):
    """pymodbus's serial server for unit 1 at the pty `path`."""
    started, box = threading.Event(), {}

    async def serve():
        registers = SimData(0, values=list(range(1000, 1100)), datatype=DataType.REGISTERS)
        bits = SimData(0, values=[False] * 16, datatype=DataType.BITS)
        device = SimDevice(1, simdata=([bits], [bits], [registers], [registers]))
        server = ModbusSerialServer(device, port=str(path), baudrate=19200)
        await server.listen()
        box["stop"], box["loop"] = asyncio.Event(), asyncio.get_running_loop()
        started.set()
        await box["stop"].wait()
        await server.shutdown()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(10)
        yield
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join()


def good_of_neighbour(folder, unit_1):
    """Of 12 reads of unit 2, how many are right; how often `unit_1(path)` answered for it."""
    folder.mkdir()
    desk = LineDesk((2,), clock=WallClock(0), turnaround_ns=10 * MS)
    ends = [PtyEdge(desk.line, folder / name) for name in ("ask", "answer")]
    with alive(*ends), unit_1(folder / "answer"):
        client = Ours(folder / "ask")
        found = [client.read(2, k, 2) for k in range(12)]
        client.close()
    good = sum(values == [2000 + k, 2001 + k] for k, values in enumerate(found))
    intruding = desk.line.gaps.of("answer").frames
    print(f"{unit_1.__name__} as unit 1: {good} of 12 right, {intruding} answers for unit 2")
    return good, intruding


@contextmanager
def our_server(path):
    """Our server for unit 1 at the pty `path`."""
    port = open_serial(str(path), 19200, "E", 1)
    with served(RtuServer("ours", {1: Telling(1)}, port)):
        yield


def test_their_server_answers_for_its_neighbour_and_ours_does_not(tmp_path):
    assert good_of_neighbour(tmp_path / "ours", our_server)[1] == 0
    assert good_of_neighbour(tmp_path / "theirs", their_server)[1] > 0
