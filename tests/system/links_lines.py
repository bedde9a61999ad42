"""Real lines for the tests of links: a served bank, a scripted TCP peer, a scripted RTU slave."""

import os
import pty
import select
import socket
import threading
import tty
from contextlib import contextmanager
from pathlib import Path

from hil.links.rtu_frame import seal
from twin.clock import monotonic_ns
from twin.registers import RegisterBank, load_map

MS = 1_000_000

_MAP = """\
name,table,address,type,scale,unit,access,min,max,tag
T_supply,hr,0,int16,0.01,degC,rw,-40,120,sensor
T_return,hr,1,int16,0.01,degC,rw,-40,120,sensor
power,hr,2,float32,1,kW,rw,0,5000,sensor
heartbeat,hr,4,uint16,1,-,rw,,,heartbeat
u_pump,ir,0,uint16,0.0001,-,r,,,command
u_valve,ir,1,uint16,0.0001,-,r,,,command
energy,ir,2,uint64,1,J,r,,,status
enable,co,0,bool,1,-,rw,,,setting
local,co,1,bool,1,-,rw,,,setting
away,co,2,bool,1,-,rw,,,setting
alarm,di,0,bool,1,-,r,,,status
running,di,1,bool,1,-,r,,,status
"""


def small_bank(folder: Path, **values: float) -> RegisterBank:
    """Memory of a device with every table, a different value at every place."""
    file = folder / "small.csv"
    file.write_text(_MAP)
    bank = RegisterBank(load_map(file))
    start = {
        "T_supply": 30.25, "T_return": -1.5, "power": 3141.5, "heartbeat": 7, "u_pump": 0.75,
        "u_valve": 0.25, "energy": 123456789012, "enable": 1, "away": 1, "running": 1,
    }  # fmt: skip
    for name, value in (start | values).items():
        bank.set(name, value)
    return bank


@contextmanager
def served(server):
    """Poll `server` in a thread of its own until the block ends."""
    stop = threading.Event()

    def serve():
        while not stop.is_set():
            server.poll(monotonic_ns() + 20 * MS)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        thread.join()
        server.close()


@contextmanager
def tcp_peer(*connections):
    """A listener that runs one function a connection, in order; gives its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(10)
    failures = []

    def serve():
        try:
            for talk in connections:
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(10)
                    talk(connection)
        except (OSError, AssertionError) as error:
            failures.append(error)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        thread.join()
        listener.close()
    assert not failures


def request_of(connection):
    """Next whole request on a connection: (transaction id, unit, PDU)."""
    data = b""
    while len(data) < 6 or len(data) < 6 + int.from_bytes(data[4:6], "big"):
        chunk = connection.recv(1)
        if not chunk:
            raise ConnectionResetError("the client hung up before its request was whole")
        data += chunk
    return int.from_bytes(data[:2], "big"), data[6], data[7:]


def answer(connection, cut=None):
    """The right reply to the next request, up to the byte `cut`."""
    transaction, unit, request = request_of(connection)
    connection.sendall(mbap(transaction, unit, registers_of(unit, request))[:cut])


def mbap(transaction, unit, reply, protocol=0):
    """A TCP frame."""
    head = (transaction, protocol, len(reply) + 1)
    return b"".join(x.to_bytes(2, "big") for x in head) + bytes((unit,)) + reply


class ScriptedSlave:
    """The far end of a serial line: writes for each request what `react(unit, pdu)` returns.

    It returns a list of (delay_ms, bytes); `heard` holds all requests, in order. `echo`
    repeats every byte to the sender first, as a two-wire adapter does.
    """

    def __init__(self, folder: Path, react, echo: bool = False) -> None:
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.path = str(folder / "line")
        Path(self.path).symlink_to(os.ttyname(self._slave))
        self.heard = []
        self._react = react
        self._echo = echo
        self._stop_read, self._stop_write = os.pipe()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        os.write(self._stop_write, b"x")
        self._thread.join()
        for descriptor in (self._master, self._slave, self._stop_read, self._stop_write):
            os.close(descriptor)

    def _run(self):
        due, stream = [], b""
        while True:
            wait_s = max(0, due[0][0] - monotonic_ns()) / 1e9 if due else None
            ready, _, _ = select.select([self._master, self._stop_read], [], [], wait_s)
            if self._stop_read in ready:
                return
            while due and due[0][0] <= monotonic_ns():
                os.write(self._master, due.pop(0)[1])
            if self._master in ready:
                chunk = os.read(self._master, 4096)
                if self._echo:
                    os.write(self._master, chunk)
                stream += chunk
                while (length := _request_end(stream)) and len(stream) >= length:
                    unit, pdu = stream[0], stream[1 : length - 2]
                    assert stream[:length] == seal(unit, pdu), "the master broke its frame"
                    stream = stream[length:]
                    self.heard.append((unit, pdu))
                    for delay_ms, data in self._react(unit, pdu):
                        due.append((monotonic_ns() + round(delay_ms * MS), data))
                    due.sort(key=lambda entry: entry[0])


def _request_end(stream):
    if len(stream) < 8:
        return 0
    return 9 + stream[6] if stream[1] in (15, 16) else 8


def registers_of(unit, pdu):
    """Reply of a slave whose register `a` holds `1000 * unit + a`, for any read of registers."""
    address, count = int.from_bytes(pdu[1:3], "big"), int.from_bytes(pdu[3:5], "big")
    data = b"".join(((1000 * unit + address + i) % 65536).to_bytes(2, "big") for i in range(count))
    return bytes((pdu[0], len(data))) + data
