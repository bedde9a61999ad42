"""What is run: words to scenarios, the same each time; and which faults are seen."""

from dataclasses import replace

import numpy as np
import pytest

from hil.campaign.scenario import (
    OUTSIDE,
    Injected,
    Scenario,
    Wanted,
    drawn,
    everything,
    parse_faults,
    quiet,
    scenarios_of,
)
from hil.campaign.work import campaign_site
from twin.errors import BadInput
from twin.site.faults import by_name

SITE = campaign_site("mantsala")
FOULING = "heat_pump.condenser_fouling"
BIAS = "cooling_loop.T_supply.bias"
FULL = by_name(SITE)[FOULING].default


def of(text, span_d=30.0):
    wanted = parse_faults(text, SITE)
    return [s for w in wanted for s in scenarios_of(SITE, "plant_7", w, 28.0, span_d, 3)]


def test_a_single_fault_is_run_at_full_and_at_half_size():
    full, half = of(FOULING)
    assert [s.faults[0].size for s in (full, half)] == [0.3, 0.15]
    assert (full.share, half.share) == (1.0, 0.5)
    assert full.key != half.key
    assert full.seed != half.seed


def test_it_begins_after_the_commissioning_and_a_lead():
    for scenario in of(f"{FOULING},{BIAS}"):
        fault = scenario.faults[0]
        assert 28.0 <= scenario.begin_d < 58.0
        assert 1.5 <= fault.at_s / 86400.0 <= 2.5
        assert fault.at_s % 10.0 == 0.0
        assert scenario.days == pytest.approx(fault.at_s / 86400.0 + 2.5, abs=2e-4)


def test_sizes_are_in_si_too():
    kilowatt = of("heat_pump.P_electric.bias=100")[0].faults[0]
    assert (kilowatt.size, kilowatt.size_si) == (100.0, 1e5)


def test_a_slow_drift_is_watched_until_it_shows():
    (full,) = of("cooling_loop.T_supply.drift=0.00416")
    assert full.faults[0].drift
    assert full.faults[0].answer == BIAS
    assert full.days > 10.0
    assert 7.5 <= full.faults[0].at_s / 86400.0 <= 8.5


def test_a_stuck_sensor_has_no_half_and_a_name_of_its_own():
    (stuck,) = of("cooling_loop.T_supply.stuck")
    assert stuck.faults[0].answers == ("cooling_loop.T_supply.stuck",)


def test_a_wrong_gain_may_be_called_a_bias():
    full, half = of("cooling_loop.T_supply.scale")
    assert full.faults[0].answers == ("cooling_loop.T_supply.scale", BIAS)
    assert half.faults[0].size == 0.5 * full.faults[0].size
    assert Scenario.of(full.plain()) == full


@pytest.mark.parametrize(
    ("name", "kind", "answers", "sized"),
    [
        ("heat_pump.u_compressor.offset", "actuator", [], True),
        ("cooling_loop.u_pump.frozen", "controller", [], True),
        ("cooling_loop.u_pump.hunting", "controller", [], False),
        ("district_network.u_pump.off_setpoint", "controller", [], True),
        ("heat_pump.silent", "link", [], True),
        ("cooling_loop.lossy", "link", [], True),
        (
            "cooling_loop.stale",
            "link",
            [f"cooling_loop.{u}.frozen" for u in ("u_pump", "u_valve", "u_fan")],
            True,
        ),
        (
            "network.stale",
            "link",
            [*(f"district_network.{u}.frozen" for u in ("u_pump", "u_boiler")), "network.silent"],
            True,
        ),
    ],
)  # fmt: skip
def test_right_answers_of_controllers_and_links(name, kind, answers, sized):
    several = of(name)
    fault = several[0].faults[0]
    assert len(several) == (1 if by_name(SITE)[name].min == 1.0 else 2)
    assert (fault.kind, fault.sized) == (kind, sized)
    assert fault.answers == (name, *answers)
    assert Scenario.of(several[0].plain()) == several[0]


def test_pairs_and_faults_out_of_the_bank():
    double, outside = of(f"{FOULING}+{BIAS},?{FOULING}")
    assert (double.kind, len(double.faults)) == ("double", 2)
    assert (outside.kind, outside.share) == ("unknown", 1.0)
    assert Scenario.of(double.plain()) == double


