"""Starts, stops, trips and staging of the heat pump."""

import numpy as np
import pytest
from heat_pump_runs import WINTER, C, fresh, modes

QUICK = {"stage_up_s": 30.0, "stage_down_s": 30.0}


def test_a_cold_start_delivers_less_and_a_stop_cools_the_machine():
    runner = fresh("map", **WINTER)
    settled = runner.run(7200.0, 30.0).outputs()
    runner.set(u_run=0.0)
    runner.run(6 * 3600.0, 60.0)
    T_c, T_e = runner.get("T_condensing"), runner.get("T_evaporating")
    runner.set(u_run=1.0)
    runner.run(60.0, 1.0)
    assert runner.get("cop") > 0.0
    early = runner.outputs()
    late = runner.run(7200.0, 30.0).outputs()
    assert early["Q_condenser"] < 0.8 * late["Q_condenser"]
    assert late["Q_condenser"] == pytest.approx(settled["Q_condenser"], rel=1e-4)
    assert T_c - C < 46.0  # cooled to the sink's inlet
    assert T_e - C == pytest.approx(38.0, abs=0.5)


def test_frequent_starts_cost_seasonal_efficiency():
    """The same hours of running in one piece and in many: cycling gives less heat a kWh."""
    cop = []
    for run_s, rest_s in ((4 * 3600.0, 4 * 3600.0), (900.0, 900.0)):
        runner = fresh("map", **WINTER)
        for _ in range(round(8 * 3600.0 / (run_s + rest_s))):
            runner.set(u_run=0.0, m_sink=0.0, u_source_pump=0.0)
            runner.run(rest_s, 20.0)
            runner.set(u_run=1.0, m_sink=21.5, u_source_pump=1.0)
            runner.run(run_s, 20.0)
        y = runner.outputs()
        cop.append(y["E_condenser"] / y["E_electric"])
    assert cop[1] < 0.99 * cop[0]


def test_standing_the_machine_levels_out_through_its_refrigerant():
    still = {"u_run": 0.0, "m_sink": 0.0, "u_source_pump": 0.0}
    runner = fresh("map", **still)
    runner.run(60.0, 1.0)
    apart = runner.get("T_condensing") - runner.get("T_evaporating")
    runner.run(4 * 3600.0, 60.0)
    assert runner.get("T_condensing") - runner.get("T_evaporating") < 0.7 * apart
    tight = fresh("map", **still, UA_migration=0.0)
    tight.run(60.0, 1.0)
    tight.run(4 * 3600.0, 60.0)
    assert tight.get("T_condensing") - tight.get("T_evaporating") > 0.8 * apart


@pytest.mark.parametrize("name", ["map", "cycle R134a"])
def test_high_pressure_trips_and_resets_by_itself_when_it_is_back(name):
    runner = fresh(name, **WINTER, min_on_s=1e6, T_condensing_trip=C + 86.0)
    runner.set(m_sink=12.0)
    runner.run(1800.0, 5.0)
    assert runner.get("trip") == 1.0
    assert runner.get("running") == 0.0  # although the minimum time on has not passed
    assert runner.get("P_electric") < 1e5
    runner.set(m_sink=21.5, u_compressor=0.4)
    stopped_for = runner.state("timer")
    runner.run(1700.0 - stopped_for, 5.0)
    assert runner.get("trip") == 1.0
    runner.run(200.0, 5.0)
    assert (runner.get("trip"), runner.get("running")) == (0.0, 1.0)
    runner.run(3600.0, 5.0)
    assert (runner.get("trip"), runner.get("running")) == (0.0, 1.0)


def test_low_pressure_trips_and_does_not_reset_while_it_is_low():
    runner = fresh("map", **WINTER, T_evaporating_limit=C - 30.0)
    runner.set(T_source_in=C - 2.0)
    runner.run(3600.0, 5.0)
    assert runner.get("trip") == 2.0
    assert runner.run(7200.0, 5.0).get("trip") == 2.0  # -2 degC is not 5 K above the cut-out
    runner.set(T_source_in=C + 20.0)
    assert runner.run(1800.0, 5.0).get("trip") == 0.0


def test_a_trip_of_one_unit_leaves_the_others_running():
    runner = fresh("3 units", **WINTER, T_condensing_trip=C + 92.0, m_sink=64.5)
    runner.run(3600.0, 10.0)
    assert runner.get("running") == 3.0
    runner.set(**{"unit2.condenser_fouling": 0.7})
    runner.run(900.0, 10.0)
    assert runner.get("unit2.trip") == 1.0
    assert runner.get("trip") == runner.get("unit3.trip") == 0.0
    assert runner.get("running") == 2.0


def _settled(runner, u, seconds=4800.0):
    runner.set(u_compressor=u)
    runner.run(seconds, 20.0)
    return runner.get("running")


