"""How near an RTU master comes to what its line can carry, and who takes the rest.

    .venv/bin/python benchmarks/rtu.py [--reads 300]

`Device.read` of 10 holding registers, as fast as the line lets it, at 9600, 19200 and 115200 baud
(8E1). The line and its slave, which answers 2 ms after the silence that ends a request, are a
process of their own in real time, behind a pty. The limit is request, reply, two silences of 3.5
characters and those 2 ms. What a transaction takes beyond it is split at instants that the master
notes: its own part is from the moment when it had the reply to that when it sent the next request,
less the silence that has to be there; the other's part is all the rest: the slave's process, the
pty, and waking up. Medians, which a busy machine leaves alone, and the share of the whole run.
Nothing is asserted.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from links_subjects import COUNT, check, register_map

from hil.links.device import Device
from hil.links.line.edge import PtyEdge
from hil.links.line.emulated import EmulatedLine
from hil.links.line_time import LineTime
from hil.links.rtu import RtuLink
from hil.links.serial_port import Port, open_serial
from twin.clock import WallClock, monotonic_ns
from twin.registers import RegisterBank, plan_blocks

BAUDS = (9600, 19_200, 115_200)
TURNAROUND_NS = 2_000_000


class Stamped:
    """A port that notes when requests went out and when the last of each reply was here [ns]."""

    def __init__(self, port: Port) -> None:
        self.sent: list[int] = []
        self.heard: list[int] = []
        self._port = port
        self.close = port.close

    def read(self, deadline_ns: int) -> bytes:
        data = self._port.read(deadline_ns)
        if data:
            self.heard[len(self.sent) - 1 :] = [monotonic_ns()]
        return data

    def write(self, data: bytes) -> None:
        self.sent.append(monotonic_ns())
        self._port.write(data)


def slave(path: str, baud: int) -> None:
    bank = RegisterBank(register_map())
    bank.write_registers(0, b"".join((100 + i).to_bytes(2, "big") for i in range(COUNT)))
    line = EmulatedLine(WallClock(0), baud)
    line.serve("slave", {1: bank}, TURNAROUND_NS)
    edge = PtyEdge(line, Path(path))
    print("ready", flush=True)
    while True:
        edge.poll(monotonic_ns() + 1_000_000_000)


def asked(path: str, baud: int, reads: int) -> Stamped:
    """The port of a master that has read so often."""
    ports: list[Stamped] = []

    def opened() -> Stamped:
        ports.append(Stamped(open_serial(path, baud, "E", 1)))
        return ports[-1]

    link = RtuLink("line", path, baud, timeout_s=1.0, open_port=opened)
    (block,) = plan_blocks(list(register_map().points.values()), max_registers=125, max_gap=0)
    device = Device("unit", link, 1)
    for _ in range(reads):
        check(device.read(block).values)
    link.close()
    return ports[0]


def measure(baud: int, reads: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "line")
        words = [sys.executable, __file__, "--slave", path, str(baud)]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            port = asked(path, baud, reads)
        finally:
            process.kill()
            process.communicate()
    line = LineTime(baud, "E", 1)
    limit_ns = line.duration_ns(8 + 5 + 2 * COUNT) + 2 * line.gap_ns + TURNAROUND_NS
    took = [b - a for a, b in pairwise(port.sent)]
    own = [
        sent - heard - line.gap_ns for heard, sent in zip(port.heard, port.sent[1:], strict=False)
    ]
    whole, mine = statistics.median(took), statistics.median(own)
    mean_ns = (port.sent[-1] - port.sent[0]) / len(took)
    print(
        f"{baud:7}{limit_ns / 1e6:10.3f}{mine / 1e3:11.0f}{(whole - limit_ns - mine) / 1e3:11.0f}"
        f"{limit_ns / (limit_ns + mine):12.1%}{limit_ns / whole:12.1%}{limit_ns / mean_ns:12.1%}"
        f"{min(own) / 1e3:12.1f}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reads", type=int, default=300)
    parser.add_argument("--slave", nargs=2, metavar=("PATH", "BAUD"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.slave:
        slave(given.slave[0], int(given.slave[1]))
        return
    print(f"{'baud':>7}{'limit ms':>10}{'master µs':>11}{'others µs':>11}{'master':>12}"
          f"{'median':>12}{'whole run':>12}{'least µs':>12}")  # fmt: skip
    for baud in BAUDS:
        measure(baud, given.reads)


if __name__ == "__main__":
    main()
