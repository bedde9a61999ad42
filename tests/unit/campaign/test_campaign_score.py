"""The score card against cases that were counted by hand."""

import json

import pytest
from campaign_samples import DAY_S, event, fault, outcome

from hil.campaign.compare import episodes, equal_limit
from hil.campaign.outcome import Outcome
from hil.campaign.plant import PlantSpec
from hil.campaign.report import as_json, as_markdown, report_of
from hil.campaign.score import BESIDE, KEYS, score

MARGINS = {
    "plant_7": {"part.fouling": 1.0, "part.T.bias": 0.0, "part.dim": -0.1, "part.T.noise": None}
}
BIAS = fault("part.T.bias", size=2.0)


def test_the_keys_are_those_of_the_issue():
    assert " ".join(KEYS) == (
        "plant_years false_events_per_plant_year false_events_upper95 false_alarm_time"
        " detected_full detected_half median_delay_h top1 group size_coverage unknown_detected"
        " double_top3 baselines"
    )
    assert tuple(score([], {}).card) == (*KEYS, *BESIDE)


def test_where_nothing_was_run_there_is_no_figure():
    card = score([], {}).card
    assert card.pop("plant_years") == 0.0
    assert set(card.values()) == {None}


def test_false_events_are_those_of_quiet_runs():
    runs = [
        outcome("quiet", events=[event(10.0), event(99.0, None)], days=73.0, open_steps=1051),
        outcome("quiet", days=73.0),
        outcome(faults=[fault()], events=[event(10.0)]),  # before its fault: counts nowhere
    ]
    scored = score(runs, MARGINS)
    assert scored.card["plant_years"] == pytest.approx(0.4)
    assert scored.card["false_events_per_plant_year"] == pytest.approx(5.0)
    # Garwood: 2 events have the upper bound 6.2958
    assert scored.card["false_events_upper95"] == pytest.approx(6.2958 / 0.4, rel=1e-4)
    assert scored.card["false_alarm_time"] == pytest.approx(1051 / (146 * 864))
    assert scored.card["detected_full"] == 0.0
    assert (scored.early, scored.lead_days) == (1, 1.0)


def test_detection_delay_names_and_sizes():
    runs = [
        outcome(faults=[fault()], events=[event(DAY_S + 1800.0)]),
        outcome(
            faults=[BIAS], events=[event(DAY_S + 5400.0, group=("part.fouling", "part.T.bias"))]
        ),
        outcome(faults=[fault(size=0.6)], events=[event(DAY_S + 3600.0)]),  # size is not held
        outcome(faults=[fault(size=0.15)], share=0.5),
        outcome(faults=[fault(size=0.15)], share=0.5, events=[event(DAY_S + 7200.0, None)]),
    ]
    scored = score(runs, MARGINS)
    card = scored.card
    assert card["detected_full"] == 1.0
    assert card["detected_half"] == 0.5
    assert card["median_delay_h"] == pytest.approx(1.25)  # of 0.5, 1, 1.5 and 2 h
    assert card["top1"] == 0.5
    assert card["group"] == 0.75
    assert card["size_coverage"] == 0.5
    assert scored.intervals["top1"] == {
        "hits": 2, "n": 4, "interval95": pytest.approx((0.06759, 0.93241), abs=1e-5)
    }  # fmt: skip
    bias = next(row for row in scored.faults if row["fault"] == "part.T.bias")
    assert (bias["top1"], bias["group"], bias["called"]) == (0, 1, ["part.fouling"])


def test_what_the_sensors_cannot_see_is_listed_and_not_counted():
    runs = [outcome(faults=[fault(name)], events=[event(2 * DAY_S, name)])
            for name in ("part.dim", "part.T.noise", "part.unheard_of")]  # fmt: skip
    scored = score(runs, MARGINS)
    assert scored.card["detected_full"] is None
    assert [row["fault"] for row in scored.unseen] == [
        "part.T.noise",
        "part.dim",
        "part.unheard_of",
    ]


