"""mbpoll, a Debian program built on libmodbus, reads what our servers serve."""

import re
import shutil
import subprocess
import threading
from contextlib import contextmanager

import pytest

from hil.links.pty_line import PtyPort
from hil.links.rtu_server import RtuServer
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns
from twin.registers import RegisterBank, load_map

pytestmark = [
    pytest.mark.interop,
    pytest.mark.skipif(shutil.which("mbpoll") is None, reason="mbpoll is not installed"),
]

_MAP = """\
name,table,address,type,order,scale,unit,access,min,max,tag
T_supply,hr,0,int16,,0.01,degC,rw,-40,120,sensor
T_return,hr,1,int16,,0.01,degC,rw,-40,120,sensor
power,hr,2,float32,ABCD,1,kW,rw,0,5000,sensor
heartbeat,hr,4,uint16,,1,-,rw,,,heartbeat
u_pump,ir,0,uint16,,0.0001,-,r,,,command
u_valve,ir,1,uint16,,0.0001,-,r,,,command
heat,ir,2,float32,ABCD,1,kW,r,,,status
enable,co,0,bool,,1,-,rw,,,setting
local,co,1,bool,,1,-,rw,,,setting
alarm,di,0,bool,,1,-,r,,,status
running,di,1,bool,,1,-,r,,,status
"""
_VALUES = {
    "T_supply": 30.25, "T_return": -1.5, "power": 3141.5, "heartbeat": 7, "u_pump": 0.75,
    "u_valve": 0.25, "heat": 2718.25, "enable": 1, "local": 0, "alarm": 0, "running": 1,
}  # fmt: skip


@pytest.fixture
def bank(tmp_path):
    (tmp_path / "map.csv").write_text(_MAP)
    bank = RegisterBank(load_map(tmp_path / "map.csv"))
    for name, value in _VALUES.items():
        bank.set(name, value)
    return bank


@contextmanager
def polled(server):
    stop = threading.Event()

    def serve():
        while not stop.is_set():
            server.poll(monotonic_ns() + 20_000_000)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server
    finally:
        stop.set()
        thread.join()
        server.close()


@pytest.fixture(params=["tcp", "rtu"])
def where(request, bank, tmp_path):
    """Arguments that lead mbpoll to unit 1 of a served bank."""
    if request.param == "tcp":
        with polled(TcpServer("lan", {1: bank}, "127.0.0.1", 0)) as server:
            yield ["-m", "tcp", "-p", str(server.port), "127.0.0.1"]
    else:
        path = tmp_path / "line"
        with polled(RtuServer("line", {1: bank}, PtyPort(path))):
            # -P none: a pty has no parity, and Linux refuses to set one
            yield ["-m", "rtu", "-b", "19200", "-P", "none", str(path)]


def mbpoll(where, *options, write=()):
    done = subprocess.run(
        ["mbpoll", "-a", "1", "-0", "-1", "-q", *options, *where, *write],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return {
        int(address): float(value)
        for address, value in re.findall(r"^\[(\d+)\]:\s+(\S+)", done.stdout, re.MULTILINE)
    }


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (("-t", "4", "-r", "0", "-c", "1"), {0: 3025}),
        (("-t", "4:float", "-B", "-r", "2", "-c", "1"), {2: 3141.5}),
        (("-t", "4", "-r", "4", "-c", "1"), {4: 7}),
        (("-t", "3", "-r", "0", "-c", "2"), {0: 7500, 1: 2500}),
        (("-t", "3:float", "-B", "-r", "2", "-c", "1"), {2: 2718.25}),
        (("-t", "0", "-r", "0", "-c", "2"), {0: 1, 1: 0}),
        (("-t", "1", "-r", "0", "-c", "2"), {0: 0, 1: 1}),
    ],
)
def test_mbpoll_reads_every_table_as_we_serve_it(where, options, expected):
    assert mbpoll(where, *options) == expected


def test_what_mbpoll_writes_is_in_the_bank(where, bank):
    mbpoll(where, "-t", "4", "-r", "0", write=("4321", "1234"))
    mbpoll(where, "-t", "4", "-r", "4", write=("99",))
    mbpoll(where, "-t", "0", "-r", "0", write=("0", "1"))
    names = ("T_supply", "T_return", "heartbeat", "enable", "local")
    assert [bank.get(name) for name in names] == [43.21, 12.34, 99, 0, 1]


def test_mbpoll_is_refused_where_nothing_is(where):
    done = subprocess.run(
        ["mbpoll", "-a", "1", "-0", "-1", "-q", "-t", "4", "-r", "77", *where],
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode != 0
    assert "Illegal data address" in done.stdout + done.stderr


def test_mbpoll_asks_twice_after_the_line_was_opened_before(where):
    for _ in range(3):
        assert mbpoll(where, "-t", "3", "-r", "0", "-c", "1") == {0: 7500}
