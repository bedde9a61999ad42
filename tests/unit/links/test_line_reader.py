"""The owner of a line: neighbours of the dead, and fast beside slow."""

import pytest
from links_cranky import MS, Cranky, TimedLink, content

from hil.links.cost import SerialCost
from hil.links.device import Device
from hil.links.line_reader import LineReader
from hil.links.line_time import LineTime
from hil.links.planner import Limits
from hil.links.readings import Readings, read_map
from hil.links.unit_reader import UnitReader
from twin.clock import VirtualClock
from twin.errors import BadInput
from twin.registers import Point, RegisterBank, load_map
from twin.signals import Quality

S = 1000 * MS
COST = SerialCost(LineTime(19200, "E", 1))


def points(poll, n=10, first=0):
    return [Point(f"r{a}", "hr", a, "uint16", poll=poll) for a in range(first, first + n)]


MAP = """\
name,table,address,type,order,scale,unit,access,poll,min,max
model,hr,0,string8,,,,r,600,,
T_supply,hr,4,int16,,0.01,degC,r,0.5,,
order,hr,5,uint16,,,,w,,0,9
power,hr,6,float32,CDAB,,kW,r,,,
"""


class Desk:
    """Units with their points on one line in virtual time."""

    def __init__(self, units, dead=(), timeout_ns=300 * MS, memories=None):
        self.clock = VirtualClock()
        self.memories = memories or {unit: Cranky() for unit in units}
        self.link = TimedLink(self.clock, self.memories, COST, timeout_ns)
        self.link.dead = set(dead)
        self.sinks = {unit: Readings() for unit in units}
        readers = [
            UnitReader(
                Device(f"u{unit}", self.link, unit, self.clock.now_ns),
                wanted,
                {p.name: p for p in wanted},
                COST,
                Limits(),
                self.sinks[unit],
            )
            for unit, wanted in units.items()
        ]
        self.reader = LineReader(readers, self.clock.now_ns)

    def run(self, seconds):
        self.reader.run_until(self.clock, self.clock.now_ns() + round(seconds * S))
        return self

    def rate(self, unit, from_s=0.0):
        """Transactions of a unit a second of the time from `from_s` on."""
        times = [t for t, u in self.link.log if u == unit and t >= from_s * S]
        return len(times) / (self.clock.now_ns() / S - from_s)


@pytest.mark.parametrize(
    ("poll", "timeout_ms", "kept"), [(1.0, 300, 0.999), (0.5, 300, 0.999), (0.2, 150, 0.97)]
)
def test_the_neighbour_of_a_dead_unit_keeps_its_rate(poll, timeout_ms, kept):
    alone = Desk({1: points(poll)}).run(300)
    beside = Desk({1: points(poll), 2: points(poll)}, {2}, timeout_ms * MS).run(300)
    assert beside.rate(1) >= kept * alone.rate(1)
    healthy = beside.reader.classes[0]
    assert healthy.late == 0
    assert beside.sinks[2].at("r0", 0).quality is Quality.TIMEOUT
    assert beside.sinks[1].at("r0", 0).value == content(0)


def test_a_unit_that_comes_back_is_heard_within_the_longest_pause():
    desk = Desk({1: points(1.0), 2: points(1.0)}, {2}).run(60)
    desk.link.dead.clear()
    desk.run(6.5)
    assert desk.sinks[2].at("r9", 0)[:2] == (float(content(9)), Quality.GOOD)


def test_fast_points_are_on_time_beside_many_slow_ones():
    # 60 single registers a second apart in address, 25 ms each: 1.5 s of the line every 10 s
    slow = [Point(f"s{a}", "hr", a, "uint16", poll=10.0) for a in range(0, 600, 10)]
    desk = Desk({1: points(0.1, 4), 2: slow})
    desk.run(100)
    fast, slow_class = desk.reader.classes
    assert (fast.late, fast.missed, slow_class.late) == (0, 0, 0)
    assert desk.rate(1) == pytest.approx(10, rel=0.01)
    assert desk.rate(2) == pytest.approx(6, rel=0.1)


def test_an_overloaded_line_says_which_class_is_late():
    desk = Desk({1: points(0.025), 2: points(1.0)}).run(20)
    assert desk.reader.load > 1
    fast, _ = desk.reader.classes
    assert fast.late > 0
    assert fast.missed > 0
    assert fast.worst_late_ns > 0
    assert "u1 every 0.025 s" in str(fast)


def test_a_refused_point_costs_its_class_one_search_only():
    memories = {1: Cranky(bad={7}), 2: Cranky()}
    desk = Desk({1: points(1.0, 40), 2: points(0.2)}, memories=memories).run(5)
    assert desk.sinks[1].at("r7", 0).quality is Quality.REFUSED
    refusals = memories[1].refusals
    desk.run(60)
    assert memories[1].refusals == refusals
    assert desk.sinks[1].at("r39", 0).value == content(39)
    assert desk.reader.classes[1].late == 0


def test_the_same_run_twice_is_the_same():
    runs = [Desk({1: points(0.3), 2: points(0.7)}, {2}).run(30).link.log for _ in range(2)]
    assert runs[0] == runs[1]


def test_a_whole_map_is_polled_by_its_own_words(tmp_path):
    (tmp_path / "m.csv").write_text(MAP)
    bank = RegisterBank(load_map(tmp_path / "m.csv"))
    bank.set_text("model", "HK-77")
    bank.set("T_supply", 61.5)
    bank.set("power", 12.25)
    clock = VirtualClock()
    link = TimedLink(clock, {9: bank}, COST)
    unit, readings = read_map(Device("hp", link, 9, clock.now_ns), bank.map, COST)
    LineReader([unit], clock.now_ns).run_until(clock, 10 * S)
    now_ns = clock.now_ns()
    values = {name: readings.at(name, now_ns)[:2] for name in unit.periods}
    assert values == {
        "model": ("HK-77", Quality.GOOD),
        "T_supply": (61.5, Quality.GOOD),
        "power": (12.25, Quality.GOOD),
    }
    # text once and again at its phase, the temperature twice a second, the power once
    assert len(link.log) == pytest.approx(1 + 20 + 10, abs=2)
    later_ns = now_ns + 3 * S
    later = {name: readings.at(name, later_ns).quality for name in unit.periods}
    assert later == {"model": 0, "T_supply": Quality.STALE, "power": Quality.STALE}
    few, _ = read_map(Device("hp", link, 9, clock.now_ns), bank.map, COST, ["power"])
    assert list(few.periods) == ["power"]
    with pytest.raises(BadInput, match="'pwer'"):
        read_map(Device("hp", link, 9, clock.now_ns), bank.map, COST, ["pwer"])


def test_a_number_that_was_read_before_its_scale_is_read_again_at_once():
    """The device refuses what lies between them, so that the number comes alone, and first."""
    wanted = [
        Point("E", "hr", 1, "uint16", scale_ref="sf"), Point("gone", "hr", 2, "uint16"),
        Point("sf", "hr", 3, "int16"),
    ]  # fmt: skip
    memory = Cranky(bad={2})
    desk = Desk({1: wanted}, memories={1: memory}).run(0.9)
    asked = [(at, count) for _, at, count in memory.asked]
    assert asked[0] == (1, 3)
    assert asked.index((1, 1)) < asked.index((3, 1)) < len(asked) - 1
    assert asked[-1] == (1, 1)
    assert desk.sinks[1].at("E", 0).quality is not Quality.NOT_YET
    before = len(memory.asked)
    desk.run(2)
    assert len(memory.asked) == before + 4  # and only once
