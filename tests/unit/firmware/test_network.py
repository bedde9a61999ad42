"""The network program: curve, pump, boiler and their interlocks."""

import pytest
from firmware_bench import Desk, toward

from firmware_sim import State

READINGS = {
    "T_plant": 80.0, "T_supply": 80.0, "T_return": 46.0, "T_consumer": 75.0, "T_outdoor": -8.0,
    "m_network": 0.0, "dp_consumer": 0.0, "Q_delivered": 5.0,
}  # fmt: skip


def pipes(commands, x, dt_s):
    """8 MW boiler in series, 300 kPa of pump head, 36 kg/s at full speed."""
    speed = commands["u_pump"]
    x["m_network"] = toward(x["m_network"], 36.0 * speed, 5.0, dt_s)
    x["dp_consumer"] = toward(x["dp_consumer"], 120.0 * speed * speed, 5.0, dt_s)
    lift = 8000.0 * commands["u_boiler"] / (4.2 * max(x["m_network"], 3.0))
    x["T_supply"] = toward(x["T_supply"], x["T_plant"] + lift, 120.0, dt_s)


def desk_with(process=pipes, settings=None, **readings) -> Desk:
    return Desk("network", READINGS | readings, process, settings)


def test_it_starts_and_settles_on_pressure_and_curve():
    desk = desk_with()
    desk.run(2 * 3600)
    assert desk.states == [State.STARTING, State.RUNNING]
    setpoint = 70.0 + 45.0 * 16 / 34
    assert desk.value("T_supply_sp") == pytest.approx(setpoint, abs=1e-3)
    assert desk.readings["T_supply"] == pytest.approx(setpoint, abs=0.1)
    assert desk.readings["dp_consumer"] == pytest.approx(60.0, abs=0.5)


@pytest.mark.parametrize(
    ("T_outdoor", "setpoint"),
    [(20.0, 70.0), (8.0, 70.0), (-9.0, 92.5), (-26.0, 115.0), (-35.0, 115.0), (None, 93.8235)],
)
def test_the_curve(T_outdoor, setpoint):
    desk = desk_with(T_outdoor=T_outdoor)
    desk.run(1)
    assert desk.value("T_supply_sp") == pytest.approx(setpoint, abs=1e-3)


def test_the_curve_is_settings_with_a_cap():
    desk = desk_with(T_outdoor=-26.0, settings={"T_supply_cold": 105.0, "T_supply_max": 95.0})
    desk.run(1)
    assert desk.value("T_supply_sp") == 95.0


def test_the_pump_keeps_the_minimum_of_the_weather():
    for T_outdoor, least in ((8.0, 0.30), (-26.0, 0.45), (-9.0, 0.375)):
        desk = desk_with(process=None, T_outdoor=T_outdoor, dp_consumer=200.0, m_network=20.0)
        desk.run(1200)
        assert desk.commands["u_pump"] == pytest.approx(least, abs=1e-4)


def test_the_boiler_lights_after_a_while_and_goes_out_when_it_is_not_needed():
    desk = desk_with(process=None, m_network=20.0, dp_consumer=60.0, T_supply=88.0)
    desk.run(298)
    assert desk.commands["u_boiler"] == 0.0
    lit = desk.until(lambda: desk.commands["u_boiler"] > 0.0, 60)
    assert lit <= 4
    desk.readings["T_supply"] = 96.0
    desk.until(lambda: desk.commands["u_boiler"] <= 0.1 + 1e-6, 300)
    out = desk.until(lambda: desk.commands["u_boiler"] == 0.0, 400)
    assert out == pytest.approx(300, abs=5)


def test_the_boiler_does_not_light_for_a_small_deviation():
    desk = desk_with(process=None, m_network=20.0, dp_consumer=60.0, T_supply=89.5)
    desk.run(3600)
    assert desk.commands["u_boiler"] == 0.0


def test_no_fire_without_flow():
    desk = desk_with()
    desk.run(3600)
    assert desk.commands["u_boiler"] > 0.0
    stuck = Desk("network", desk.readings | {"T_supply": 80.0})
    stuck.run(400)
    assert stuck.commands["u_boiler"] > 0.0
    stuck.readings["m_network"] = 2.0
    stuck.run(21)
    assert stuck.state is State.LIMITED
    assert (stuck.commands["u_boiler"], stuck.value("low_flow")) == (0.0, 1.0)
    stuck.readings["m_network"] = 20.0
    stuck.run(1)
    assert stuck.state is State.RUNNING


def test_a_supply_above_its_limit_puts_the_boiler_out_at_once():
    desk = desk_with(process=None, m_network=20.0, dp_consumer=60.0, settings={})
    desk.run(400)
    assert desk.commands["u_boiler"] > 0.0
    desk.readings["T_supply"] = 125.1
    desk.run(1)
    assert desk.state is State.LIMITED
    assert (desk.commands["u_boiler"], desk.value("high_supply")) == (0.0, 1.0)


