"""The cooling-loop program against a simple water loop."""

import pytest
from firmware_bench import Desk, toward

from firmware_sim import State

READINGS = {
    "P_it": 3000.0, "T_supply": 30.0, "T_return": 40.0, "T_coolant_supply": 33.0,
    "T_source": 39.0, "T_dry_cooler": 26.0, "m_facility": 0.0,
}  # fmt: skip


def water(commands, x, dt_s):
    """3 MW into up to 120 kg/s; the dry cooler takes out what valve and fan allow."""
    flow = 120.0 * commands["u_pump"]
    x["m_facility"] = toward(x["m_facility"], flow, 5.0, dt_s)
    rise = x["P_it"] / (4.19 * max(x["m_facility"], 40.0))
    x["T_return"] = toward(x["T_return"], x["T_supply"] + rise, 60.0, dt_s)
    dry = x["T_return"] - commands["u_fan"] * (x["T_return"] + 5.0)
    x["T_dry_cooler"] = toward(x["T_dry_cooler"], dry, 40.0, dt_s)
    mixed = x["T_return"] + commands["u_valve"] * (x["T_dry_cooler"] - x["T_return"])
    x["T_supply"] = toward(x["T_supply"], mixed, 300.0, dt_s)  # the tank between
    x["T_coolant_supply"] = toward(x["T_coolant_supply"], x["T_supply"] + 3.0, 20.0, dt_s)


@pytest.fixture
def desk() -> Desk:
    return Desk("cooling_loop", READINGS, water)


def test_it_starts_proves_flow_and_settles_on_its_set_points(desk):
    desk.run(4 * 3600)
    assert desk.states == [State.STARTING, State.RUNNING]
    assert desk.readings["T_return"] == pytest.approx(40.0, abs=0.1)
    assert desk.readings["T_supply"] == pytest.approx(30.0, abs=0.1)
    assert desk.readings["T_dry_cooler"] == pytest.approx(26.0, abs=0.1)
    assert 0.3 < desk.commands["u_pump"] < 0.9


def test_it_follows_a_step_of_the_load(desk):
    desk.run(2 * 3600)
    before = desk.commands["u_pump"]
    desk.readings["P_it"] = 5000.0
    desk.run(2 * 3600)
    assert desk.commands["u_pump"] == pytest.approx(before * 5 / 3, rel=0.02)
    assert desk.readings["T_return"] == pytest.approx(40.0, abs=0.1)


def test_outputs_move_no_faster_than_the_rate(desk):
    before = dict(desk.commands)
    for _ in range(600):
        desk.run(1)
        for name, value in desk.commands.items():
            assert abs(value - before[name]) <= 0.02 + 1e-4
        before = dict(desk.commands)


def test_too_hot_makes_everything_cool_until_it_is_well_below(desk):
    desk.run(3600)
    frozen = Desk("cooling_loop", desk.readings)
    frozen.run(60)
    frozen.readings["T_coolant_supply"] = 45.1
    frozen.run(1)
    assert frozen.state is State.LIMITED
    assert frozen.value("high_temperature") == 1.0
    assert set(frozen.commands.values()) == {1.0}
    frozen.readings["T_coolant_supply"] = 42.5  # within 3 K of the limit
    frozen.run(60)
    assert frozen.state is State.LIMITED
    frozen.readings["T_coolant_supply"] = 41.9
    frozen.run(1)
    assert frozen.state is State.RUNNING
    assert frozen.value("high_temperature") == 0.0
    assert all(value >= 0.97 for value in frozen.commands.values())  # no bump either


@pytest.mark.parametrize(
    ("sensor", "hot", "cool"), [("T_coolant_supply", 46.0, 33.0), ("T_supply", 39.0, 30.0)]
)
def test_hot_water_whose_sensor_is_lost_stays_hot_until_it_is_seen_cool(sensor, hot, cool):
    desk = Desk("cooling_loop", READINGS | {"m_facility": 50.0})
    desk.run(60)
    for reading in (hot, None, 200.0, None):
        desk.readings[sensor] = reading
        desk.run(120)
        assert desk.state is State.LIMITED
        assert desk.value("high_temperature") == 1.0
        assert set(desk.commands.values()) == {1.0}
    desk.readings[sensor] = cool
    desk.run(1)
    assert (desk.state, desk.value("high_temperature")) == (State.RUNNING, 0.0)


