"""Odd points: parts of a register, swapped bytes, 64 bits, floats that go by a ramp."""

import pytest
from gate_plant import PLACE, Plant
from hypothesis import given
from hypothesis import strategies as st

from hil.gate import LiveGate, NotPutBack, WriteFailed, WriteRefused
from hil.gate.gate import WriteGate
from twin.errors import BadInput
from twin.registers import Block, Point, RegisterBank, load_map
from twin.registers.point import ORDERS

MAP = """\
name,table,address,type,order,scale,unit,access,min,max,ramp,tag,bit
stage,hr,0,uint16,,1,-,rw,0,4,,setting,4-6
speed,hr,1,int8,,1,-,rw,-20,20,,setting,
swapped,hr,2,bool,DCBA,1,-,rw,,,,setting,3
total,hr,3,int64,,1,kWh,rw,0,1e12,,setting,
flow,hr,7,float32,,1,kg/s,rw,0,100,0.1,setting,
count,hr,9,float32,,1,kWh,rw,0,1e9,1,setting,
wish,hr,11,float32,,1,degC,rw,0,100,,sensor,
slow,hr,13,int16,,1,degC,rw,0,100,1,setting,
plain,hr,14,float32,,1,kg/s,rw,0,100,,setting,
"""


@pytest.fixture
def plant(tmp_path):
    plant = Plant(tmp_path)
    file = tmp_path / "odd.csv"
    file.write_text(MAP)
    plant.map = load_map(file)
    plant.bank = plant.line.bank = RegisterBank(plant.map)
    return plant


@pytest.fixture
def gate(plant, tmp_path):
    folder = tmp_path / "gate"
    with LiveGate(
        folder, "hp1", clock=plant.clock, watched=False, heartbeat_s=1000, patience_s=5
    ) as gate:
        yield gate
        plant.line.spoil = lambda request: None


def armed(gate, plant, *names):
    block = plant.block(*names)
    gate.admit(plant.device, block, PLACE)
    gate.arm("hp1", "test", 3600)
    return block


def registers(plant, address, count=1):
    return plant.bank.read_registers("hr", address, count).hex()


@pytest.mark.parametrize(
    ("name", "address", "before", "value", "wanted"),
    [
        ("stage", 0, "ffcf", 1, "ff9f"),  # 0b100 in bits 4 to 6 becomes 0b001
        ("stage", 0, "000f", 4, "004f"),
        ("speed", 1, "aa05", -2, "aafe"),
        ("swapped", 2, "0000", 1, "0800"),  # bit 3 of a register whose bytes are swapped
    ],
)
def test_parts_of_a_register_are_written_where_they_lie_and_nothing_else(
    gate, plant, name, address, before, value, wanted
):
    plant.bank.write_registers(address, bytes.fromhex(before))
    block = armed(gate, plant, name)
    gate.write(plant.device, block, [value])
    assert registers(plant, address) == wanted
    gate.disarm()
    assert registers(plant, address) == before


@given(st.data())
def test_a_part_as_the_bank_of_a_device_has_it(data):
    first = data.draw(st.integers(0, 15))
    point = Point(
        "x", "hr", 0, data.draw(st.sampled_from(["int16", "uint16"])), access="rw",
        order=data.draw(st.sampled_from(ORDERS)), bit=first, min=-1e5, max=1e5,
        bits=data.draw(st.integers(1, 16 - first)),
    )  # fmt: skip
    value = data.draw(st.integers(int(point.kind.low), int(point.kind.high)))
    held = data.draw(st.integers(0, 0xFFFF))
    gate, block = WriteGate(simulated=True), Block([point])
    device = type("Device", (), {"name": "hp1"})()
    gate.admit(device, block)
    request = gate.permit(device, block, [value]).request
    kept, put = (int.from_bytes(request[i : i + 2], "big") for i in (3, 5))
    now = held & kept | put & ~kept
    assert block.decode(now.to_bytes(2, "big")) == [value]
    assert (~kept & 0xFFFF).bit_count() == point.bits


def test_a_large_counter_comes_back_to_the_last_digit(gate, plant):
    plant.bank.set("total", 1_000_000_000)
    block = armed(gate, plant, "total")
    assert gate.write(plant.device, block, [1_000_000_400]).after == [1_000_000_400]
    gate.disarm()
    assert plant.values("total") == [1_000_000_000]


