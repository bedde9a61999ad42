"""One way of reading 10 holding registers, or of serving them, in a process of its own.

    python links_subjects.py client NAME PORT     for each line COUNT, what each read took [ns]
    python links_subjects.py server PORT          hukka's server
    python links_subjects.py poll NAME PORT LINKS SECONDS    50 units at 10 Hz

Told by `links.py` when to run.
"""

import asyncio
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from struct import Struct, unpack

sys.path.insert(0, str(Path(__file__).parents[1]))
COUNT = 10
UNITS = 50
PERIOD_NS = 100_000_000
HEAD = Struct(">HHHB")
Read = Callable[[], object]
MAP = "name,table,address,type,access,min,max\n" + "\n".join(
    f"h{i},hr,{i},uint16,rw,0,65535" for i in range(COUNT)
)


def register_map():
    from twin.registers import load_map

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "ten.csv"
        file.write_text(MAP)
        return load_map(file)


def thin(port: int) -> Read:
    """What Python takes at least: a request, a reply, nothing checked but the length."""
    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def read() -> object:
        connection.sendall(b"\0\1\0\0\0\6\1\3\0\0\0\x0a")
        reply = connection.recv(300)
        assert len(reply) == 29
        return unpack(">10H", reply[9:])

    return read


def link(port: int) -> Read:
    from hil.links import pdu
    from hil.links.tcp import TcpLink

    ours = TcpLink("ours", "127.0.0.1", port)
    request = pdu.read_request("hr", 0, COUNT)
    return lambda: unpack(">10H", pdu.check_read_reply(request, ours.transact(1, request)))


def device(port: int, unit: int = 1, shared: object = None) -> Read:
    from hil.links.device import Device
    from hil.links.tcp import TcpLink
    from twin.registers import plan_blocks

    (block,) = plan_blocks(list(register_map().points.values()), max_registers=125, max_gap=0)
    ours = Device("unit", shared or TcpLink("ours", "127.0.0.1", port), unit)

    def read() -> object:
        found = ours.read(block)
        assert found.values is not None, found.why
        return found.values

    return read


def pymodbus_sync(port: int, unit: int = 1, shared: object = None) -> Read:
    from pymodbus.client import ModbusTcpClient

    client = shared or ModbusTcpClient("127.0.0.1", port=port)
    client.connect()
    return lambda: client.read_holding_registers(0, count=COUNT, device_id=unit).registers


def umodbus(port: int) -> Read:
    from umodbus.client import tcp

    connection = socket.create_connection(("127.0.0.1", port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return lambda: tcp.send_message(tcp.read_holding_registers(1, 0, COUNT), connection)


def timed(read: Read, count: int) -> list[int]:
    now, took = time.perf_counter_ns, []
    for _ in range(count):
        start = now()
        read()
        took.append(now() - start)
    return took


async def pymodbus_async(port: int) -> None:
    from pymodbus.client import AsyncModbusTcpClient

    client = AsyncModbusTcpClient("127.0.0.1", port=port)
    await client.connect()
    check((await client.read_holding_registers(0, count=COUNT, device_id=1)).registers)
    now = time.perf_counter_ns
    while line := await asyncio.to_thread(sys.stdin.readline):
        took = []
        for _ in range(int(line)):
            start = now()
            await client.read_holding_registers(0, count=COUNT, device_id=1)
            took.append(now() - start)
        print(*took, flush=True)


def check(values: object) -> None:
    assert list(values) == [100 + i for i in range(COUNT)], values


def client(name: str, port: int) -> None:
    if name == "pymodbus async":
        asyncio.run(pymodbus_async(port))
        return
    subjects = {
        "thin": thin, "hukka link": link, "hukka device": device,
        "pymodbus sync": pymodbus_sync, "umodbus": umodbus,
    }  # fmt: skip
    read = subjects[name](port)
    check(read())
    for line in sys.stdin:
        print(*timed(read, int(line)), flush=True)


def server(port: int) -> None:
    from hil.links.tcp_server import TcpServer
    from twin.clock import monotonic_ns
    from twin.registers import RegisterBank

    bank = RegisterBank(register_map())
    bank.write_registers(0, b"".join((100 + i).to_bytes(2, "big") for i in range(COUNT)))
    ours = TcpServer("ours", dict.fromkeys(range(1, UNITS + 1), bank), "127.0.0.1", port)
    print("ready", flush=True)
    while True:
        ours.poll(monotonic_ns() + 1_000_000_000)


def poll(name: str, port: int, links: int, seconds: float) -> None:
    """Poll 50 units over `links` connections on absolute deadlines; CPU share and lateness."""
    reads = []
    if name == "hukka":
        from hil.links.tcp import TcpLink

        shared = [TcpLink(f"link {i}", "127.0.0.1", port) for i in range(links)]
        reads = [device(port, 1 + i, shared[i % links]) for i in range(UNITS)]
    else:
        from pymodbus.client import ModbusTcpClient

        clients = [ModbusTcpClient("127.0.0.1", port=port) for _ in range(links)]
        reads = [pymodbus_sync(port, 1 + i, clients[i % links]) for i in range(UNITS)]
    for read in reads:
        check(read())
    rounds, late = round(seconds * 1e9 / PERIOD_NS), 0
    start, cpu = time.perf_counter_ns(), time.process_time()
    for k in range(rounds):
        for read in reads:
            read()
        left_ns = start + (k + 1) * PERIOD_NS - time.perf_counter_ns()
        late += left_ns < 0
        time.sleep(max(0, left_ns) / 1e9)
    took_s = (time.perf_counter_ns() - start) / 1e9
    print((time.process_time() - cpu) / took_s, took_s / rounds, late / rounds, flush=True)


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["client", name, port]:
            client(name, int(port))
        case ["server", port]:
            server(int(port))
        case ["poll", name, port, links, seconds]:
            poll(name, int(port), int(links), float(seconds))
