"""The scan cycle around any program: watchdog, sensors, settings."""

import pytest
from firmware_bench import Desk

from firmware_sim import TYPES, State
from twin.errors import BadInput

READINGS = {
    "cooling_loop": {
        "P_it": 3000.0, "T_supply": 30.0, "T_return": 40.0, "T_coolant_supply": 33.0,
        "T_source": 39.0, "T_dry_cooler": 26.0, "m_facility": 70.0,
    },
    "heat_pump": {
        "T_source_in": 38.0, "T_source_out": 29.0, "T_sink_in": 46.0, "T_sink_out": 80.0,
        "T_evaporating": 25.0, "T_condensing": 82.0, "T_outdoor": -8.0, "m_source": 60.0,
        "m_sink": 26.0, "P_electric": 1e6,
    },
    "network": {
        "T_plant": 80.0, "T_supply": 90.0, "T_return": 46.0, "T_consumer": 85.0,
        "T_outdoor": -8.0, "m_network": 26.0, "dp_consumer": 60.0, "Q_delivered": 5.0,
    },
}  # fmt: skip
SAFE = {
    "cooling_loop": {"u_pump": 1.0, "u_valve": 1.0, "u_fan": 1.0},
    "heat_pump": {"u_run": 0.0, "u_compressor": 0.0, "u_source_pump": 0.0},
    "network": {"u_pump": pytest.approx(0.7), "u_boiler": 0.0},
}


@pytest.fixture(params=TYPES)
def desk(request) -> Desk:
    return Desk(request.param, READINGS[request.param])


def type_of(desk: Desk) -> str:
    return desk.controller.type_name


def test_it_stays_stopped_and_says_nothing_before_the_first_heartbeat(desk):
    desk.beating = False
    for name in desk.readings:
        desk.readings[name] = None
    assert set(desk.run(5).values()) == {0.0}
    assert desk.state is State.STOPPED
    assert (desk.value("comm_lost"), desk.value("sensor_fault")) == (0.0, 0.0)
    desk.run(10)
    assert desk.state is State.COMM_LOST


def test_a_heartbeat_that_stops_makes_it_safe_and_one_that_returns_sets_it_going(desk):
    desk.run(400)
    assert desk.state is State.RUNNING
    desk.beating = False
    desk.run(10)
    assert desk.state is State.RUNNING
    assert desk.value("comm_lost") == 0.0
    desk.run(1)
    assert desk.state is State.COMM_LOST
    assert desk.value("comm_lost") == 1.0
    desk.run(120)
    assert desk.commands == SAFE[type_of(desk)]
    desk.beating = True
    desk.run(1)
    assert desk.value("comm_lost") == 0.0
    assert desk.state is not State.COMM_LOST
    desk.run(1000)
    assert desk.state is State.RUNNING


def test_what_is_not_enabled_stays_stopped_when_it_is_unplugged(desk):
    desk.press("enable", False)
    desk.run(30)
    desk.beating = False
    desk.run(120)
    assert (desk.state, desk.value("comm_lost")) == (State.STOPPED, 1.0)
    assert set(desk.commands.values()) == {0.0}
    desk.press("enable")
    desk.run(120)
    assert desk.state is State.COMM_LOST
    assert desk.commands == SAFE[type_of(desk)]


def test_what_is_not_enabled_stays_stopped_when_nobody_ever_speaks(desk):
    desk.press("enable", False)
    desk.beating = False
    desk.run(60)
    assert (desk.state, desk.value("comm_lost")) == (State.STOPPED, 1.0)
    assert set(desk.commands.values()) == {0.0}


def test_the_watchdog_time_is_a_setting(desk):
    desk.change("watchdog", 3.0)
    desk.run(400)
    desk.beating = False
    desk.run(3)
    assert desk.state is State.RUNNING
    desk.run(1)
    assert desk.state is State.COMM_LOST


def test_it_stops_when_it_is_not_enabled(desk):
    desk.run(400)
    desk.press("enable", False)
    desk.run(1000)
    assert desk.state is State.STOPPED
    assert set(desk.commands.values()) == {0.0}


@pytest.mark.parametrize("wrong", [None, 200.0])
def test_a_sensor_without_a_credible_value_is_named(desk, wrong):
    names = [name for name in desk.readings if name.startswith("T_")]
    desk.run(2)
    assert desk.value("sensor_fault") == 0.0
    order = [p.name for p in desk.controller.map.tagged("sensor")]
    for name in names:
        good, desk.readings[name] = desk.readings[name], wrong if name != "T_outdoor" else None
        desk.run(1)
        assert desk.value("sensor_fault") == 1.0
        assert desk.value("sensors_bad") == 1 << order.index(name)
        desk.readings[name] = good
    desk.run(1)
    assert (desk.value("sensor_fault"), desk.value("sensors_bad")) == (0.0, 0.0)


def test_scans_are_counted_and_wrap(desk):
    desk.run(3)
    assert desk.value("scans") == 3
    desk.controller._scans = 65535
    desk.run(1)
    assert desk.value("scans") == 0


def test_reset_falls_back_by_itself(desk):
    desk.run(1)
    desk.press("reset")
    desk.run(1)
    assert desk.value("reset") == 0.0


def test_settings_survive_a_power_cycle(desk):
    desk.change("watchdog", 17.5)
    desk.press("enable", False)
    kept = desk.controller.settings_to_dict()
    other = Desk(type_of(desk), READINGS[type_of(desk)])
    other.controller.settings_from_dict(kept)
    assert other.value("watchdog") == 17.5
    other.run(5)
    assert other.state is State.STOPPED
    assert other.controller.settings_to_dict() == kept


def test_another_one_goes_on_from_a_snapshot(desk):
    desk.change("watchdog", 17.5)
    desk.run(400)
    other = Desk(type_of(desk), READINGS[type_of(desk)])
    other.controller.restore(desk.controller.snapshot())
    other.heartbeat = desk.heartbeat
    assert other.controller.snapshot() == desk.controller.snapshot()
    for name in desk.readings:
        if name.startswith("T_"):
            desk.readings[name] = other.readings[name] = desk.readings[name] + 1.0
    for _ in range(60):
        assert desk.run(1) == other.run(1)
    assert other.controller.snapshot() == desk.controller.snapshot()
    assert other.value("watchdog") == 17.5


def test_a_snapshot_of_another_type_is_refused(desk):
    wrong = Desk("network" if type_of(desk) != "network" else "heat_pump",
                 READINGS["network" if type_of(desk) != "network" else "heat_pump"])  # fmt: skip
    with pytest.raises(BadInput, match="is not of a"):
        desk.controller.restore(wrong.controller.snapshot())


def test_settings_are_taken_all_or_none(desk):
    before = desk.controller.settings_to_dict()
    with pytest.raises(BadInput, match="watchdog = -1"):
        desk.controller.settings_from_dict({"enable": 0.0, "watchdog": -1.0})
    with pytest.raises(BadInput, match="did you mean 'watchdog'"):
        desk.controller.settings_from_dict({"enable": 0.0, "watchdgo": 1.0})
    assert desk.controller.settings_to_dict() == before


def test_two_controllers_with_the_same_inputs_give_the_same_bytes(desk):
    other = Desk(type_of(desk), READINGS[type_of(desk)])
    for _ in range(300):
        desk.run(1)
        other.run(1)
        count = 8
        assert desk.bank.read_registers("ir", 0, 4) == other.bank.read_registers("ir", 0, 4), count
