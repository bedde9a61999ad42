"""A small live plant for the tests of the gate: registers behind a link that can be spoilt."""

from pathlib import Path

from hil.links.device import Device
from hil.links.link import LinkFault
from hil.links.server import answer
from twin.clock import VirtualClock
from twin.registers import Block, RegisterBank, load_map
from twin.signals import Quality

MAP = """\
name,table,address,type,scale,unit,access,min,max,ramp,nan,tag,bit
T_set,hr,0,int16,0.1,degC,rw,10,90,0.5,,setting,
flow,hr,1,float32,1,kg/s,rw,0,100,,,setting,
kick,hr,3,uint16,1,-,w,0,10,,,command,
P_set,hr,4,int16,1,kW,rw,0,500,0.25,-32768,setting,
on,hr,5,bool,1,-,rw,,,,,setting,0
boost,hr,5,bool,1,-,rw,,,,,setting,3
alarm,hr,6,uint16,1,-,r,,,,,status,
level,hr,7,uint16,1,%,rw,0,100,,,setting,
pump,co,0,bool,1,-,rw,,,,,setting,
valve,co,1,bool,1,-,rw,,,,,setting,
"""
START = {"T_set": 50.0, "flow": 12.5, "P_set": 100.0, "boost": 1.0, "level": 40.0, "valve": 1.0}
PLACE = "tcp://127.0.0.1:502"


class Line:
    """A link to one bank: every request is noted, and may be spoilt by what a test puts in.

    `spoil(request)` gives a reply instead of the device's, or None for the device's own.
    """

    name = "line"

    def __init__(self, bank):
        self.bank = bank
        self.sent = []
        self.spoil = lambda request: None

    def transact(self, unit, request):
        self.sent.append(request)
        reply = self.spoil(request)
        return answer({1: self.bank}, unit, request) if reply is None else reply

    def writes(self):
        """Requests that write, in hexadecimal."""
        return [request.hex() for request in self.sent if request[0] in (5, 6, 15, 16, 22, 23)]

    def close(self):
        self.sent.clear()


def silent(request):
    """What to put into `spoil` for a device that is gone."""
    raise LinkFault(Quality.TIMEOUT, "nobody answered")


class Plant:
    """Map, memory, line, device, and the virtual clock that all of them live by."""

    def __init__(self, folder: Path):
        file = folder / "plant.csv"
        file.write_text(MAP)
        self.map = load_map(file)
        self.bank = RegisterBank(self.map)
        for name, value in START.items():
            self.bank.set(name, value)
        self.clock = VirtualClock()
        self.line = Line(self.bank)
        self.device = self.open()

    def open(self, entry=None):
        """A new handle on the device, as after a start."""
        return Device("hp1", self.line, 1, now_ns=self.clock.now_ns)

    def block(self, *names):
        """A block of these points."""
        return Block([self.map.point(name) for name in names])

    def values(self, *names):
        """What the device holds."""
        return [self.bank.get(name) for name in names]