def test_the_time_in_which_a_part_cannot_be_observed_is_a_delay_and_told_apart():
    """Of three runs that are said after 1, 4 and 6 h one part stood for 3 h, another throughout."""
    runs = [
        outcome(faults=[fault()], events=[event(DAY_S + 3600.0 * h)], dark_h=dark)
        for h, dark in ((1.0, 0.0), (4.0, 3.0), (6.0, 6.1))
    ]
    runs.append(outcome(faults=[fault()], dark_h=50.0))  # never said: no delay
    runs.append(outcome(faults=[fault(drift=True)], events=[event(2 * DAY_S)], dark_h=1.0))
    scored = score(runs, MARGINS)
    assert scored.card["median_delay_h"] == 4.0
    assert scored.card["median_delay_observable_h"] == 1.0  # of 1, 1 and 0
    assert scored.intervals["median_delay_observable_h"]["n"] == 3


@pytest.mark.parametrize("hidden", ["at_end", "blind"])
def test_a_fault_where_nothing_could_be_seen_is_listed_and_not_counted(hidden):
    runs = [outcome(faults=[fault()], events=[event(2 * DAY_S)], **{hidden: h}) for h in (0, 1)]
    scored = score(runs, MARGINS)
    assert scored.intervals["detected_full"]["n"] == 1
    assert [row["runs"] for row in scored.unseen] == [1]


def test_a_pair_that_does_not_count_is_listed_by_both_names():
    both, late = [fault(), fault("part.dim")], [event(2 * DAY_S), event(2 * DAY_S, "part.dim")]
    scored = score([outcome("double", both, late)], MARGINS)
    assert scored.intervals["double_top3"]["n"] == 0
    assert [(row["fault"], row["detected"], row["top1"]) for row in scored.unseen] == [
        ("part.fouling+part.dim", 1, 1)
    ]
    hidden = outcome("double", [fault(), fault("part.T.bias")], hidden=True)
    scored = score([hidden], MARGINS)
    assert scored.intervals["double_top3_all"]["n"] == 1
    assert [(row["fault"], row["detected"]) for row in scored.hidden] == [
        ("part.fouling+part.T.bias", 0)
    ]


def test_what_the_diagnosis_said_nobody_could_see_is_listed_and_counted_apart():
    missed = outcome(faults=[fault()], hidden=True, could_h=0.0)
    found = outcome(faults=[fault()], events=[event(2 * DAY_S)], hidden=True, could_h=0.0)
    told = outcome(faults=[fault()], events=[event(2 * DAY_S)], could_h=30.0)
    scored = score([missed, found, told], MARGINS)
    assert scored.intervals["detected_full"]["n"] == 1
    assert scored.card["detected_full"] == 1.0
    assert scored.intervals["detected_full_all"]["n"] == 3
    assert scored.card["detected_full_all"] == pytest.approx(2.0 / 3.0)
    assert [(row["fault"], row["runs"], row["detected"]) for row in scored.hidden] == [
        ("part.fouling", 2, 1)
    ]
    assert scored.unseen == []


def test_a_promise_is_kept_where_what_would_be_seen_was_found():
    seen = [event(2 * DAY_S)]
    told = ((seen, 30.0), ([], 6.0), ([], 5.0), ([], None))
    runs = [outcome(faults=[fault()], events=events, could_h=hours) for events, hours in told]
    promise = score(runs, MARGINS).intervals["promise_kept"]
    assert (promise["hits"], promise["n"]) == (1, 2)


def test_a_drift_counts_by_how_far_it_came():
    slow = fault("part.T.bias", at_s=0.0, size=0.01, drift=True)
    held = event(36000.0, "part.T.bias", low=0.6, high=0.8)  # 72 h later it is 0.72
    scored = score([outcome(faults=[slow], events=[held])], MARGINS)
    assert scored.card["size_coverage"] == 1.0
    assert scored.card["median_delay_h"] is None  # it is no step
    assert scored.faults[0]["grown_si"] == pytest.approx(0.1)


