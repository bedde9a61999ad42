"""A controller on a real TCP socket, a process of its own: `python gate_controller.py`.

Prints its port, serves until its standard input ends.
"""

import os
import sys
import tempfile
import threading
from pathlib import Path

from hil.links.device import Device
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns
from twin.registers import RegisterBank, load_map

MAP = """\
name,table,address,type,scale,unit,access,min,max,ramp,tag,bit
T_set,hr,0,int16,0.1,degC,rw,10,90,5,setting,
flow,hr,1,float32,1,kg/s,rw,0,100,,setting,
on,hr,5,bool,1,-,rw,,,,setting,0
boost,hr,5,bool,1,-,rw,,,,setting,3
"""
START = {"T_set": 50.0, "flow": 12.5, "boost": 1.0}


def open_device(port: int) -> tuple[Device, str]:
    """A handle on the controller, and the address of its link."""
    link = TcpLink("controller", "127.0.0.1", port, timeout_s=5.0)
    return Device("hp1", link, 1), f"tcp://127.0.0.1:{port}"


def main() -> None:
    """Serve."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "map.csv"
        file.write_text(MAP)
        bank = RegisterBank(load_map(file))
    for name, value in START.items():
        bank.set(name, value)
    server = TcpServer("controller", {1: bank}, "127.0.0.1", 0)
    print(server.port, flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while True:
        server.poll(monotonic_ns() + 100_000_000)


if __name__ == "__main__":
    main()
