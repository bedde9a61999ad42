"""Devices and lines for the tests of readers: one that refuses, one on which time passes."""

import struct

from hil.links import pdu
from hil.links.link import LinkFault
from hil.links.loopback import LoopbackLink
from twin.registers import IllegalAddress, IllegalValue
from twin.signals import Quality

MS = 1_000_000


def content(address):
    """What a cranky device has in a register."""
    return (address * 7919 + 1) % 65536


class Cranky:
    """Memory of a device that refuses some addresses and reads of more than `longest` registers."""

    def __init__(self, bad=(), longest=125):
        self.bad = set(bad)
        self.longest = longest
        self.asked = []
        self.refusals = 0

    def read_registers(self, table, address, count):
        self.asked.append((table, address, count))
        if count > self.longest:
            self.refusals += 1
            raise IllegalValue("too many")
        if self.bad & set(range(address, address + count)):
            self.refusals += 1
            raise IllegalAddress("not there")
        return struct.pack(f">{count}H", *map(content, range(address, address + count)))


class TimedLink:
    """Units on one line; every transaction takes its time, one with a dead unit the time-out."""

    name = "line"

    def __init__(self, clock, memories, cost, timeout_ns=300 * MS):
        self.clock, self.cost, self.timeout_ns = clock, cost, timeout_ns
        self.inner = LoopbackLink("line", memories)
        self.dead = set()
        self.log = []

    def transact(self, unit, request):
        began_ns = self.clock.now_ns()
        self.log.append((began_ns, unit))
        if unit in self.dead:
            self.clock.wait_until(began_ns + self.timeout_ns)
            raise LinkFault(Quality.TIMEOUT, f"unit {unit} did not answer")
        reply = self.inner.transact(unit, request)
        data_bytes = len(reply) - 2 if not reply[0] & 0x80 else 0
        self.clock.wait_until(began_ns + self.cost.read_ns(data_bytes))
        return reply

    def close(self):
        pass


def read_request(address, count):
    """The question of a read of holding registers."""
    return pdu.read_request("hr", address, count)
