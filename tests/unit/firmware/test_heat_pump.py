"""The heat-pump program: order of start, interlocks, limiters, trips."""

from itertools import pairwise

import pytest
from firmware_bench import Desk, toward

from firmware_sim import State
from firmware_sim.heat_pump_capacity import Limiter

READINGS = {
    "T_source_in": 38.0, "T_source_out": 38.0, "T_sink_in": 46.0, "T_sink_out": 46.0,
    "T_evaporating": 36.0, "T_condensing": 48.0, "T_outdoor": 8.0, "m_source": 0.0,
    "m_sink": 30.0, "P_electric": 3e5,
}  # fmt: skip


def machine(commands, x, dt_s):
    """3.6 MW at full capacity, COP 3.4, water sides as first-order lags."""
    x["m_source"] = toward(x["m_source"], 80.0 * commands["u_source_pump"], 5.0, dt_s)
    heat = 3600.0 * commands["u_run"] * commands["u_compressor"]
    x["P_electric"] = 1000.0 * heat / 3.4
    lift = heat / (4.19 * max(x["m_sink"], 20.0))
    x["T_sink_out"] = toward(x["T_sink_out"], x["T_sink_in"] + lift, 80.0, dt_s)
    drop = heat * (1 - 1 / 3.4) / (4.19 * max(x["m_source"], 3.0))
    x["T_source_out"] = toward(x["T_source_out"], x["T_source_in"] - drop, 30.0, dt_s)
    x["T_condensing"] = x["T_sink_out"] + 3.0
    x["T_evaporating"] = x["T_source_out"] - 3.0


def desk_with(process=machine, settings=None, **readings) -> Desk:
    return Desk("heat_pump", READINGS | readings, process, settings)


@pytest.fixture
def running() -> Desk:
    desk = desk_with()
    desk.run(1800)
    assert desk.state is State.RUNNING
    return desk


def test_it_starts_in_order():
    desk = desk_with()
    desk.run(1)
    assert desk.state is State.STARTING
    assert (desk.commands["u_run"], desk.commands["u_source_pump"] > 0.0) == (0.0, True)
    until_run = desk.until(lambda: desk.commands["u_run"] == 1.0, 100)
    assert until_run == pytest.approx(60, abs=2)
    assert desk.readings["m_source"] > 5.0
    assert desk.state is State.MINIMUM
    for _ in range(58):
        desk.run(1)
        assert (desk.state, desk.commands["u_compressor"]) == (State.MINIMUM, 0.25)
    desk.run(1200)
    assert desk.states == [State.STARTING, State.MINIMUM, State.RUNNING]


def test_it_settles_on_the_curve_and_on_the_source_difference(running):
    running.run(3600)
    assert running.value("T_sink_sp") == 70.0
    assert running.readings["T_sink_out"] == pytest.approx(70.0, abs=0.1)
    difference = running.readings["T_source_in"] - running.readings["T_source_out"]
    assert difference == pytest.approx(9.0, abs=0.1)


@pytest.mark.parametrize(
    ("T_outdoor", "setpoint"),
    [(20.0, 70.0), (8.0, 70.0), (4.6, 74.5), (-8.0, 85.0), (-40.0, 85.0), (None, 85.0)],
)
def test_the_set_point_follows_the_weather_and_is_capped(T_outdoor, setpoint):
    desk = desk_with(T_outdoor=T_outdoor)
    desk.run(1)
    assert desk.value("T_sink_sp") == setpoint


@pytest.mark.parametrize("side", ["m_source", "m_sink"])
def test_no_compressor_without_flow_on_both_sides(side):
    def stuck(commands, x, dt_s):
        machine(commands, x, dt_s)
        x[side] = 1.0

    desk = desk_with(stuck)
    desk.run(65)
    assert desk.value("no_flow") == 0.0
    desk.run(600)
    assert desk.state is State.STARTING
    assert desk.commands["u_run"] == 0.0
    assert desk.value("no_flow") == 1.0


def test_flow_lost_while_running_stops_and_tries_again_after_the_rest(running):
    running.readings["m_sink"] = 1.0
    lost = running.until(lambda: running.commands["u_run"] == 0.0, 60)
    assert lost == pytest.approx(10, abs=1)
    running.readings["m_sink"] = 30.0
    again = running.until(lambda: running.commands["u_run"] == 1.0, 2000)
    assert again == pytest.approx(600 + 60, abs=5)


