"""What an RTU master itself adds to the silence that has to be on the line."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from links_lines import MS, served, small_bank

from hil.links import pdu
from hil.links.line_time import LineTime
from hil.links.pty_line import PtyPort
from hil.links.rtu import RtuLink
from hil.links.rtu_server import RtuServer
from hil.links.serial_port import open_serial
from twin.clock import monotonic_ns

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals there"),
]

BAUD, READS = 115_200, 100


class Stamped:
    """A port that notes when a request was sent, and how long after the last byte heard [ns]."""

    def __init__(self, port):
        self.port, self.close = port, port.close
        self.heard_ns, self.after_ns = None, []

    def read(self, deadline_ns):
        data = self.port.read(deadline_ns)
        if data:
            self.heard_ns = monotonic_ns()
        return data

    def write(self, data):
        if self.heard_ns is not None:
            self.after_ns.append(monotonic_ns() - self.heard_ns)
        self.port.write(data)


def test_the_next_request_begins_when_the_silence_is_over_and_not_a_sleep_later(tmp_path):
    ports = []

    def opened():
        ports.append(Stamped(open_serial(str(tmp_path / "line"), BAUD, "E", 1)))
        return ports[-1]

    slave = RtuServer("line", {1: small_bank(tmp_path)}, PtyPort(tmp_path / "line"))
    with served(slave):
        link = RtuLink("line", "", BAUD, timeout_s=5.0, open_port=opened)
        for _ in range(READS):
            link.transact(1, pdu.read_request("hr", 0, 1))
        link.close()
    (port,) = ports
    late_ns = sorted(after - LineTime(BAUD, "E", 1).gap_ns for after in port.after_ns)
    assert len(late_ns) == READS - 1
    print(f"after the silence: {late_ns[0] / 1e3:.0f} to {late_ns[-1] / 1e3:.0f} us")
    # the least, because a busy machine spoils many: a sleep is 0.05 to 0.12 ms late at best
    assert 0 <= late_ns[0] < MS / 25