def test_a_supply_around_its_limit_is_one_alarm_and_ends_well_below_it():
    desk = desk_with(process=None, m_network=20.0, dp_consumer=60.0)
    desk.run(400)
    seen = []
    for k in range(600):
        desk.readings["T_supply"] = 125.0 + (0.05 if k % 2 == 0 else -0.05)
        desk.run(1)
        seen.append(desk.value("high_supply"))
    assert seen == [1.0] * 600
    desk.readings["T_supply"] = None
    desk.run(60)
    assert (desk.value("high_supply"), desk.commands["u_boiler"]) == (1.0, 0.0)
    desk.readings["T_supply"] = 121.9
    desk.run(1)
    assert (desk.state, desk.value("high_supply")) == (State.RUNNING, 0.0)


@pytest.mark.parametrize(("reading", "bad"), [("T_supply", 125.1), ("dp_consumer", None)])
def test_fire_by_hand_that_was_put_out_waits_and_comes_back_slowly(reading, bad):
    settings = {"u_boiler_manual": 80.0, "boiler_on_time": 300.0, "boiler_rate": 0.005}
    desk = desk_with(None, settings, m_network=20.0, dp_consumer=60.0, T_supply=88.0)
    desk.press("manual")
    desk.run(10)
    assert desk.commands["u_boiler"] == pytest.approx(0.8)
    good, desk.readings[reading] = desk.readings[reading], bad
    desk.run(1)
    assert desk.commands["u_boiler"] == 0.0
    desk.readings[reading] = good
    desk.run(298)
    assert desk.commands["u_boiler"] == 0.0
    desk.run(12)
    assert 0.04 < desk.commands["u_boiler"] < 0.06
    full = desk.until(lambda: desk.commands["u_boiler"] >= 0.8 - 1e-6, 300)
    assert full == pytest.approx(150, abs=2)
    desk.change("u_boiler_manual", 30.0)  # nothing holds it any longer
    desk.run(1)
    assert desk.commands["u_boiler"] == pytest.approx(0.3)


def test_fire_by_hand_can_be_put_out_at_once_while_it_comes_back():
    settings = {"u_boiler_manual": 80.0}
    desk = desk_with(None, settings, m_network=20.0, dp_consumer=60.0, T_supply=88.0)
    desk.press("manual")
    desk.run(10)
    desk.readings["T_supply"] = 126.0
    desk.run(1)
    desk.readings["T_supply"] = 88.0
    desk.run(330)
    assert 0.1 < desk.commands["u_boiler"] < 0.2
    desk.change("u_boiler_manual", 0.0)
    desk.run(1)
    assert desk.commands["u_boiler"] == 0.0


def test_a_dead_flow_meter_puts_the_boiler_out_under_its_own_name():
    desk = desk_with(process=None, m_network=20.0, dp_consumer=60.0)
    desk.run(400)
    assert desk.commands["u_boiler"] > 0.0
    desk.readings["m_network"] = None
    desk.run(1)
    assert desk.commands["u_boiler"] == 0.0
    desk.run(120)
    assert desk.state is State.FAILSAFE
    assert (desk.value("low_flow"), desk.value("sensor_fault")) == (0.0, 1.0)


def test_the_pump_by_hand_does_not_mind_its_lost_sensor_but_lost_communication():
    desk = desk_with(settings={"u_pump_manual": 30.0})
    desk.run(600)
    desk.press("manual")
    desk.readings["dp_consumer"] = None
    still = Desk("network", desk.readings)
    still.controller.restore(desk.controller.snapshot())
    still.run(120)
    assert still.state is State.FAILSAFE
    assert still.commands["u_pump"] == pytest.approx(0.3)
    still.beating = False
    still.run(120)
    assert still.state is State.COMM_LOST
    assert still.commands["u_pump"] == pytest.approx(0.7)


def test_lost_sensors_have_safe_reactions():
    desk = desk_with()
    desk.run(3600)
    speed = desk.commands["u_pump"]
    for name, keeps_pump in (("T_supply", True), ("m_network", True), ("dp_consumer", False)):
        broken = Desk("network", desk.readings)
        broken.run(600)
        broken.readings[name] = None
        broken.run(120)
        assert broken.state is State.FAILSAFE
        assert broken.commands["u_boiler"] == 0.0
        if not keeps_pump:
            assert broken.commands["u_pump"] == pytest.approx(0.7)
    assert 0.5 < speed < 0.9


def test_by_hand_and_back_without_a_bump():
    desk = desk_with(settings={"u_boiler_manual": 40.0})
    desk.run(3600)
    desk.press("manual")
    desk.run(1)
    assert desk.commands == pytest.approx({"u_pump": 0.6, "u_boiler": 0.4})
    desk.press("manual", False)
    desk.run(1)
    assert desk.commands == pytest.approx({"u_pump": 0.6, "u_boiler": 0.4}, abs=0.02)