def test_an_unknown_fault_must_be_raised_in_its_part():
    runs = [
        outcome("unknown", [fault()], [event(2 * DAY_S, None)]),
        outcome("unknown", [fault()], [event(2 * DAY_S, None, part="other")]),
        outcome("unknown", [fault()], [event(2 * DAY_S, "part.T.bias")]),
        outcome("unknown", [fault()], [event(0.5 * DAY_S, None)]),
    ]
    apart = {"plant_7": {"?part.fouling": 0.0, "part.fouling": -1.0}}
    card = score(runs, apart).card
    assert card["unknown_detected"] == 0.25
    assert card["detected_full"] is None
    # where another name fits it as well it cannot be asked for, and is listed
    scored = score(runs, {"plant_7": {"?part.fouling": -0.1, "part.fouling": 1.0}})
    assert scored.card["unknown_detected"] is None
    assert [(row["fault"], row["runs"]) for row in scored.unseen] == [("?part.fouling", 4)]


def test_an_unknown_fault_that_no_bank_would_have_seen_is_counted_apart():
    runs = [
        outcome("unknown", [fault()], [], hidden=True, could_h=0.0),
        outcome("unknown", [fault()], [event(2 * DAY_S, None)], could_h=9.0),
    ]
    scored = score(runs, {"plant_7": {"?part.fouling": 0.0}})
    assert (scored.card["unknown_detected"], scored.card["unknown_detected_all"]) == (1.0, 0.5)
    assert [(row["fault"], row["runs"]) for row in scored.hidden] == [("?part.fouling", 1)]


@pytest.mark.parametrize(
    ("events", "right"),
    [
        ([event(2 * DAY_S), event(2 * DAY_S, "part.T.bias")], True),
        ([event(2 * DAY_S, group=("part.fouling", "part.T.bias"))], True),
        ([event(2 * DAY_S, group=("part.fouling", "a", "b", "part.T.bias"))], False),
        ([event(2 * DAY_S)], False),
        ([event(0.0), event(0.0, "part.T.bias")], False),
    ],
)
def test_two_faults_are_both_among_the_first_three(events, right):
    card = score([outcome("double", [fault(), BIAS], events)], MARGINS).card
    assert card["double_top3"] == float(right)


def test_false_alarms_of_neighbouring_days_are_one():
    assert episodes([1.0, 3.0, 3.0, 0.0, 3.0], 2.0) == 2
    assert episodes([1.0, 3.0], 3.0) == 0


def test_the_limit_at_equal_false_alarms():
    runs = [[1.0, 9.0, 2.0, 8.0], [3.0, 1.0]]
    assert equal_limit(runs, 0) == 9.0
    assert equal_limit(runs, 1) == 8.0
    assert equal_limit(runs, 2) == 3.0
    # 1.0 would join three days of the first run to one alarm; 2.0 makes three
    assert equal_limit(runs, 3) == 1.0


def test_plain_detectors_are_in_the_same_table():
    quiet = outcome("quiet", days=365.0, plain_days=[[0.5, 4.0, 9.0], [0.2, 5.0, 7.0]])
    records = {"fixed": [[1.0, 0.9]], "k_sigma": [[0.5, 4.0], [2.0, 6.0]], "cusum": [[3.0, 8.5]]}
    shown = outcome(faults=[fault()], plain_records=records)
    found = score([quiet, shown], MARGINS).card["baselines"]
    assert found["fixed_2K"]["detected"] == 0.0
    assert found["k_sigma"] == {
        "limit": 5.0,
        "detected": 1.0,
        "runs": 1,
        "median_delay_h": 2.0,
        "false_events_per_plant_year": 0.0,
    }
    assert found["cusum"]["median_delay_h"] == 3.0
    assert found["cusum"]["false_events_per_plant_year"] == pytest.approx(1.0)
    assert found["cusum_equal"]["detected"] == 0.0


