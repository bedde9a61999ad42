"""A unit that trips is replaced by the next one, and comes back only when it is wanted."""

import pytest
from heat_pump_runs import WINTER, C, fresh, modes

THREE, ROTATING = "3 units", "2 units, cycle, rotating"


def running(runner):
    """Which units run, as a text: `1-3` when the second stands."""
    found = modes(runner)
    names = [k for k in found if k.endswith("is_running")]
    return "".join(k[4] if found[k] else "-" for k in names)


def history(runner, seconds, step=10.0):
    """Which units ran, without repetition, over `seconds`."""
    seen = [running(runner)]
    for _ in range(round(seconds / step)):
        runner.run(step, step)
        if running(runner) != seen[-1]:
            seen.append(running(runner))
    return seen


def settled(name, u, m_sink, **values):
    """At rest at the command `u`, with a cut-out that a fouled condenser reaches."""
    runner = fresh(name, **WINTER, T_condensing_trip=C + 92.0, **values)
    runner.set(u_compressor=u, m_sink=64.5)
    runner.run(3600.0, 20.0)
    runner.set(m_sink=m_sink)
    runner.run(1800.0, 20.0)
    return runner


def test_a_trip_of_the_only_unit_brings_the_next_at_once():
    runner = settled(THREE, 0.25, m_sink=21.5)
    assert running(runner) == "1--"
    runner.set(condenser_fouling=0.8)
    assert history(runner, 1500.0) == ["1--", "-2-"]
    assert (runner.get("trip"), runner.get("unit2.trip")) == (1.0, 0.0)
    # the second has stood for long: it is there in the same step as the first is gone
    assert runner.state("unit2.timer") == pytest.approx(runner.state("unit1.timer"), abs=1e-6)


def test_the_third_replaces_the_first_when_two_are_wanted():
    runner = settled(THREE, 0.5, m_sink=43.0)
    assert running(runner) == "12-"
    runner.set(condenser_fouling=0.8)
    assert history(runner, 1500.0) == ["12-", "-23"]


def test_without_a_trip_nothing_moves():
    runner = settled(THREE, 0.5, m_sink=43.0)
    assert history(runner, 4 * 3600.0, 30.0) == ["12-"]
    assert {runner.get(f"{unit}trip") for unit in ("", "unit2.", "unit3.")} == {0.0}


def test_a_healed_unit_waits_behind_those_that_run_in_its_place():
    runner = settled(THREE, 0.25, m_sink=21.5)
    runner.set(condenser_fouling=0.8)
    runner.run(1500.0, 10.0)
    runner.set(condenser_fouling=0.0)
    assert history(runner, 3 * 3600.0, 30.0) == ["-2-"]
    assert runner.get("trip") == 0.0  # it could run
    runner.set(u_compressor=0.5, m_sink=43.0)
    assert history(runner, 900.0) == ["-2-", "12-"]
    runner.set(u_compressor=0.25, m_sink=21.5)
    assert history(runner, 1800.0) == ["12-", "1--"]  # and the order is the usual one again


def test_a_trip_while_all_are_on_is_tried_again_after_the_restart_delay():
    runner = settled(THREE, 1.0, m_sink=64.5)
    assert running(runner) == "123"
    runner.set(**{"unit2.condenser_fouling": 0.8})
    assert history(runner, 900.0) == ["123", "1-3"]
    runner.set(**{"unit2.condenser_fouling": 0.0})
    rest = runner.state("unit2.timer")
    assert history(runner, 1780.0 - rest) == ["1-3"]
    assert history(runner, 60.0) == ["1-3", "123"]
    assert history(runner, 3600.0, 30.0) == ["123"]


def test_a_unit_that_stays_broken_is_tried_no_more_often_than_its_delay_allows():
    runner = settled(THREE, 1.0, m_sink=64.5, trip_reset_s=1800.0)
    runner.set(**{"unit2.condenser_fouling": 0.9})
    hours = 3.0
    seen = history(runner, hours * 3600.0)
    assert set(seen) == {"123", "1-3"}
    assert 2 <= seen.count("123") <= 1 + hours * 3600.0 / 1800.0


def test_a_broken_unit_with_a_healthy_spare_is_not_tried_at_all():
    runner = settled(THREE, 0.5, m_sink=43.0)
    runner.set(**{"unit2.condenser_fouling": 0.9})
    assert history(runner, 4 * 3600.0) == ["12-", "1-3"]


def test_all_units_may_trip_and_none_is_started_against_its_lock():
    runner = settled(THREE, 0.25, m_sink=21.5)
    runner.set(T_sink_in=C + 95.0)
    seen = history(runner, 1700.0)
    assert seen[-1] == "---"
    assert {runner.get(f"{unit}trip") for unit in ("", "unit2.", "unit3.")} == {1.0}
    runner.set(T_sink_in=C + 45.0)
    assert history(runner, 1.5 * 3600.0)[-1].replace("-", "") in ("1", "2", "3")


def test_with_rotation_the_lead_is_replaced_too():
    runner = settled(ROTATING, 0.35, m_sink=21.5)
    (lead,) = running(runner).replace("-", "")
    prefix = "" if lead == "1" else "unit2."
    runner.set(**{f"{prefix}condenser_fouling": 0.85})
    other = {"1": "-2", "2": "1-"}[lead]
    assert history(runner, 1500.0)[1:] == [other]
