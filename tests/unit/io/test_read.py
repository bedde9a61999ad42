"""Values of a selection: cheapest reads, one row a value, and what a device refuses."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.io.read import Reader, read_once
from hil.io.selection import of_map, of_ranges
from hil.links.cost import TcpCost
from hil.links.loopback import LoopbackLink
from hil.links.planner import Limits
from twin.registers import IllegalAddress
from twin.signals import Quality

COST = TcpCost()
MAP = """\
#! max_gap: 20
name,table,address,type,order,scale_ref,unit,access,poll
energy,hr,0,uint32,CDAB,energy_sf,kWh,r,
phantom,hr,2,uint16,,,-,r,5
power,hr,9,int16,,power_sf,kW,r,
power_sf,hr,22,int16,,,-,r,
ghost,hr,29,int16,,,-,r,
energy_sf,hr,30,int16,,,-,r,60
"""


class Memory:
    """Registers 0 to 39 that hold their own address, but for `kept`; `bad` ones are refused."""

    def __init__(self, bad=(), kept=None):
        self.asked, self.bad, self.kept = [], set(bad), kept or {}

    def read_registers(self, table, address, count):
        self.asked.append((table, address, count))
        places = range(address, address + count)
        if self.bad.intersection(places) or address + count > 40:
            raise IllegalAddress(f"{table} {address}")
        return b"".join((self.kept.get(a, a) & 0xFFFF).to_bytes(2, "big") for a in places)


def link(memory):
    return LoopbackLink("desk", {1: memory})


def values(rows):
    return {row.point.name: (row.value, row.quality) for row in rows}


@pytest.fixture
def selection(tmp_path):
    (tmp_path / "m.csv").write_text(MAP)
    return of_map(tmp_path / "m.csv")


def test_ranges_that_touch_are_one_request_whatever_their_types():
    memory = Memory()
    rows = read_once(link(memory), 1, of_ranges(["hr:0:3", "hr:3:2:float32"]), COST)
    assert memory.asked == [("hr", 0, 7)]
    assert [row.value for row in rows[:3]] == [0.0, 1.0, 2.0]


def test_one_address_as_two_types_is_two_rows():
    memory = Memory()
    rows = read_once(link(memory), 1, of_ranges(["hr:1", "hr:1:1:uint32", "hr:1"]), COST)
    assert [(row.point.name, row.value) for row in rows] == [
        ("hr:1", 1.0), ("hr:1", 65538.0), ("hr:1", 1.0),
    ]  # fmt: skip
    assert memory.asked == [("hr", 1, 2)]


def test_numbers_that_overlap_over_more_than_a_read_are_all_read():
    selection = replace(of_ranges(["hr:0:10:uint32", "hr:1:10:uint32"]), limits=Limits(max_read=8))
    memory = Memory()
    rows = read_once(link(memory), 1, selection, COST)
    assert [row.value for row in rows] == [
        float(a * 65536 + a + 1) for a in (*range(0, 20, 2), *range(1, 21, 2))
    ]
    assert max(count for _, _, count in memory.asked) <= 8


class Bits:
    """Coils and discrete inputs; `on` are those that are set."""

    def __init__(self, on):
        self.on = set(on)

    def read_bits(self, table, address, count):
        places = range(address, address + count)
        number = sum(1 << k for k, place in enumerate(places) if place in self.on)
        return number.to_bytes((count + 7) // 8, "little")


RANGE = st.tuples(st.integers(0, 40), st.integers(1, 40))


@given(st.sampled_from(["co", "di"]), st.lists(RANGE, min_size=1, max_size=4), st.data())
def test_bits_that_overlap_are_read_as_if_each_were_alone(table, ranges, data):
    on = data.draw(st.sets(st.integers(0, 80)))
    selection = of_ranges([f"{table}:{first}:{count}" for first, count in ranges])
    rows = read_once(link(Bits(on)), 1, selection, COST)
    places = [at for first, count in ranges for at in range(first, first + count)]
    assert [(row.value, row.quality) for row in rows] == [
        (float(at in on), Quality.GOOD) for at in places
    ]


def test_everything_is_read_at_once_and_scales_too_however_often_it_is_to_be_polled(selection):
    memory = Memory(kept={30: 2, 22: -1})
    rows = read_once(link(memory), 1, selection, COST)
    assert memory.asked == [("hr", 0, 31)]
    assert values(rows)["energy"] == (65536 * 100.0, Quality.GOOD)
    assert values(rows)["power"] == (pytest.approx(0.9), Quality.GOOD)


@pytest.mark.parametrize("kept", [{30: 2, 22: -1}, {30: 2, 22: 77}])
@pytest.mark.parametrize(("bad", "refused"), [(2, "phantom"), (29, "ghost")])
def test_a_scale_that_comes_after_its_number_scales_it_in_the_same_look(
    selection, kept, bad, refused
):
    """A refused register splits numbers from their scales."""
    rows = read_once(link(Memory(bad={bad}, kept=kept)), 1, selection, COST)
    found = values(rows)
    assert found["energy"] == (65536 * 100.0, Quality.GOOD)
    assert [name for name in found if found[name][1] is Quality.REFUSED] == [refused]
    if kept[22] == -1:
        assert found["power"] == (pytest.approx(0.9), Quality.GOOD)
    else:
        assert found["power"] == (None, Quality.NO_VALUE)
        assert next(r.why for r in rows if r.point.name == "power") == "no scale in power_sf"


def test_what_is_refused_is_not_asked_for_at_every_look_but_found_when_it_comes(selection):
    memory = Memory(bad={2})
    reader = Reader(link(memory), 1, selection, COST)
    first = {row.point.name: row for row in reader.read()}
    assert "illegal data address" in first["phantom"].why
    memory.asked.clear()
    memory.bad.clear()
    again = {row.point.name: row for row in reader.read()}
    assert sorted(memory.asked) == [("hr", 0, 2), ("hr", 9, 22)]
    assert again["phantom"].why == first["phantom"].why
    looks = next(i for i in range(100) if values(reader.read())["phantom"][0] == 2.0)
    assert looks < 40


def test_a_unit_that_is_silent_is_asked_twice_at_a_look_and_again_at_the_next():
    asked = []

    class Silent(LoopbackLink):
        def transact(self, unit, request):
            asked.append(request)
            return super().transact(unit, request)

    selection = of_ranges([f"hr:{10 * i}" for i in range(9)])
    reader = Reader(Silent("desk", {}), 1, selection, COST)
    for look in (1, 2):
        rows = reader.read()
        assert {row.quality for row in rows} == {Quality.TIMEOUT}
        assert len({row.why for row in rows}) == 1
        assert len(asked) == 2 * look
