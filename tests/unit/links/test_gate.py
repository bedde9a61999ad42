"""The write gate: locked unless armed, allow-list, limits of the map, void permits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from links_bank import small_bank, small_map

from hil.gate import WriteGate, WriteRefused
from hil.links.device import Device
from hil.links.loopback import LoopbackLink
from twin.clock import VirtualClock
from twin.errors import BadInput
from twin.registers import Block, plan_blocks
from twin.signals import conversion


@pytest.fixture
def clock():
    return VirtualClock()


@pytest.fixture
def bank(tmp_path):
    return small_bank(tmp_path)


@pytest.fixture
def device(bank, clock):
    return Device("cdu", LoopbackLink("here", {1: bank}), 1, now_ns=clock.now_ns)


def block_of(folder, *names, conversions=None):
    points = small_map(folder).points
    (block,) = plan_blocks([points[name] for name in names], 123, 0, conversions)
    return block


@pytest.fixture
def temperatures(tmp_path):
    kelvin = conversion("degC", "K")
    return block_of(
        tmp_path, "T_supply", "T_return", conversions={"T_supply": kelvin, "T_return": kelvin}
    )


def test_a_gate_is_locked_until_somebody_arms_it(device, temperatures, clock):
    gate = WriteGate(now_ns=clock.now_ns)
    gate.admit(device, temperatures)
    with pytest.raises(WriteRefused, match="cdu: the gate is locked"):
        gate.permit(device, temperatures, [300.0, 300.0])
    gate.arm("point test of the CDU", 60)
    permit = gate.permit(device, temperatures, [300.0, 301.0])
    assert permit.request == b"\x10\0\0\0\2\4\x0a\x7d\x0a\xe1"
    gate.disarm()
    with pytest.raises(BadInput, match="disarmed"):
        device.write(permit)
    with pytest.raises(WriteRefused, match="locked"):
        gate.permit(device, temperatures, [300.0, 300.0])
    assert (gate.granted, gate.refused, gate.armed) == (1, 2, False)


def test_the_time_to_live_ends_the_gate_and_its_permits(device, temperatures, clock):
    gate = WriteGate(now_ns=clock.now_ns)
    gate.admit(device, temperatures)
    gate.arm("point test", 60)
    permit = gate.permit(device, temperatures, [300.0, 300.0])
    clock.wait_until(59_999_999_999)
    assert gate.armed
    clock.wait_until(60_000_000_000)
    assert not gate.armed
    with pytest.raises(WriteRefused, match="locked"):
        gate.permit(device, temperatures, [300.0, 300.0])
    with pytest.raises(BadInput, match="expired"):
        device.write(permit)


def test_arming_a_live_plant_takes_a_reason_and_an_end():
    gate = WriteGate()
    for reason, ttl, rule in (
        ("", 60, "say why"), ("  ", 60, "say why"), ("test", None, "limited time"),
        ("test", 0, "> 0"), ("test", -1, "> 0"), ("test", float("nan"), "> 0"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=rule):
            gate.arm(reason, ttl)
    assert not gate.armed


def test_before_a_simulated_plant_it_is_armed_and_still_held_to_the_map(device, temperatures, bank):
    gate = WriteGate(simulated=True)
    assert gate.armed
    assert gate.reason == "the plant behind the controllers is simulated"
    with pytest.raises(WriteRefused, match="not on the allow-list"):
        gate.permit(device, temperatures, [300.0, 300.0])
    gate.admit(device, temperatures)
    with pytest.raises(WriteRefused, match=r"T_return = 126.85 degC: must be -40 to 120"):
        gate.permit(device, temperatures, [300.0, 400.0])
    assert bank.writes == 0
    assert gate.last_refusal.startswith("cdu: T_return")


def test_what_is_admitted_on_one_device_is_not_on_another(device, temperatures, bank):
    gate = WriteGate(simulated=True)
    gate.admit(device, temperatures)
    other = Device("crah", device.link, 1)
    with pytest.raises(WriteRefused, match=r"crah: .* not on the allow-list"):
        gate.permit(other, temperatures, [300.0, 300.0])


def test_no_value_is_written_only_where_the_map_has_a_sign_for_it(device, temperatures, bank):
    gate = WriteGate(simulated=True)
    gate.admit(device, temperatures)
    nan = float("nan")
    device.write(gate.permit(device, temperatures, [nan, 300.0]))
    assert bank.get("T_supply") is None
    with pytest.raises(WriteRefused, match="T_return"):
        gate.permit(device, temperatures, [300.0, nan])


def test_a_limit_that_rounds_in_its_register_can_be_reached(tmp_path, device):
    gate = WriteGate(simulated=True)
    power = block_of(tmp_path, "power")  # float32 carries 0.69999999 and 5000.1001
    gate.admit(device, power)
    assert gate.permit(device, power, [0.7])
    assert gate.permit(device, power, [5000.1])
    for value in (0.6999, 5000.2):
        with pytest.raises(WriteRefused, match=r"must be 0\.7 to 5000\.1"):
            gate.permit(device, power, [value])


@pytest.mark.parametrize("value", [1e9, float("inf"), -1e9, 327.68 + 273.15])
def test_a_value_that_does_not_fit_the_register_is_refused(device, temperatures, value):
    gate = WriteGate(simulated=True)
    gate.admit(device, temperatures)
    with pytest.raises(WriteRefused, match="T_supply"):
        gate.permit(device, temperatures, [value, 300.0])


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("serial", "the map does not let it be written"),
        ("u_pump", "cannot be written"),
        ("alarm", "cannot be written"),
    ],
)
def test_read_only_points_are_refused_at_build(tmp_path, device, name, rule):
    with pytest.raises(BadInput, match=rule):
        WriteGate(simulated=True).admit(device, block_of(tmp_path, name))


def test_a_point_without_limits_is_refused_at_build(tmp_path, device):
    point = small_map(tmp_path).points["far"]
    bare = type(point)(name="far", table="hr", address=10, type="uint16", access="rw")
    assert point.max == 1000
    with pytest.raises(BadInput, match="far: a point without min and max"):
        WriteGate(simulated=True).admit(device, Block([bare]))


@given(values=st.tuples(st.floats(), st.floats()))
def test_whatever_is_permitted_lies_within_the_limits_in_the_device(tmp_path_factory, values):
    folder = tmp_path_factory.getbasetemp()
    kelvin = conversion("degC", "K")
    block = block_of(
        folder, "T_supply", "T_return", conversions={"T_supply": kelvin, "T_return": kelvin}
    )
    bank = small_bank(folder)
    device = Device("cdu", LoopbackLink("here", {1: bank}), 1)
    gate = WriteGate(simulated=True)
    gate.admit(device, block)
    try:
        device.write(gate.permit(device, block, values))
    except WriteRefused:
        assert bank.writes == 0
        return
    assert -40 <= bank.get("T_return") <= 120
    assert bank.get("T_supply") is None or -40 <= bank.get("T_supply") <= 120
