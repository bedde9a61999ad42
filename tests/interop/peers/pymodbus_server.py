"""pymodbus as a server of unit 1: pymodbus_server.py tcp PORT | rtu PATH BAUD."""

import asyncio
import sys
import threading

from lines import dump_each_line, tables_from_input
from pymodbus import ModbusDeviceIdentification
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

IDENTITY = {"VendorName": "theirs", "ProductCode": "P", "MajorMinorRevision": "3"}
tables = tables_from_input()
started = threading.Event()
running: dict = {}


def block(name: str) -> list[SimData]:
    if name in ("co", "di"):
        bits = [bool(value) for value in tables[name]]
        return [SimData(0, values=bits, datatype=DataType.BITS)]
    return [SimData(0, values=tables[name], datatype=DataType.REGISTERS)]


async def serve() -> None:
    device = SimDevice(1, simdata=tuple(block(name) for name in ("co", "di", "hr", "ir")))
    identity = ModbusDeviceIdentification(info_name=IDENTITY)
    if sys.argv[1] == "tcp":
        address = ("127.0.0.1", int(sys.argv[2]))
        server = ModbusTcpServer(device, address=address, identity=identity)
    else:
        server = ModbusSerialServer(
            device,
            port=sys.argv[2],
            baudrate=int(sys.argv[3]),
            identity=identity,
            broadcast_enable=True,
        )
    await server.listen()
    running.update(server=server, loop=asyncio.get_running_loop())
    started.set()
    await asyncio.Event().wait()


async def read(function: int, size: int, most: int) -> list[int]:
    found: list[int] = []
    for at in range(0, size, most):
        count = min(most, size - at)
        found += await running["server"].context.async_getValues(1, function, at, count)
    return found


def dump() -> tuple[list[int], list[int]]:
    def now(function: int, size: int, most: int) -> list[int]:
        job = read(function, size, most)
        return asyncio.run_coroutine_threadsafe(job, running["loop"]).result(10)

    return now(1, len(tables["co"]), 1000), now(3, len(tables["hr"]), 100)


threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
if not started.wait(20):
    sys.exit("the server did not start")
dump_each_line(dump)
