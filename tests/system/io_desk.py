"""`hukka io` as its user meets it: in this process for speed, or as a program of its own."""

import os
import subprocess
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench_processes import HUKKA, ROOT
from typer.testing import CliRunner

from hil.cli.commands import app
from hil.io.serve import bank_of, identity_of
from hil.links.pty_line import PtyPort
from hil.links.rtu_server import RtuServer
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns
from twin.errors import HukkaError
from twin.registers import load_map

MAP = """\
#! vendor: Example
#! revision: 3
#! max_gap: 8
name,table,address,type,order,scale,scale_ref,unit,access,min,max,nan,enum,default
power,hr,10,float32,CDAB,1,,kW,r,,,,,31.4
T_flow,hr,12,int16,,0.1,,degC,r,,,,,71.5
T_limit,hr,13,int16,,0.1,,degC,rw,20,90,,,80
T_broken,hr,14,int16,,0.1,,degC,r,,,-32768,,
mode,hr,15,uint16,,1,,-,rw,0,2,,0=off|1=auto|2=hand,1
energy,hr,16,uint32,,1,energy_sf,kWh,r,,,,,
energy_sf,hr,18,int16,,1,,-,r,,,,,2
name_plate,hr,20,string8,,,,-,r,,,,,HP-9
pump,co,0,bool,,,,-,rw,,,,,1
alarm,di,3,bool,,,,-,r,,,,,
"""


@dataclass
class Said:
    """How a command ended: exit code, and what it printed."""

    code: int
    out: str
    err: str


def io(*arguments):
    """`hukka io ...` in this process."""
    result = CliRunner().invoke(app, ["io", *map(str, arguments)])
    error = result.exception
    if isinstance(error, HukkaError):
        return Said(error.exit_code, result.stdout, f"{result.stderr}hukka: {error}\n")
    if error is not None and not isinstance(error, SystemExit):
        raise error
    return Said(result.exit_code, result.stdout, result.stderr)


class Program:
    """`hukka io ...` as a program; `said` is the first line on `stream`, for `with`."""

    def __init__(self, *arguments, stream="stdout", **options):
        self._arguments, self._stream, self._options = arguments, stream, options

    def __enter__(self):
        self.process = subprocess.Popen(
            [*HUKKA, "io", *map(str, self._arguments)],
            cwd=ROOT,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", "COLUMNS": "80"},
            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | self._options,
        )
        stream = getattr(self.process, self._stream)
        self.said = stream.readline() if stream else ""
        return self

    def end(self, number=None, timeout_s=30):
        """Exit code and what else was printed, after a signal where one is given."""
        if number is not None:
            self.process.send_signal(number)
        out, err = self.process.communicate(timeout=timeout_s)
        return Said(self.process.returncode, out or "", err or "")

    def __exit__(self, *_):
        self.process.kill()
        self.process.communicate()


class Watched:
    """A bank that remembers what it was asked for."""

    def __init__(self, bank):
        self.bank = bank
        self.asked = set()

    def __getattr__(self, name):
        self.asked.add(name)
        return getattr(self.bank, name)


@contextmanager
def device(folder: Path, *settings, rtu=False, units=(1,), text=MAP):
    """A device of `text` behind a LINK, served by a thread: (link, bank)."""
    file = folder / "map.csv"
    file.write_text(text)
    register_map = load_map(file)
    bank = Watched(bank_of(register_map, settings))
    memories = dict.fromkeys(units, bank)
    if rtu:
        line = folder / "line"
        server = RtuServer("desk", memories, PtyPort(line), identity_of(register_map))
        link = f"rtu:{line}?timeout=100ms"
    else:
        server = TcpServer("desk", memories, "127.0.0.1", 0, identity_of(register_map))
        link = f"tcp://127.0.0.1:{server.port}"
    stop = threading.Event()

    def serve():
        while not stop.is_set():
            server.poll(monotonic_ns() + 20_000_000)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield link, bank
    finally:
        stop.set()
        thread.join()
        server.close()