def test_one_protection_does_not_let_the_other_go():
    desk = Desk("cooling_loop", READINGS | {"m_facility": 50.0, "T_supply": 39.0})
    desk.run(60)
    desk.readings |= {"T_supply": None, "T_coolant_supply": 46.0}
    desk.run(60)
    desk.readings["T_coolant_supply"] = 33.0
    desk.run(60)
    assert (desk.state, desk.value("high_temperature")) == (State.LIMITED, 1.0)


@pytest.mark.parametrize(("sensor", "reading"), [("T_supply", 85.0), ("T_coolant_supply", 95.0)])
def test_water_far_above_its_limit_is_hot_and_no_broken_wire(sensor, reading):
    desk = Desk("cooling_loop", READINGS | {"m_facility": 50.0, sensor: reading})
    desk.run(60)
    assert (desk.state, desk.value("high_temperature")) == (State.LIMITED, 1.0)
    assert desk.value("sensor_fault") == 0.0
    assert set(desk.commands.values()) == {1.0}


def test_without_the_coolants_reading_everything_cools_but_by_hand():
    desk = Desk("cooling_loop", READINGS | {"m_facility": 50.0})
    desk.run(60)
    desk.readings["T_coolant_supply"] = None
    desk.run(1)
    assert (desk.state, desk.value("high_temperature")) == (State.FAILSAFE, 0.0)
    assert set(desk.commands.values()) == {1.0}
    desk.press("manual")
    desk.run(1)
    assert desk.commands == pytest.approx({"u_pump": 0.6, "u_valve": 0.5, "u_fan": 0.5})
    desk.press("manual", False)
    desk.readings["T_coolant_supply"] = 33.0
    desk.run(1)
    assert desk.state is State.RUNNING


def test_no_flow_is_an_alarm_and_full_pump_speed():
    desk = Desk("cooling_loop", READINGS)
    desk.run(14)
    assert desk.state is State.STARTING
    assert desk.value("low_flow") == 0.0
    desk.run(60)
    assert desk.value("low_flow") == 1.0
    assert desk.state is State.STARTING
    assert desk.commands["u_pump"] == 1.0
    desk.readings["m_facility"] = 50.0
    desk.run(1)
    assert desk.state is State.RUNNING
    assert desk.value("low_flow") == 0.0


@pytest.mark.parametrize(
    ("sensor", "command"),
    [("T_return", "u_pump"), ("T_supply", "u_valve"), ("T_dry_cooler", "u_fan")],
)
def test_a_lost_sensor_makes_its_own_loop_safe_and_leaves_the_others(desk, sensor, command):
    desk.run(3600)
    before = desk.commands
    frozen = Desk("cooling_loop", desk.readings)
    frozen.controller.settings_from_dict(desk.controller.settings_to_dict())
    frozen.run(120)
    others = {n: v for n, v in frozen.commands.items() if n != command}
    frozen.readings[sensor] = None
    frozen.run(1)
    assert frozen.state is State.FAILSAFE
    assert frozen.commands[command] == 1.0
    for name, value in others.items():
        assert frozen.commands[name] == pytest.approx(value, abs=0.02)
    assert before.keys() == frozen.commands.keys()


def test_the_fan_rests_while_the_valve_is_shut():
    readings = READINGS | {"T_supply": 25.0, "T_dry_cooler": 60.0, "m_facility": 50.0}
    desk = Desk("cooling_loop", readings)
    desk.run(600)
    assert (desk.commands["u_valve"], desk.commands["u_fan"]) == (0.0, 0.0)
    desk.readings["T_supply"] = 35.0
    desk.run(120)
    assert desk.commands["u_valve"] > 0.05
    assert desk.commands["u_fan"] > 0.5


def test_by_hand_and_back_without_a_bump(desk):
    desk.run(2 * 3600)
    desk.change("u_pump_manual", 70.0)
    desk.press("manual")
    desk.run(1)
    assert desk.commands == pytest.approx({"u_pump": 0.7, "u_valve": 0.5, "u_fan": 0.5})
    desk.run(30)
    desk.press("manual", False)
    before = dict(desk.commands)
    desk.run(1)
    assert desk.commands == pytest.approx(before, abs=0.01)
