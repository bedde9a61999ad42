"""An emulated line with slaves whose registers tell unit and address, and a master of ours."""

from hil.links import pdu
from hil.links.line import EmulatedLine
from hil.links.link import LinkFault
from hil.links.rtu import RtuLink
from twin.clock import VirtualClock
from twin.signals import Quality

MS = 1_000_000


class Telling:
    """Register `a` of unit `u` holds `1000 * u + a`; what is written is kept in a list."""

    def __init__(self, unit):
        self.unit = unit
        self.written = []

    def read_registers(self, table, address, count):
        return words(1000 * self.unit + address + i for i in range(count))

    def write_registers(self, address, payload):
        self.written.append((address, payload))


def words(values):
    return b"".join((v % 65536).to_bytes(2, "big") for v in values)


def right(unit, request):
    """The only reply of unit `unit` that is true for a read of registers."""
    address, count = int.from_bytes(request[1:3], "big"), int.from_bytes(request[3:5], "big")
    data = words(1000 * unit + address + i for i in range(count))
    return bytes((request[0], len(data))) + data


class LineDesk:
    """One line, the slaves `units`, and `link`, the master."""

    def __init__(
        self,
        units=(1, 2),
        baud=19200,
        parity="E",
        stop_bits=1,
        timeout_s=0.1,
        turnaround_ns=0,
        clock=None,
        seed=1,
    ):
        self.line = EmulatedLine(clock or VirtualClock(), baud, parity, stop_bits, seed=seed)
        self.memories = {unit: Telling(unit) for unit in units}
        self.servers = {
            unit: self.line.serve(f"slave {unit}", {unit: memory}, turnaround_ns)
            for unit, memory in self.memories.items()
        }
        self.link = RtuLink(
            "line",
            "adapter",
            baud,
            parity,
            stop_bits,
            timeout_s,
            open_port=self.line.master_port,
            now_ns=self.line.now_ns,
        )

    def disorder(self, unit):
        return self.line.slaves[f"slave {unit}"].disorder

    def read(self, unit, address=0, count=2):
        """Quality of one read, or "wrong" for a value that is not the true one."""
        request = pdu.read_request("hr", address, count)
        try:
            reply = self.link.transact(unit, request)
        except LinkFault as fault:
            return fault.quality
        return Quality.GOOD if reply == right(unit, request) else "wrong"

    def pass_time(self, duration_ns):
        self.line.run(self.line.now_ns() + duration_ns)
