"""A unit's points: whatever it refuses, the others are read, and it is not asked twice."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from links_cranky import MS, Cranky, content

from hil.links.cost import TcpCost
from hil.links.device import Device
from hil.links.link import LinkFault
from hil.links.loopback import LoopbackLink
from hil.links.planner import Hole, Limits, limits_of, plan_reads
from hil.links.readings import Readings
from hil.links.unit_reader import UnitReader
from twin.errors import BadInput
from twin.registers import Point, RegisterBank, load_map
from twin.signals import Quality, conversion

COST = TcpCost(1000, 1)
WIDE = Limits(max_gap=125)


def words(*addresses):
    return [Point(f"r{a}", "hr", a, "uint16") for a in addresses]


def reader_of(memory, points, limits=WIDE, link=None, **more):
    sink = Readings()
    among = {p.name: p for p in points}
    device = Device("cdu", link or LoopbackLink("here", {1: memory}), 1, now_ns=lambda: 0)
    return UnitReader(device, points, among, COST, limits, sink, **more), sink


def seen(sink, points):
    return {p.name: (r.value, r.quality) for p in points if (r := sink.at(p.name, 0))}


def test_one_bad_register_is_found_alone_in_one_round():
    memory, points = Cranky(bad={13}), words(*range(40))
    reader, sink = reader_of(memory, points)
    assert reader.round()
    good = {f"r{a}": (float(content(a)), Quality.GOOD) for a in range(40)}
    assert seen(sink, points) == good | {"r13": (None, Quality.REFUSED)}
    assert "read hr 13: exception 2" in sink.at("r13", 0).why
    assert list(map(str, reader.holes)) == ["hr 13 not to be read"]
    assert memory.refusals == 7  # reads of 40, 20, 10, 5, 3 and 2 registers, and the one
    memory.asked.clear()
    reader.round()
    assert memory.asked == [("hr", 0, 13), ("hr", 14, 26)]
    assert seen(sink, points)["r13"] == (None, Quality.REFUSED)


def test_a_gap_that_the_device_minds_is_read_around():
    memory, points = Cranky(bad={5}), words(0, 1, 2, 4, 6, 7, 9)
    reader, sink = reader_of(memory, points)
    reader.round()
    assert {q for _, q in seen(sink, points).values()} == {Quality.GOOD}
    memory.asked.clear()
    reader.round()
    assert memory.asked == [("hr", 0, 5), ("hr", 6, 4)]
    assert reader.holes == [Hole("hr", 5, 5)]


def test_a_device_that_takes_less_than_its_map_says():
    memory, points = Cranky(longest=60), words(*range(100))
    reader, sink = reader_of(memory, points)
    reader.round()
    assert {q for _, q in seen(sink, points).values()} == {Quality.GOOD}
    assert list(map(str, reader.holes)) == ["hr 49 and 50 not in one read"]
    memory.asked.clear()
    reader.round()
    assert memory.asked == [("hr", 0, 50), ("hr", 50, 50)]


def test_a_slow_point_in_a_refused_gap_is_still_read():
    """The device minds the length of the fast read, not the register that lies in its middle."""
    memory = Cranky(longest=2)
    fast = [Point(f"r{a}", "hr", a, "uint16", poll=0.1) for a in (0, 2)]
    points = [*fast, Point("r1", "hr", 1, "uint16", poll=10)]
    reader, sink = reader_of(memory, points)
    for _ in range(3):
        memory.asked.clear()
        reader.round()
        assert ("hr", 1, 1) in memory.asked
    assert {q for _, q in seen(sink, points).values()} == {Quality.GOOD}
    assert list(map(str, reader.holes)) == ["hr 0 and 1 not in one read"]


def test_no_point_keeps_a_good_value_in_a_register_that_another_class_finds_refused():
    memory = Cranky()
    bits = [Point(f"b{i}", "hr", 4, "bool", bit=i, poll=poll) for i, poll in ((0, 0.1), (1, 10))]
    reader, sink = reader_of(memory, bits)
    reader.round()
    assert {q for _, q in seen(sink, bits).values()} == {Quality.GOOD}
    memory.bad.add(4)
    (fast,) = reader.classes[MS * 100]
    assert reader.read_all([fast])
    assert {q for _, q in seen(sink, bits).values()} == {Quality.REFUSED}
    whys = [sink.at(name, 0).why for name in ("b0", "b1")]
    assert whys[0].startswith("cdu: read hr 4: exception 2")
    assert whys[1] == "cdu: hr 4 is not to be read"
    memory.bad.clear()
    reader.forget()
    reader.round()
    assert {q for _, q in seen(sink, bits).values()} == {Quality.GOOD}


def test_it_asks_again_when_it_is_told_to():
    memory, points = Cranky(bad={3}), words(*range(6))
    reader, sink = reader_of(memory, points)
    reader.round()
    memory.bad.clear()
    reader.round()
    assert sink.at("r3", 0).quality is Quality.REFUSED
    reader.forget()
    reader.round()
    assert sink.at("r3", 0)[:2] == (float(content(3)), Quality.GOOD)
    assert (reader.holes, memory.asked[-1]) == ([], ("hr", 0, 6))


@settings(max_examples=150)
@given(
    st.sets(st.integers(0, 60), min_size=1, max_size=25),
    st.sets(st.integers(0, 60), max_size=6),
    st.integers(3, 70),
)
def test_whatever_is_refused_the_rest_is_read(addresses, bad, longest):
    points = words(*addresses)
    memory = Cranky(bad, longest)
    reader, sink = reader_of(memory, points)
    for _ in range(len(points) + 8):
        refusals = memory.refusals
        reader.round()
        # whatever else is still unclear, nobody waits for a value: every round is whole
        assert seen(sink, points) == {
            f"r{a}": (None, Quality.REFUSED) if a in bad else (float(content(a)), Quality.GOOD)
            for a in addresses
        }
        if memory.refusals == refusals:
            break
    else:
        pytest.fail("it never stops asking for what is refused")
    # what was learnt is true: none of it can be read
    for hole in reader.holes:
        if hole.end == hole.first + 1 and hole.first in addresses:
            assert hole.first in bad


def test_a_silence_while_it_searches_leaves_the_search_for_the_next_round():
    class Silent(LoopbackLink):
        silent = frozenset({2})

        def transact(self, unit, request):
            if self.transactions in self.silent:
                self.transactions += 1
                raise LinkFault(Quality.TIMEOUT, "nobody answered")
            return super().transact(unit, request)

    memory, points = Cranky(bad={6}), words(*range(8))
    reader, sink = reader_of(memory, points, link=Silent("here", {1: memory}))
    assert not reader.round()  # whole refused, left half good, right half silent
    qualities = [sink.at(f"r{a}", 0).quality for a in range(8)]
    assert qualities == [Quality.GOOD] * 4 + [Quality.TIMEOUT] * 4
    assert reader.round()
    qualities = [sink.at(f"r{a}", 0).quality for a in range(8)]
    assert qualities == [Quality.GOOD] * 6 + [Quality.REFUSED] + [Quality.GOOD]
    assert reader.holes == [Hole("hr", 6, 7)]


@pytest.mark.parametrize("code", [1, 4, 6, 8])
def test_other_exceptions_are_not_taken_for_holes(code):
    class Busy(LoopbackLink):
        def transact(self, unit, request):
            super().transact(unit, request)
            return bytes((request[0] | 0x80, code))

    points = words(0, 1)
    reader, sink = reader_of(None, points, link=Busy("here", {1: Cranky()}))
    assert not reader.round()
    assert (sink.at("r0", 0).quality, reader.holes) == (Quality.REFUSED, [])


def test_what_is_forbidden_is_never_touched_and_says_so():
    memory, points = Cranky(), words(0, 1, 2)
    limits = WIDE.without(frozenset({Hole("hr", 1, 2)}))
    reader, sink = reader_of(memory, points, limits)
    reader.round()
    assert memory.asked == [("hr", 0, 1), ("hr", 2, 1)]
    assert sink.at("r1", 0) == (None, Quality.REFUSED, "cdu: hr 1 is not to be read", 0)


MAP = """\
#! max_gap: 20
name,table,address,type,order,bit,scale,scale_ref,offset,unit,access,poll,min,max,nan
model,hr,0,string8,,,,,,,r,60,,,
power,hr,4,int16,,,,power_sf,,kW,rw,0.5,-9000,9000,0x8000
state,hr,5,uint16,,,,,,,r,,,,
flow,hr,6,float32,CDAB,,,,,kg/s,r,2,,,
low,hr,9,bool,,3,,,,,r,,,,
high,hr,9,bool,,12,,,,,r,,,,
power_sf,hr,200,int16,,,,,,,r,30,,,
far,ir,3,uint16,,,0.1,,5,degC,r,2,,,
open,di,17,bool,,,,,,,r,,,,
"""


@pytest.fixture
def bank(tmp_path):
    (tmp_path / "m.csv").write_text(MAP)
    bank = RegisterBank(load_map(tmp_path / "m.csv"))
    bank.set("power_sf", -2)
    for name, value in {"power": 12.34, "state": 7, "flow": 2.5, "high": 1, "far": 61.5,
                        "open": 1}.items():  # fmt: skip
        bank.set(name, value)
    bank.set_text("model", "HK-77")
    return bank


def test_text_bits_orders_and_scales_from_elsewhere(bank):
    points = [p for p in bank.map.points.values() if p.name != "power_sf"]
    sink = Readings()
    device = Device("cdu", LoopbackLink("here", {1: bank}), 1, now_ns=lambda: 0)
    si = {"power": conversion("kW", "W"), "far": conversion("degC", "K")}
    reader = UnitReader(
        device, points, bank.map.points, COST, limits_of(bank.map), sink, conversions=si
    )
    # the exponent is read as often as what needs it, and before it
    half = reader.classes[MS * 500]
    assert [s.names for s in half] == [("power_sf",), ("power",)]
    assert sorted(reader.classes) == [500 * MS, 1000 * MS, 2000 * MS, 60000 * MS]
    reader.round()
    values = {p.name: sink.at(p.name, 0).value for p in points}
    assert values == {
        "model": "HK-77", "power": pytest.approx(12340), "state": 7, "flow": 2.5,
        "low": 0, "high": 1, "far": pytest.approx(334.65), "open": 1,
    }  # fmt: skip
    bank.set("power", None)
    reader.round()
    assert sink.at("power", 0)[:2] == (None, Quality.NO_VALUE)


def test_without_its_exponent_a_number_is_none(bank):
    bank.set("power_sf", -9)
    points = [bank.map.point("power")]
    sink = Readings()
    device = Device("cdu", LoopbackLink("here", {1: bank}), 1, now_ns=lambda: 0)
    reader = UnitReader(device, points, bank.map.points, COST, Limits(), sink)
    exponent, power = reader.classes[500 * MS]
    reader.read(power)
    assert sink.at("power", 0)[:3] == (None, Quality.NOT_YET, "its scale power_sf: not read yet")
    reader.read(exponent)
    reader.read(power)
    assert sink.at("power", 0).value == pytest.approx(1234e-9)
    bank.set("power_sf", -11)  # no device means that
    reader.read(exponent)
    reader.read(power)
    assert sink.at("power", 0)[:2] == (None, Quality.NO_VALUE)
    device.link = LoopbackLink("here", {})
    reader.read(exponent)
    device.link = LoopbackLink("here", {1: bank})
    reader.read(power)
    assert sink.at("power", 0).quality is Quality.TIMEOUT
    assert "its scale power_sf: cdu: read hr 200: " in sink.at("power", 0).why


def test_one_register_in_every_order_at_once():
    memory = Cranky()
    orders = [Point(o, "hr", 4, "uint32", order=o) for o in ("ABCD", "CDAB", "BADC", "DCBA")]
    reader, sink = reader_of(memory, [*orders, Point("word", "hr", 5, "uint16")])
    reader.round()
    data = struct.pack(">HH", content(4), content(5))
    assert memory.asked == [("hr", 4, 2)]
    assert sink.at("ABCD", 0).value == int.from_bytes(data, "big")
    assert sink.at("DCBA", 0).value == int.from_bytes(data, "little")
    assert sink.at("CDAB", 0).value == int.from_bytes(data[2:] + data[:2], "big")
    assert sink.at("word", 0).value == content(5)


def test_a_poll_period_must_be_one():
    with pytest.raises(BadInput, match=r"x.poll = 0: must be > 0 s"):
        reader_of(Cranky(), [Point("x", "hr", 0, "uint16", poll=0)])


def test_after_the_search_the_plan_is_the_best_around_the_holes():
    memory, points = Cranky(bad={3, 30}), words(*range(0, 50, 3))
    reader, _ = reader_of(memory, points)
    for _ in range(5):
        reader.round()
    around = WIDE.without(frozenset({Hole("hr", 3, 4), Hole("hr", 30, 31)}))
    (spans,) = reader.classes.values()
    assert [s.names for s in spans] == [s.names for s in plan_reads(points, COST, around)]


def test_a_reading_that_has_grown_old_is_no_value_any_more():
    sink = Readings({"a": 100})
    assert sink.at("a", 0).quality is Quality.NOT_YET
    sink.take(("a", "b"), (1.0, 2.0), 50)
    assert sink.at("a", 150) == (1.0, Quality.GOOD, "", 50)
    assert sink.at("a", 151)[:2] == (None, Quality.STALE)
    assert sink.at("a", 151).t_ns == 50
    assert sink.at("b", 10**12).value == 2.0
