"""Energy, key figures and credit for alarms, against numbers worked out by hand."""

import numpy as np
import pytest

from hil.bench.layout import layout_of
from hil.bench.score import Score
from hil.loop.ring import row_type
from twin.diagnosis.alarms import Alarm
from twin.site import load_site, parse_fault

S = 1_000_000_000
KWH = 3.6e6


@pytest.fixture(scope="module")
def site():
    return load_site("mantsala")


@pytest.fixture(scope="module")
def layout(site):
    return layout_of(site)


def rows(layout, times_s, meters_kwh, late_us=0):
    """Rows at `times_s` whose meters grow from what `meters_kwh` says of each instant."""
    dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
    block = np.zeros(len(times_s), dtype)
    for row, t in zip(block, times_s, strict=True):
        row["t_ns"] = t * S
        row["late_ns"] = late_us * 1000
        for name, at in meters_kwh.items():
            row["truth"][layout.truth.index(name)] = at(t) * KWH
    return block


def scored(site, layout, events=()):
    """Meters all begin at 0."""
    return Score(site, layout, events, [0.0] * len(layout.truth))


METERS = {
    "cooling_loop.E_it": lambda t: 500 + 10 * t,
    "cooling_loop.E_auxiliary": lambda t: 1 * t,
    "cooling_loop.E_source": lambda t: 7 * t,
    "cooling_loop.E_rejected": lambda t: 2 * t,
    "cooling_loop.E_stored": lambda t: 1 * t,
    "heat_pump.E_evaporator": lambda t: 8 * t,
    "heat_pump.E_electric": lambda t: 4 * t,
    "heat_pump.E_auxiliary": lambda t: 0.5 * t,
    "heat_pump.E_condenser": lambda t: 12 * t,
    "heat_pump.E_stored": lambda t: -1 * t,
    "district_network.E_boiler": lambda t: 3 * t,
    "district_network.E_delivered": lambda t: 13 * t,
    "district_network.E_loss": lambda t: 1.5 * t,
    "district_network.E_auxiliary": lambda t: 0.25 * t,
    "district_network.E_stored": lambda t: 0.4 * t,
}


def test_accounts_count_from_time_zero(site, layout):
    score = scored(site, layout)
    score.take(rows(layout, [-2, -1, 0, 1], METERS), [])
    score.take(rows(layout, [2, 3, 4], METERS), [])
    summary = score.summary()
    assert summary["cycles"] == 4
    assert summary["energy"] == pytest.approx(
        {
            "it_kWh": 40,
            "recovered_kWh": 28,
            "delivered_kWh": 52,
            "electric_kWh": 4 * (4 + 0.5 + 1 + 0.25),
            # in 10+4+3 = 17, out 2+13+1.5 = 16.5, stored 1-1+0.4 = 0.4: 0.1 of 17 is missing
            "balance_error": 0.1 / 17,
        }
    )
    figures = summary["kpi"]
    assert [figures[n] for n in ("pue", "erf", "cop")] == pytest.approx([1.1, 7 / 11, 3.0])
    assert [figures[n] for n in ("combined_cop", "scop")] == pytest.approx([5.0, 12 / 4.5])
    # mantsala's factors: 224 and 40 kg/MWh, 60 EUR/MWh
    assert figures["co2_avoided_t"] == pytest.approx((48 * 224 - 18 * 40) / 1e6)
    assert figures["heat_cost_EUR_per_MWh"] == pytest.approx(60 * 18 / 48)


def test_a_run_without_a_warm_up_counts_from_where_its_meters_begin(site, layout):
    begun = rows(layout, [0], METERS)["truth"][0].tolist()
    assert Score(site, layout, [], begun).summary()["energy"]["it_kWh"] == 0
    score = Score(site, layout, [], begun)
    score.take(rows(layout, [1, 2], METERS), [])
    assert score.summary()["energy"]["it_kWh"] == 20
    assert score.summary()["kpi"]["pue"] == pytest.approx(1.1)


def test_lateness_is_of_every_cycle_of_the_run_and_of_none_before(site, layout):
    score = scored(site, layout)
    score.take(rows(layout, range(-5, 1), METERS, late_us=9999), [])
    score.take(rows(layout, range(1, 991), METERS, late_us=50), [])
    score.take(rows(layout, range(991, 1001), METERS, late_us=700), [])
    assert score.lateness_us() == {"p50": 50.0, "p99": 50.0, "p999": 700.0, "max": 700.0}


def alarm(raised_s, part="heat_pump", cleared_s=None):
    cleared = None if cleared_s is None else cleared_s * S
    return Alarm(part, f"{part}.T_condensing", 2.5, 0.8, raised_s * S, cleared)


def test_an_alarm_is_credited_to_the_last_fault_of_its_part(site, layout):
    texts = [
        "heat_pump.undercharge=0.2@10s",
        "heat_pump.condenser_fouling=0.3@60s",
        "cooling_loop.valve_stuck@70s",
        "heat_pump.compressor_wear@200s",
    ]
    score = scored(site, layout, [parse_fault(t, site) for t in texts])
    block = rows(layout, [90], METERS)
    (note,) = score.take(block, [alarm(90)])
    assert (note["part"], note["fault"]) == ("heat_pump", "heat_pump.condenser_fouling")
    assert (note["raised_s"], note["injected_s"], note["delay_s"]) == (90, 60, 30)
    assert "2.50 K above its prediction (band 0.8 K)" in note["text"]


def test_an_alarm_without_a_fault_is_not_explained_away(site, layout):
    score = scored(site, layout, [parse_fault("cooling_loop.valve_stuck@10s", site)])
    (note,) = score.take(rows(layout, [90], METERS), [alarm(90)])
    assert (note["fault"], note["injected_s"], note["delay_s"]) == (None, None, None)


def test_clearing_updates_the_alarm(site, layout):
    score = scored(site, layout)
    score.take(rows(layout, [5], METERS), [alarm(5)])
    score.take(rows(layout, [9], METERS), [alarm(5, cleared_s=9)])
    assert [(a["raised_s"], a["cleared_s"]) for a in score.alarms] == [(5, 9)]


def test_a_plant_that_deviates_from_the_start_is_said_at_time_zero(site, layout):
    score = scored(site, layout)
    assert score.take(rows(layout, [-9, -8], METERS), [alarm(-9)]) == []
    (note,) = score.take(rows(layout, [-1, 0, 1], METERS), [])
    assert (note["part"], note["raised_s"], note["cleared_s"]) == ("heat_pump", 0, None)
    score.take(rows(layout, [90], METERS), [alarm(-9, cleared_s=90)])
    assert [(a["raised_s"], a["cleared_s"]) for a in score.alarms] == [(0, 90)]


def test_what_was_over_before_the_run_is_not_of_the_run(site, layout):
    score = scored(site, layout)
    score.take(rows(layout, [-9], METERS), [alarm(-9)])
    score.take(rows(layout, [-5], METERS), [alarm(-9, cleared_s=-5)])
    score.take(rows(layout, [1, 2], METERS), [])
    assert score.alarms == []
