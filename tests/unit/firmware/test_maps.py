"""The shipped register maps, and what the programs want of them."""

import pytest

from firmware_sim import TYPES, State, io_map_path, make_controller, map_path
from firmware_sim.heat_pump_capacity import Limiter
from twin.errors import BadInput
from twin.registers import load_map
from twin.signals import conversion


@pytest.mark.parametrize("type_name", TYPES)
def test_enums_in_the_map_are_those_of_the_program(type_name):
    points = load_map(map_path(type_name)).points
    assert points["state"].enum == {state.value: state.name for state in State}
    if "limiter" in points:
        assert points["limiter"].enum == {each.value: each.name for each in Limiter}


@pytest.mark.parametrize("type_name", TYPES)
def test_every_setting_is_used_and_kept_and_has_a_default(type_name):
    controller = make_controller(type_name, {})
    settings = {p.name for p in controller.map.tagged("setting", "hr")}
    assert settings == {"watchdog", *controller.program.settings._fields}
    for name in settings:
        point = controller.map.point(name)
        assert point.nv
        assert point.default is not None


@pytest.mark.parametrize("type_name", TYPES)
def test_every_alarm_is_a_discrete_input(type_name):
    controller = make_controller(type_name, {})
    alarms = {p.name for p in controller.map.points.values() if p.table == "di"}
    assert alarms == {*controller.program.alarms, "sensor_fault", "comm_lost"}


@pytest.mark.parametrize("type_name", TYPES)
def test_remote_io_carries_the_same_sensors_and_commands(type_name):
    own, io = load_map(map_path(type_name)), load_map(io_map_path(type_name))
    for tag, io_table in (("sensor", "ir"), ("command", "hr")):
        names = {p.name for p in own.tagged(tag)}
        assert {p.name for p in io.tagged(tag, io_table)} == names
        for name in names:
            conversion(io.point(name).unit, own.point(name).unit)


def test_the_maps_use_several_types_and_orders():
    points = [
        p
        for type_name in TYPES
        for path in (map_path(type_name), io_map_path(type_name))
        for p in load_map(path).points.values()
    ]
    assert {p.order for p in points} == {"ABCD", "CDAB", "BADC", "DCBA"}
    assert {p.type for p in points} >= {"int16", "uint16", "int32", "uint32", "float32", "bool"}


@pytest.mark.parametrize("type_name", TYPES)
def test_one_write_and_one_read_serve_a_cycle(type_name):
    own = load_map(map_path(type_name))
    written = [own.point("heartbeat"), *own.tagged("sensor")]
    commands = own.tagged("command")
    assert written[-1].end - written[0].address == sum(p.registers for p in written)
    assert commands[-1].end - commands[0].address == sum(p.registers for p in commands)


def test_unknown_types_and_settings_are_refused_with_the_nearest():
    with pytest.raises(BadInput, match="unknown type 'heatpump', did you mean 'heat_pump'"):
        make_controller("heatpump", {})
    with pytest.raises(BadInput, match="unknown type"):
        map_path("x")
    with pytest.raises(BadInput, match="unknown setting 'T_suply_sp', did you mean 'T_supply_sp'"):
        make_controller("cooling_loop", {"T_suply_sp": 30.0})
    with pytest.raises(BadInput, match=r"T_supply_sp = 99\.0: must be 10 to 50 degC"):
        make_controller("cooling_loop", {"T_supply_sp": 99.0})
