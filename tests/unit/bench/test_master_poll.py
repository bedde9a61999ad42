"""The bench's master honours `poll`, plans around what is refused, and never keeps an old value."""

from math import isnan

import pytest

from hil.bench.endpoint import Endpoint
from hil.bench.exchange import LoopbackExchange
from hil.bench.faulty_line import FaultyLine
from hil.bench.master import Master
from hil.bench.wiring import ControllerWiring, Tap
from hil.gate import WriteGate
from hil.links.cost import SerialCost, TcpCost
from hil.links.device import Device
from hil.links.link import LinkFault
from hil.links.loopback import LoopbackLink
from twin.clock import NS_PER_S, VirtualClock
from twin.registers import RegisterBank, load_map
from twin.signals import Quality

MAP = """\
name,table,address,type,scale,scale_ref,unit,access,poll,min,max,nan,tag
beat,hr,0,uint16,,,,rw,,,,,heartbeat
T_in,hr,1,int16,0.01,,degC,rw,,-40,120,0x8000,sensor
fast,ir,0,uint16,0.01,,%,r,0.2,,,,command
every,ir,1,uint16,0.01,,%,r,,,,,command
slow,ir,2,uint16,0.1,,kW,r,10,,,,command
power,ir,3,int16,,exponent,kW,r,10,,,0x8000,command
exponent,ir,4,int16,,,,r,,,,,status
"""
READ = (Tap("slow", 0, "W"), Tap("fast", 1, "-"), Tap("every", 2, "-"), Tap("power", 3, "W"))


class Line(LoopbackLink):
    """Counts the reads of each first address; silent while `silent`."""

    def __init__(self, bank):
        self.memories = {1: bank}
        super().__init__("line", self.memories)
        self.reads = {}
        self.silent = False

    def transact(self, unit, request):
        if request[0] == 4:
            at = request[1] << 8 | request[2]
            self.reads[at] = self.reads.get(at, 0) + 1
        if self.silent:
            raise LinkFault(Quality.TIMEOUT, "nobody answered")
        return super().transact(unit, request)


class Desk:
    """A master that reads once a second of virtual time."""

    def __init__(self, folder, text=MAP, served=None):
        (folder / "m.csv").write_text(text)
        (folder / "served.csv").write_text(served or text)
        self.map = load_map(folder / "m.csv")
        self.bank = RegisterBank(load_map(folder / "served.csv"))
        self.bank.set("power", 0)
        self.line, self.clock = Line(self.bank), VirtualClock()
        device = Device("hp", self.line, 1, self.clock.now_ns)
        gate = WriteGate(simulated=True, now_ns=self.clock.now_ns)
        sensors = (Tap("T_in", 0, "K"),)
        self.master = Master(device, self.map, gate, sensors, READ, TcpCost(), NS_PER_S)

    def cycle(self, n=1):
        for _ in range(n):
            self.master.read()
            self.clock.wait_until(self.clock.now_ns() + NS_PER_S)


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_a_point_is_read_as_often_as_its_map_asks(desk):
    desk.cycle(101)
    # what has no poll, or a shorter one than the cycle, goes every time; the others in ten
    assert desk.line.reads.pop(0) == 101
    assert sum(desk.line.reads.values()) in (11, 12)


def test_between_polls_a_value_stays_and_is_no_older_than_its_period(desk):
    for k in range(60):
        desk.bank.set("slow", float(k))
        desk.bank.set("every", k)
        desk.cycle()
        slow_w, _, every, _ = desk.master.values
        assert every == pytest.approx(k / 100)
        assert k - 10 <= slow_w / 1000 <= k
        assert desk.master.quality == [0, 0, 0, 0]


def test_a_scale_that_is_no_column_is_read_along(desk):
    desk.bank.set("exponent", -1)
    desk.bank.set("power", 12.5)
    desk.cycle()
    assert desk.master.values[3] == pytest.approx(12500)


def test_a_slow_point_that_was_not_answered_has_no_value_until_it_is(desk):
    desk.bank.set("slow", 3.0)
    desk.cycle(5)
    assert desk.master.values[0] == 3000
    desk.line.silent = True
    desk.cycle(12)
    assert desk.master.quality == [Quality.TIMEOUT] * 4
    assert all(map(isnan, desk.master.values))
    desk.line.silent = False
    desk.cycle(8)  # a unit set aside is asked again within 5 s, a slow point a second after that
    assert desk.master.values[0] == 3000
    assert desk.master.quality == [0, 0, 0, 0]


def test_a_register_that_is_not_there_costs_its_neighbours_nothing(tmp_path):
    served = "\n".join(line for line in MAP.splitlines() if not line.startswith("every"))
    desk = Desk(tmp_path, served=served)
    desk.bank.set("fast", 42)
    desk.bank.set("slow", 1)
    desk.cycle()
    assert desk.master.quality == [0, 0, Quality.REFUSED, 0]
    assert desk.master.values[1] == pytest.approx(0.42)
    errors = desk.master.device.errors
    desk.cycle(50)
    assert desk.master.device.errors == errors
    assert desk.master.quality[2] == Quality.REFUSED


def test_a_register_that_a_starting_device_refused_comes_back(tmp_path):
    served = "\n".join(line for line in MAP.splitlines() if not line.startswith("every"))
    desk = Desk(tmp_path, served=served)
    desk.cycle(100)
    assert desk.master.quality[2] == Quality.REFUSED
    desk.line.memories[1] = whole = RegisterBank(desk.map)
    whole.set("power", 0)
    whole.set("every", 7)
    desk.cycle(450)
    assert desk.master.quality[2] == Quality.REFUSED
    desk.cycle(100)
    assert desk.master.quality[2] == Quality.GOOD
    assert desk.master.values[2] == pytest.approx(0.07)


def test_maps_without_poll_are_read_whole_every_time(tmp_path):
    plain = MAP.replace(",r,10,", ",r,,").replace(",r,0.2,", ",r,,")
    desk = Desk(tmp_path, plain)
    desk.cycle(20)
    assert desk.line.reads == {0: 20}


@pytest.mark.parametrize("role", ["server", "client"])
def test_reads_on_an_emulated_line_are_planned_by_what_that_line_costs(role):
    """The same as in real time, where the link's process plans them."""
    taps = (Tap("u_pump", 0, "-"),)
    wiring = ControllerWiring("cdu", "cooling_loop", role, 1, "line", {}, (), taps)
    endpoint = Endpoint("line", "rtu", baud=9600)
    faulty = FaultyLine(endpoint, {1: "cdu"}, (), seed=1)
    exchange = LoopbackExchange([wiring], NS_PER_S, [faulty])
    (pair,) = exchange._pairs
    master = pair.master
    assert isinstance(master.unit.cost, SerialCost)
    assert master.unit.cost.line.baud == 9600