def test_units_follow_the_demand_with_hysteresis():
    runner = fresh("3 units", **WINTER)
    running = [_settled(runner, u) for u in (0.2, 0.6, 0.5, 0.64, 0.95, 0.55, 0.5, 0.2)]
    # up above 0.95 of the wanted units, down when the rest would stay below 0.8
    assert running == [1.0, 2.0, 2.0, 3.0, 3.0, 3.0, 2.0, 1.0]
    runner.set(u_run=0.0)
    assert runner.run(1800.0, 10.0).get("running") == 0.0
    runner.set(u_run=1.0, u_compressor=0.0)
    assert runner.run(1800.0, 10.0).get("running") == 1.0


def test_a_demand_that_swings_around_both_thresholds_stops_nobody():
    """A minute above the one threshold, minutes below the other: k stays where it is."""
    runner = fresh("3 units", **WINTER)
    assert [_settled(runner, 0.2), _settled(runner, 0.6, 900.0)] == [1.0, 2.0]
    counts = set()
    for k in range(12):
        # 0.66 of three units is above 0.95 of two; 0.2 below 0.8 of one
        counts.add(_settled(runner, 0.66 if k % 2 else 0.2, 240.0 if k % 2 else 1100.0))
    assert counts == {2.0}


def test_a_call_that_lasts_is_heard_when_its_time_is_up_and_not_before():
    runner = fresh("3 units", **WINTER)
    runner.set(u_compressor=0.2)
    assert runner.run(1180.0, 20.0).get("running") == 3.0
    assert runner.run(60.0, 20.0).get("running") == 2.0
    assert runner.run(1140.0, 20.0).get("running") == 2.0  # a change begins the time anew
    assert runner.run(80.0, 20.0).get("running") == 1.0
    runner.set(u_compressor=0.5)
    assert runner.run(280.0, 20.0).get("running") == 1.0
    assert runner.run(60.0, 20.0).get("running") == 2.0


def test_running_units_share_speed_and_water():
    runner = fresh("3 units", **WINTER)
    _settled(runner, 0.5)
    n = [runner.state(f"unit{i}.compressor.n") for i in (1, 2, 3)]
    assert n == pytest.approx([0.75, 0.75, 0.0], abs=1e-6)
    valves = [runner.state(f"unit{i}.valve") for i in (1, 2, 3)]
    assert valves == pytest.approx([1.0, 1.0, 0.0], abs=1e-6)
    y = runner.outputs()
    assert y["m_source"] == pytest.approx(3 * 76.0)
    # the third's water is hardly moving: what mixes in of it is a two-hundredth
    assert y["T_source_out"] == pytest.approx(runner.state("unit1.evaporator.T[3]"), abs=0.1)


@pytest.mark.parametrize("name", ["3 units", "2 units, cycle, rotating"])
def test_every_unit_keeps_its_shortest_times(name):
    runner, rng = fresh(name, **WINTER, **QUICK), np.random.default_rng(3)
    prefixes = [k.removesuffix("is_running") for k in modes(runner) if k.endswith("is_running")]
    was, since = dict.fromkeys(prefixes, 1.0), dict.fromkeys(prefixes, -1e9)
    changes = 0
    for k in range(1200):
        if k % 6 == 0:
            u_run = float(rng.choice([0.0, 1.0, 1.0, 1.0]))
            runner.set(u_compressor=float(rng.uniform(0, 1)), u_run=u_run)
        runner.run(20.0, 20.0)
        for prefix in prefixes:
            on = modes(runner)[f"{prefix}is_running"]
            if on != was[prefix]:
                lasted = runner.t - since[prefix]
                assert lasted >= (600.0 if was[prefix] else 300.0) - 20.0
                was[prefix], since[prefix] = on, runner.t
                changes += 1
    assert changes > 20
    assert not any(v for k, v in modes(runner).items() if k.endswith("tripped"))


def test_with_rotation_the_lead_moves_on_and_without_it_stays():
    rotating, fixed = fresh("2 units, cycle, rotating", **WINTER), None
    who = []
    for _ in range(2):
        _settled(rotating, 0.9)
        _settled(rotating, 0.2)
        state = modes(rotating)
        who.append([state["unit1.is_running"], state["unit2.is_running"]])
    assert who == [[0.0, 1.0], [1.0, 0.0]]
    fixed = fresh("3 units", **WINTER)
    for _ in range(2):
        _settled(fixed, 0.9)
        assert _settled(fixed, 0.2) == 1.0
        assert modes(fixed)["unit1.is_running"] == 1.0


def test_three_units_at_full_load_are_three_times_one():
    three = fresh("3 units", **WINTER, m_sink=64.5).run(7200.0, 30.0).outputs()
    one = fresh("map", **WINTER, m_sink=21.5).run(7200.0, 30.0).outputs()
    for key in ("Q_condenser", "Q_evaporator", "P_electric", "P_auxiliary", "m_source"):
        assert three[key] == pytest.approx(3 * one[key], rel=1e-6)
    for key in ("T_sink_out", "T_source_out", "T_condensing", "cop"):
        assert three[key] == pytest.approx(one[key], rel=1e-6)