def test_why_it_stopped_is_shown_until_it_runs_again(running):
    """A master that asks once a second must see it, though a scan lasts a tenth of that."""
    running.readings["m_sink"] = 1.0
    running.until(lambda: running.commands["u_run"] == 0.0, 60)
    running.readings["m_sink"] = 30.0
    running.run(600)
    assert running.value("no_flow") == 1.0
    running.until(lambda: running.commands["u_run"] == 1.0, 200)
    running.run(2)
    assert running.value("no_flow") == 0.0


def test_an_orderly_stop_waits_for_the_minimum_on_time_at_minimum():
    desk = desk_with()
    desk.until(lambda: desk.commands["u_run"] == 1.0, 100)
    desk.run(300)
    desk.press("enable", False)
    left = desk.until(lambda: desk.commands["u_run"] == 0.0, 1000)
    assert left == pytest.approx(600, abs=2)
    assert desk.states[-2:] == [State.RUNNING, State.STOPPING]


def test_a_stop_runs_the_source_pump_on_and_a_start_waits_for_the_rest(running):
    running.press("enable", False)
    running.run(1)
    assert running.state is State.STOPPING
    assert running.commands["u_run"] == running.commands["u_compressor"] == 0.0
    overrun = running.until(lambda: running.commands["u_source_pump"] == 0.0, 100)
    assert overrun == pytest.approx(60, abs=2)
    running.run(1)
    assert running.state is State.STOPPED
    running.press("enable")
    running.run(1)
    assert running.state is State.WAITING
    rest = running.until(lambda: running.commands["u_run"] == 1.0, 1000)
    assert rest + overrun == pytest.approx(600 + 60, abs=5)