def test_a_large_counter_that_is_not_taken_is_not_confirmed(gate, plant):
    plant.bank.set("total", 1_000_000_000)
    block = armed(gate, plant, "total")
    plant.line.spoil = lambda request: request[:5] if request[0] == 16 else None
    with pytest.raises(WriteFailed, match="total is 1e\\+09"):
        gate.write(plant.device, block, [1_000_000_400])


def test_a_float_comes_back_bit_for_bit_from_its_neighbour(gate, plant):
    plant.bank.write_registers(14, bytes.fromhex("42480000"))  # 50
    block = armed(gate, plant, "plain")
    gate.write(plant.device, block, [50.000004])
    assert registers(plant, 14, 2) == "42480001"
    gate.disarm()
    assert registers(plant, 14, 2) == "42480000"


def test_floats_go_by_their_ramp_although_they_round(gate, plant):
    plant.bank.set("flow", 12.5)
    block = armed(gate, plant, "flow")
    assert gate.ramp_to(plant.device, block, [12.9]).after == [pytest.approx(12.9)]
    assert 2 < plant.clock.now_ns() / 1e9 < 5
    gate.disarm()
    assert plant.values("flow") == [12.5]


def test_a_float_whose_ramp_is_finer_than_itself_comes_back(gate, plant):
    plant.bank.set("count", 1e8)
    block = armed(gate, plant, "count")
    gate.ramp_to(plant.device, block, [1e8 + 16])  # numbers there are 8 apart
    gate.disarm()
    assert plant.values("count") == [1e8]
    assert 15 < plant.clock.now_ns() / 1e9 < 40


def test_patience_with_a_device_that_confirms_and_does_not_move_has_an_end(gate, plant):
    plant.bank.set("count", 4e6)
    block = armed(gate, plant, "count")
    gate.write(plant.device, block, [4e6 + 1])
    plant.bank.set("count", 5e6)
    asked = 0

    def ignored(request):
        nonlocal asked
        asked += 1
        assert asked < 1000, "it would go on for ever"
        return request[:5] if request[0] == 16 else None

    plant.line.spoil = ignored
    with pytest.raises(NotPutBack, match="does not move"):
        gate.disarm()
    plant.bank.set("count", 4e6)  # or the end of the test takes a million steps


def test_no_value_stays_no_value_on_the_way(gate, plant):
    plant.bank.set("wish", 20.0)
    plant.bank.set("slow", 10.0)
    block = armed(gate, plant, "wish", "slow")
    with pytest.raises(WriteRefused, match="no value that could be put back"):  # after one step
        gate.ramp_to(plant.device, block, [float("nan"), 13.0])
    written = [request[-6:-2] for request in plant.line.sent if request[0] == 16]
    assert {payload.hex() for payload in written} == {"7fc00000"}


def test_limits_of_a_point_that_its_device_scales_are_not_rounded_by_another_scale(plant):
    scale = Point("sf", "hr", 31, "int16", access="rw", min=-3, max=3)
    value = Point(
        "x", "hr", 30, "int16", scale_ref="sf", access="rw", min=0.4, max=99.5,
    )  # fmt: skip
    gate, block = WriteGate(simulated=True), Block([value, scale])
    gate.admit(plant.device, block)
    gate.permit(plant.device, block, [99.5, -1])
    for beyond in (0.2, 99.9):
        with pytest.raises(BadInput, match="must be"):
            gate.permit(plant.device, block, [beyond, -1])


@pytest.mark.parametrize(
    ("kind", "scale", "low", "high", "within", "beyond"),
    [
        ("uint16", 10.0, 0.0, 95.0, (0.0, 90.0), (96.0, 100.0)),  # the register carries tens
        ("uint16", 0.5, 0.4, 80.3, (0.5, 80.0), (0.1, 80.3)),
        ("uint16", 0.1, 0.3, 0.3, (0.3,), (0.2, 0.4)),  # 3 x 0.1 is more than 0.3
        ("float32", 1.0, 0.0, 0.1, (0.1,), (0.100001,)),  # and so is what a float carries of 0.1
    ],
)
def test_a_limit_that_a_register_cannot_carry_is_no_wider_for_it(
    plant, kind, scale, low, high, within, beyond
):
    point = Point("x", "hr", 30, kind, scale=scale, access="rw", min=low, max=high)
    gate, block = WriteGate(simulated=True), Block([point])
    gate.admit(plant.device, block)
    for value in within:
        gate.permit(plant.device, block, [value])
    for value in beyond:
        with pytest.raises(BadInput, match="must be"):
            gate.permit(plant.device, block, [value])