def test_faults_are_counted_by_their_kind():
    link = fault("part.silent", kind="link", size=1.0)
    swing = fault("part.u.hunting", kind="controller", sized=False)
    margins = {"plant_7": {f.name: 1.0 for f in (link, swing)} | MARGINS["plant_7"]}
    runs = [
        outcome(faults=[link], events=[event(DAY_S + 600.0, "part.silent", low=0.9, high=1.1)]),
        outcome(faults=[link], events=[event(DAY_S + 600.0, "part.u.frozen")]),
        outcome(faults=[swing], events=[event(DAY_S + 1800.0, "part.u.hunting")]),
        outcome(faults=[swing], share=0.5),
        outcome(faults=[fault()]),
    ]
    kinds = {(row["kind"], row["share"]): row for row in score(runs, margins).kinds}
    assert list(kinds) == [("controller", 1.0), ("controller", 0.5), ("link", 1.0),
                           ("process", 1.0)]  # fmt: skip
    of_links = kinds["link", 1.0]
    assert [of_links[k] for k in ("runs", "detected", "top1", "covered", "sized")] == [
        2,
        2,
        1,
        1,
        1,
    ]
    assert kinds["controller", 1.0]["sized"] == 0, "a loop takes some of its swing back"
    assert kinds["controller", 0.5]["detected"] == kinds["process", 1.0]["detected"] == 0


def test_what_is_not_seen_is_said_with_its_reason():
    plants = [PlantSpec(name="plant_7")]
    report = report_of("mantsala", plants, [], MARGINS, {}, lambda name: f"why {name}")
    assert report["why_not"] == {n: f"why {n}" for n in ("part.T.noise", "part.dim")}
    text = as_markdown(report)
    assert "- part.dim: why part.dim (plant_7 -0.1)\n" in text
    assert "- part.T.noise: why part.T.noise\n" in text


def test_failed_runs_are_said_and_not_counted():
    scored = score([outcome(faults=[fault()], error="the plant was lost")], MARGINS)
    assert scored.card["detected_full"] is None
    assert scored.failed[0]["error"] == "the plant was lost"


@pytest.mark.parametrize(
    ("error", "lost", "stopped", "whole"),
    [
        (None, {}, False, True),
        (None, {}, True, False),
        ("not run: plant_1~quiet~1~- failed", {}, False, False),
        (None, {"plant_7": "too few days"}, False, False),
    ],
)
def test_a_campaign_is_whole_when_nothing_of_it_is_missing(error, lost, stopped, whole):
    runs = [
        outcome("quiet"),
        outcome(faults=[fault()], role="tuning", plant="plant_1", error=error),
    ]
    plants = [PlantSpec(name="plant_7"), PlantSpec(name="plant_1", role="tuning")]
    report = report_of("mantsala", plants, runs, MARGINS, lost, stopped=stopped)
    text = as_markdown(report)
    assert report["whole"] == whole
    assert ("stopped before its end" in text) == stopped
    missing = [*([error] if error else []), *lost.values()]
    assert [f["error"] for f in report["failed"]] == missing
    assert ("Not all of it was run: 1 failed" in text) == bool(missing)


def test_tuning_plants_are_not_in_the_card():
    runs = [
        outcome("quiet", days=10.0),
        outcome("quiet", days=20.0, role="tuning", plant="plant_1"),
    ]
    plants = [PlantSpec(name="plant_7"), PlantSpec(name="plant_1", role="tuning")]
    report = report_of("mantsala", plants, runs, MARGINS, {})
    assert report["card"]["plant_years"] == pytest.approx(10 / 365)
    assert report["tuning"]["card"]["plant_years"] == pytest.approx(20 / 365)
    assert report["split"]["tuning"] == ["plant_1"]
    json.loads(as_json(report))
    assert "| plant_years | 0.0274 |" in as_markdown(report)


def test_an_outcome_is_the_same_after_its_line():
    told = outcome(faults=[fault()], events=[event(5.0, None)], plain_days=[[1.0, 2.0, 3.0]])
    assert Outcome.of(told.line()) == told