def test_on_and_off_times_hold_whatever_the_operator_does():
    desk = desk_with()
    changes, before = [], 0.0
    for k in range(6 * 3600 // 7):
        if k % 40 == 0:
            desk.press("enable", k % 80 == 0)
        desk.run(7, 7)
        if desk.commands["u_run"] != before:
            before = desk.commands["u_run"]
            changes.append((7 * k, before))
    assert len(changes) >= 6
    for (t_a, state), (t_b, _) in pairwise(changes):
        assert t_b - t_a >= (900 if state else 600) - 7


def test_a_source_that_cools_takes_the_compressor_down_and_holds_it_at_the_limit():
    def tank(commands, x, dt_s):
        machine(commands, x, dt_s)
        taken = 3600.0 * commands["u_compressor"] * commands["u_run"] * (1 - 1 / 3.4)
        x["T_source_in"] += (1500.0 - taken) / (4.19 * 30_000) * dt_s

    desk = desk_with(tank, T_outdoor=-20.0)
    lowest = 99.0
    for _ in range(4 * 3600):
        desk.run(1)
        lowest = min(lowest, desk.readings["T_source_in"])
    assert desk.state is State.LIMITED
    assert desk.value("limiter") == Limiter.SOURCE
    assert desk.readings["T_source_in"] == pytest.approx(33.0, abs=0.1)
    assert lowest > 32.0
    assert desk.commands["u_compressor"] == pytest.approx(1500 / 3600 * 3.4 / 2.4, abs=0.02)


def test_idling_at_minimum_for_too_long_is_a_stop():
    def idle_servers(commands, x, dt_s):
        machine(commands, x, dt_s)
        x["T_source_in"] = 31.0 if commands["u_run"] else 36.0

    desk = desk_with(idle_servers)
    desk.until(lambda: desk.commands["u_run"] == 1.0, 100)
    ran = desk.until(lambda: desk.commands["u_run"] == 0.0, 2000)
    assert ran == pytest.approx(900, abs=5)  # 600 s of idling, but not before the minimum on time
    assert State.LIMITED in desk.states
    rest = desk.until(lambda: desk.commands["u_run"] == 1.0, 2000)
    assert rest == pytest.approx(600 + 60, abs=5)


@pytest.mark.parametrize(
    ("reading", "value", "limiter"),
    [("T_evaporating", 11.0, Limiter.EVAPORATING), ("T_condensing", 93.0, Limiter.CONDENSING)],
)
def test_pressures_limit_the_compressor(reading, value, limiter):
    desk = desk_with(process=None, T_outdoor=-20.0, m_source=60.0, T_sink_out=80.0)
    desk.run(1800)
    assert desk.commands["u_compressor"] > 0.8
    desk.readings[reading] = value
    desk.run(300)
    assert desk.state is State.LIMITED
    assert desk.value("limiter") == limiter
    assert desk.commands["u_compressor"] < 0.9
    desk.readings[reading] = READINGS[reading]
    desk.run(10)
    assert desk.state is State.RUNNING


@pytest.mark.parametrize(
    ("reading", "value"),
    [
        ("T_condensing", 85.0),
        ("T_condensing", 89.9),
        ("T_evaporating", 14.1),
        ("T_source_in", 35.1),
    ],
)
def test_a_limiter_outside_its_band_has_no_say(reading, value):
    start = {"m_source": 60.0, "T_sink_out": 60.0, "T_outdoor": -20.0, reading: value}
    desk = desk_with(process=None, **start)
    for _ in range(500):
        desk.run(1)
        assert desk.value("limiter") == Limiter.NONE
    assert desk.states == [State.STARTING, State.MINIMUM, State.RUNNING]
    assert desk.commands["u_compressor"] == 1.0


def test_a_lost_heartbeat_stops_it_at_once_although_it_is_to_run_on_for_its_least_time():
    desk = desk_with()
    desk.until(lambda: desk.commands["u_run"] == 1.0, 100)
    desk.press("enable", False)
    desk.run(60)
    assert desk.commands["u_run"] == 1.0
    desk.beating = False
    desk.run(11)
    assert desk.commands["u_run"] == 0.0
    assert State.COMM_LOST in desk.states


@pytest.mark.parametrize(
    ("reading", "value", "delay", "alarm"),
    [("T_condensing", 95.1, 3, "high_condensing"), ("T_evaporating", 3.9, 30, "low_evaporating")],
)
def test_a_trip_latches_until_it_is_reset(reading, value, delay, alarm):
    desk = desk_with(process=None, m_source=60.0)
    desk.run(400)
    desk.readings[reading] = value
    tripped = desk.until(lambda: desk.state is State.TRIPPED, 60)
    assert tripped == pytest.approx(delay, abs=1)
    assert (desk.commands["u_run"], desk.value(alarm)) == (0.0, 1.0)
    desk.press("reset")  # the cause is still there (of the low pressure only while it runs)
    desk.run(1)
    assert desk.value(alarm) == (1.0 if alarm == "high_condensing" else 0.0)
    desk.readings[reading] = READINGS[reading]
    desk.run(900)
    assert desk.commands["u_run"] == (0.0 if alarm == "high_condensing" else 1.0)
    desk.press("reset")
    desk.run(300)
    assert desk.value(alarm) == 0.0
    assert desk.commands["u_run"] == 1.0


def test_a_spike_shorter_than_the_delay_does_not_trip():
    desk = desk_with(process=None, m_source=60.0)
    desk.run(400)
    desk.readings["T_condensing"] = 96.0
    desk.run(2)
    desk.readings["T_condensing"] = 80.0
    desk.run(60)
    assert State.TRIPPED not in desk.states


def test_a_source_too_cold_stops_at_once(running):
    running.readings["T_source_in"] = 25.9
    running.run(2)
    assert running.state is State.STOPPING
    assert running.value("source_cold") == 1.0


@pytest.mark.parametrize("name", ["T_source_in", "T_condensing", "m_sink"])
def test_a_lost_sensor_stops_it_and_it_comes_back(running, name):
    good = running.readings[name]
    broken = Desk("heat_pump", running.readings)
    broken.run(400)
    assert broken.commands["u_run"] == 1.0
    broken.readings[name] = None
    broken.run(1)
    assert broken.state is State.FAILSAFE
    assert broken.commands["u_run"] == 0.0
    broken.readings[name] = good
    broken.run(800)
    assert broken.commands["u_run"] == 1.0


def test_sensors_it_does_not_need_do_not_stop_it(running):
    running.readings["T_outdoor"] = None
    running.run(60)
    assert running.commands["u_run"] == 1.0
    assert running.value("sensor_fault") == 1.0


def test_a_unit_that_draws_no_power_is_held_at_minimum_until_it_does():
    desk = desk_with(process=None, m_source=60.0, P_electric=0.0, T_outdoor=-20.0)
    desk.run(60 + 400)
    assert desk.state is State.MINIMUM
    assert (desk.commands["u_run"], desk.commands["u_compressor"]) == (1.0, 0.25)
    assert desk.value("no_start") == 0.0
    desk.run(300)
    assert desk.value("no_start") == 1.0
    desk.readings["P_electric"] = 3e5
    desk.run(60)
    assert (desk.state, desk.value("no_start")) == (State.RUNNING, 0.0)
    assert desk.commands["u_compressor"] > 0.3
    desk.readings["P_electric"] = 0.0
    desk.run(120)
    assert (desk.state, desk.commands["u_compressor"]) == (State.MINIMUM, 0.25)


def test_no_start_into_a_sink_that_is_hot_already():
    desk = desk_with(T_sink_in=66.0)
    desk.run(60)
    assert desk.state is State.WAITING