@pytest.mark.parametrize(
    ("kind", "name", "said"),
    [
        ("process", "a.unit2.wear", {"a.unit2.wear", "a.wear", "a.unit4.wear"}),
        ("process", "a.fouling[7]", {"a.fouling[7]", "a.fouling[2]"}),
        ("sensor", "a.T.bias", {"a.T.bias"}),
    ],
)
def test_a_bank_that_lacks_a_fault_lacks_it_of_every_unit(kind, name, said):
    bank = "a.wear a.unit2.wear a.unit4.wear a.fouling[2] a.fouling[7] a.T.bias a.Q.bias b.wear"
    fault = Injected(name, "a", 1.0, 1.0, 0.0, name, kind=kind)
    assert {hypothesis for hypothesis in bank.split() if fault.says(hypothesis)} == said


def test_another_order_or_company_changes_no_run():
    assert of(f"{FOULING},{BIAS}") == of(FOULING) + of(BIAS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("heat_pump.condenser_fuoling", "did you mean 'heat_pump.condenser_fouling'"),
        ("drwan", "did you mean 'drawn'"),
        (f"{FOULING}=2", r"must be 0 to 1 \[-\]"),
        (f"{FOULING}=0", "not 0"),
        (f"{FOULING}=much", "must be a number"),
        (f"{FOULING},{FOULING}", "twice"),
        (f"{FOULING},{FOULING}={FULL:g}", "twice"),
        (f"{FOULING}+{FOULING}", "two different"),
        (f"?{FOULING}+{BIAS}", "must be one fault"),
        (f"{FOULING},", "commas"),
        ("", "commas"),
    ],
)
def test_other_words_are_refused(text, said):
    with pytest.raises(BadInput, match=said):
        parse_faults(text, SITE)


def test_a_half_that_is_no_size_of_the_fault_is_refused_before_anything_runs(monkeypatch):
    known = by_name(SITE)
    least = replace(known[FOULING], min=0.2)
    monkeypatch.setattr("hil.campaign.scenario.by_name", lambda _site: {**known, FOULING: least})
    with pytest.raises(BadInput, match=r"fouling = 0\.3: must be 0\.4 \[-\] or more: half"):
        parse_faults(f"{FOULING}=0.3", SITE)
    assert len(of(f"{FOULING}=0.4")) == 2
    alone = Wanted("single", ((FOULING, 0.3),))  # as it may be drawn
    assert [s.share for s in scenarios_of(SITE, "plant_7", alone, 28.0, 30.0, 3)] == [1.0]


def test_drawn_faults_have_their_turn_on_one_plant_or_another():
    known = by_name(SITE)
    lacking = [n for n in known if known[n].kind == "process"][::2]
    seen = [*known, *(OUTSIDE + n for n in lacking)]
    several = [w for n in range(20) for w in drawn(SITE, seen, n, 8, 1)]
    singles = [w.faults[0][0] for w in several if w.kind == "single" and w.faults[0][1] is None]
    steps = [n for n in known if not n.endswith(".drift")]
    assert set(singles) == set(steps)
    counts = [singles.count(n) for n in steps]
    assert max(counts) - min(counts) <= 1
    kinds = {w.kind for w in several}
    assert kinds == {"single", "double", "unknown"}
    assert {w.faults[0][0] for w in several if w.kind == "unknown"} == set(lacking)
    assert {known[n].kind for n in singles} == {
        *("process", "sensor", "actuator", "controller", "link")
    }
    paired = {known[n].kind for w in several if w.kind == "double" for n, _ in w.faults}
    assert paired <= {"process", "sensor", "actuator"}
    assert drawn(SITE, seen, 3, 8, 1) == drawn(SITE, seen, 3, 8, 1)
    assert drawn(SITE, [], 3, 8, 1) == []


def test_no_two_faults_are_drawn_of_one_reading_or_command():
    names = [f"district_network.T_return.{word}" for word in ("bias", "stuck", "scale", "noise")]
    pairs = [
        [n.rpartition(".")[0] for n, _ in w.faults]
        for number in range(40)
        for w in drawn(SITE, [*names, "heat_pump.u_compressor.offset"], number, 1, 1)
        if w.kind == "double"
    ]
    assert pairs
    assert all(one != two for one, two in pairs)
    assert not [w for w in drawn(SITE, names, 0, 1, 1) if w.kind == "double"]


def test_all_is_every_fault_that_is_seen():
    names = list(by_name(SITE))
    wanted = everything(SITE, [*names, OUTSIDE + FOULING])
    assert [w.faults[0][0] for w in wanted if w.kind == "single"] == names
    assert [w.faults[0][0] for w in wanted if w.kind == "unknown"] == [FOULING]


def test_quiet_runs_have_no_fault():
    assert quiet("plant_7", 28.0, 7.0, 1).faults == ()
    assert np.isclose(quiet("plant_7", 28.0, 7.0, 1).days, 7.0)
