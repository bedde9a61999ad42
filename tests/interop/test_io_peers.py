"""`hukka io` with programs of others: pymodbus as device and master, mbpoll as master."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymodbus import ModbusDeviceIdentification
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

sys.path.append(str(Path(__file__).parents[1] / "system"))
from io_desk import MAP, Program, io
from io_lines import shared_line

pytestmark = pytest.mark.interop


def simulated(unit):
    """A pymodbus device: holding register `a` holds 100 + a, input register `a` 200 + a."""
    return SimDevice(
        unit,
        simdata=(
            [SimData(0, values=[True, False] * 20, datatype=DataType.BITS)],
            [SimData(0, values=[False, True] * 20, datatype=DataType.BITS)],
            [SimData(0, values=list(range(100, 150)), datatype=DataType.REGISTERS)],
            [SimData(0, values=list(range(200, 250)), datatype=DataType.REGISTERS)],
        ),
    )


IDENTITY = {"VendorName": "theirs", "ProductCode": "P", "MajorMinorRevision": "3"}


@contextmanager
def pymodbus_device(make):
    """A pymodbus server in a thread; gives the server."""
    started, box = threading.Event(), {}

    async def serve():
        box["server"] = server = make(ModbusDeviceIdentification(info_name=IDENTITY))
        await server.listen()
        box["stop"], box["loop"] = asyncio.Event(), asyncio.get_running_loop()
        started.set()
        await box["stop"].wait()
        await server.shutdown()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert started.wait(10)
    try:
        yield box["server"]
    finally:
        box["loop"].call_soon_threadsafe(box["stop"].set)
        thread.join()


@pytest.fixture
def their_link():
    def make(identity):
        return ModbusTcpServer(simulated(1), address=("127.0.0.1", 0), identity=identity)

    with pymodbus_device(make) as server:
        yield f"tcp://127.0.0.1:{server.transport.sockets[0].getsockname()[1]}"


def test_a_device_of_pymodbus_is_found_and_read(their_link):
    said = io("scan", their_link, "--units", "1-3", "--json")
    told = json.loads(said.out)
    (found,) = told["units"]
    assert [hint["unit"] for hint in told["hints"]] == [2, 3]  # it answers for them: exception 4
    assert (found["unit"], found["answers"]) == (1, ["hr 0 = 100", "ir 0 = 200"])
    assert {name: found["identity"][name] for name in ("vendor", "product_code", "revision")} == {
        "vendor": "theirs", "product_code": "P", "revision": "3",
    }  # fmt: skip
    assert "unit 2-3: says that it failed" in " ".join(
        io("scan", their_link, "--units", "1-3").out.split()
    )
    said = io("read", their_link, "hr:3:2", "ir:7", "co:0:2", "di:1", "--json")
    assert said.code == 0
    values = {v["name"]: v["value"] for v in json.loads(said.out)["values"]}
    assert values == {"hr:3": 103, "hr:4": 104, "ir:7": 207, "co:0": 1, "co:1": 0, "di:1": 1}


def test_a_device_of_pymodbus_is_measured(their_link):
    said = io("bench", their_link, "hr:0:10", "--duration", "100ms", "--json")
    assert said.code == 0
    assert json.loads(said.out)["qualities"].keys() == {"GOOD"}


@pytest.fixture(params=["tcp", "pty"])
def served(request, tmp_path):
    """`hukka io serve` as a program, and a pymodbus client of it."""
    (tmp_path / "map.csv").write_text(MAP)
    where = "127.0.0.1:0" if request.param == "tcp" else str(tmp_path / "line")
    with Program("serve", tmp_path / "map.csv", f"--{request.param}", where) as program:
        if request.param == "tcp":
            port = int(program.said.split("127.0.0.1:")[1].split(",")[0])
            client = ModbusTcpClient("127.0.0.1", port=port, timeout=5, retries=0)
        else:
            client = ModbusSerialClient(where, baudrate=19200, timeout=5, retries=0)
        assert client.connect()
        yield client, program
        client.close()


def test_pymodbus_reads_and_writes_what_io_serves(served):
    client, program = served
    assert client.read_holding_registers(12, count=2, device_id=1).registers == [715, 800]
    assert not client.write_register(13, 655, device_id=1).isError()
    assert client.read_holding_registers(13, count=1, device_id=1).registers == [655]
    assert client.write_register(13, 955, device_id=1).exception_code == 3  # 95.5 degC: too much
    assert client.write_register(12, 1, device_id=1).exception_code == 2  # not to be written
    info = client.read_device_information(read_code=1, object_id=0, device_id=1).information
    assert info == {0: b"Example", 1: b"map", 2: b"3"}
    client.close()
    assert program.end(signal.SIGINT).code == 0


@pytest.mark.skipif(shutil.which("mbpoll") is None, reason="mbpoll is not installed")
def test_sniff_understands_mbpoll_and_pymodbus_talking_to_each_other(tmp_path):
    with shared_line(tmp_path, 3) as (ear, master, slave):

        def make(identity):
            return ModbusSerialServer(simulated(4), port=slave, baudrate=19200, identity=identity)

        with pymodbus_device(make), Program("sniff", ear, "--json", stream="stderr") as ears:
            for options in (("-t", "4", "-r", "5", "-c", "3"), ("-t", "3", "-r", "9")):
                done = subprocess.run(
                    ["mbpoll", "-m", "rtu", "-b", "19200", "-P", "none", "-a", "4", "-0", "-1",
                     "-q", *options, master],
                    capture_output=True, text=True, timeout=20, check=False,
                )  # fmt: skip
                assert done.returncode == 0, done.stdout + done.stderr
            heard = [json.loads(ears.process.stdout.readline()) for _ in range(2)]
            end = json.loads(ears.end(signal.SIGINT).out.splitlines()[-1])
    assert [(e["event"], e["unit"], e["what"], e["values"]) for e in heard] == [
        ("answered", 4, "reads hr 5..7", {"hr:5": 105, "hr:6": 106, "hr:7": 107}),
        ("answered", 4, "reads ir 9", {"ir:9": 209}),
    ]
    assert (end["noises"], end["units"]["4"]["requests"]) == (0, 2)
