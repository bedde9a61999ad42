"""The read planner: as cheap as any way there is, and within what the device allows."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.links.cost import GatewayCost, SerialCost, TcpCost, cost_of
from hil.links.line_time import LineTime
from hil.links.planner import Hole, Limits, limits_of, plan_reads
from twin.errors import BadInput
from twin.registers import Point, load_map

MS = 1_000_000


def registers(*places, table="hr"):
    """Points named by their address; (first, registers) or an address of one register."""
    kinds = {1: "uint16", 2: "float32", 4: "uint64"}
    pairs = [(p, 1) if isinstance(p, int) else p for p in places]
    kind = {"co": "bool", "di": "bool"}.get(table)
    return [Point(f"{table}{at}", table, at, kind or kinds[size]) for at, size in pairs]


def ranges(spans):
    return [(s.table, s.address, s.count) for s in spans]


def test_a_serial_read_costs_what_the_specification_counts():
    # 19200 8E1: 11 bits a character; 8 + 5 + 20 of them, two silences of 3.5, and the device
    cost = SerialCost(LineTime(19200, "E", 1), turnaround_ns=5 * MS)
    characters = 8 + 5 + 20 + 2 * 3.5
    assert cost.read_ns(20) == pytest.approx(characters * 11 / 19200 * 1e9 + 5 * MS, abs=10)
    fast = SerialCost(LineTime(115200, "N", 2), turnaround_ns=0)
    assert fast.read_ns(0) == pytest.approx(13 * 11 / 115200 * 1e9 + 2 * 1.75 * MS, abs=10)


def test_a_gateway_costs_both_ways():
    network, serial = TcpCost(2 * MS, 0), SerialCost(LineTime(9600, "E", 1))
    assert GatewayCost(network, serial).read_ns(40) == 2 * MS + serial.read_ns(40)
    assert cost_of("rtu_tcp", 9600).read_ns(6) > cost_of("rtu", 9600).read_ns(6)
    assert cost_of("tls") == cost_of("tcp") == TcpCost()


@pytest.mark.parametrize(
    ("baud", "turnaround_ms", "pays"), [(1200, 5, 10), (19200, 5, 14), (115200, 5, 51)]
)
def test_reading_over_a_gap_pays_up_to_its_break_even(baud, turnaround_ms, pays):
    # another transaction is 13 characters, 2 silences and the turnaround; a register 2 characters
    cost = SerialCost(LineTime(baud, "E", 1), turnaround_ms * MS)
    limits = Limits(max_gap=125)
    assert len(plan_reads(registers(0, 1 + pays), cost, limits)) == 1
    assert len(plan_reads(registers(0, 2 + pays), cost, limits)) == 2


def test_over_tcp_only_the_device_limits_a_read():
    points = registers(0, 60, 124, 125)
    limits = Limits(max_gap=125)
    assert ranges(plan_reads(points, TcpCost(), limits)) == [("hr", 0, 61), ("hr", 124, 2)]
    assert ranges(plan_reads(points[:3], TcpCost(), limits)) == [("hr", 0, 125)]


def test_bits_are_counted_in_bytes_and_tables_apart():
    points = registers(0, 1999, 2000, table="co") + registers(3)
    spans = plan_reads(points, TcpCost(), Limits(max_gap=2000))
    assert ranges(spans) == [("co", 0, 1), ("co", 1999, 2), ("hr", 3, 1)]
    short = plan_reads(registers(0, 15, 16, table="di"), TcpCost(), Limits(max_read=1, max_gap=99))
    assert ranges(short) == [("di", 0, 1), ("di", 15, 2)]


def test_a_gap_that_the_map_knows_may_be_read_over(tmp_path):
    file = tmp_path / "device.csv"
    file.write_text("name,table,address,type\na,hr,0,uint16\nb,hr,1,uint16\nc,hr,2,uint16\n")
    register_map = load_map(file)
    a, b, c = register_map.points.values()
    limits = limits_of(register_map)
    assert ranges(plan_reads([c, a], TcpCost(), limits)) == [("hr", 0, 3)]
    assert len(plan_reads([c, a], TcpCost(), Limits())) == 2
    forbidden = limits.without(frozenset({Hole("hr", 1, 2)}))
    assert len(plan_reads([a, c], TcpCost(), forbidden)) == 2
    assert ranges(plan_reads([a, b, c], TcpCost(), forbidden)) == [("hr", 0, 1), ("hr", 2, 1)]


def test_what_can_never_be_read_is_refused_with_its_name():
    with pytest.raises(BadInput, match=r"hr5 = 'uint64': longer than the 3 of one read"):
        plan_reads(registers((5, 4)), TcpCost(), Limits(max_read=3))
    with pytest.raises(BadInput, match=r"ir0.table = 'ir': the device has hr only"):
        plan_reads(registers(0, table="ir"), TcpCost(), Limits(tables=("hr",)))


def partitions(items):
    """Every way to divide `items` into groups."""
    if not items:
        yield []
        return
    head, *rest = items
    for others in partitions(rest):
        yield [[head], *others]
        for i, group in enumerate(others):
            yield [*others[:i], [head, *group], *others[i + 1 :]]


def allowed(group, max_read, max_gap, holes):
    """By the letter: every address of the read, one by one."""
    first, end = min(p.address for p in group), max(p.end for p in group)
    wanted = {a for p in group for a in range(p.address, p.end)}
    gaps = "".join("." if a in wanted else "x" for a in range(first, end)).split(".")
    if end - first > max_read or max(map(len, gaps)) > max_gap:
        return False
    for hole in holes:
        if hole.first == hole.end:
            if first < hole.first < end:
                return False
        elif any(a in range(first, end) for a in range(hole.first, hole.end)):
            return False
    return True


@st.composite
def rows(draw):
    at, places = draw(st.integers(0, 5)), []
    for _ in range(draw(st.integers(1, 6))):
        size = draw(st.sampled_from((1, 1, 2, 4)))
        places.append((at, size))
        at += size + draw(st.integers(0, 12))
    return places


HOLES = st.frozensets(
    st.builds(lambda a, n: Hole("hr", a, a + n), st.integers(1, 60), st.integers(0, 2)), max_size=2
)


@given(
    rows(),
    st.integers(0, 40),
    st.integers(0, 5),
    st.integers(4, 30),
    st.integers(0, 14),
    HOLES,
    st.randoms(use_true_random=False),
)
def test_no_other_way_is_cheaper(places, fixed, each, max_read, max_gap, holes, random):
    points = [p for p in registers(*places) if allowed([p], max_read, max_gap, holes)]
    random.shuffle(points)
    cost = TcpCost(fixed, each)
    spans = plan_reads(registers(*places), cost, Limits(max_read, max_gap, holes=holes))
    assert sorted(p.name for s in spans for p in s.points) == sorted(p.name for p in points)
    assert all(allowed(s.points, max_read, max_gap, holes) for s in spans)
    cheapest = min(
        (
            sum(
                fixed + each * 2 * (max(p.end for p in g) - min(p.address for p in g)) for g in way
            ),
            len(way),
        )
        for way in partitions(points)
        if all(allowed(g, max_read, max_gap, holes) for g in way)
    )
    assert (sum(cost.read_ns(s.data_bytes) for s in spans), len(spans)) == cheapest


@given(rows(), st.integers(0, 40), st.integers(0, 5))
def test_a_plan_is_the_same_whatever_the_order_of_the_points(places, fixed, each):
    points, limits = registers(*places), Limits(max_gap=20)
    one = plan_reads(points, TcpCost(fixed, each), limits)
    assert ranges(plan_reads(points[::-1], TcpCost(fixed, each), limits)) == ranges(one)
    assert all(a.end <= b.address for a, b in pairwise(one))
