"""`/metrics`, read back by Prometheus' own parser and held against its rules for names."""

import re
from collections import Counter

import pytest
from plant_view import SITE, T_NS, PlantView, alarm
from prometheus_client.parser import text_string_to_metric_families
from starlette.requests import Request

from hil.neighbours.metrics import rendered
from hil.neighbours.metrics_route import metrics_route
from twin.diagnosis.isa import State

UNITS = "celsius|kelvin|watts|pascals|ratio|seconds|bytes|kilograms_per_second|total|info|timestamp"


def families(view):
    return {f.name: f for f in text_string_to_metric_families(rendered(view).decode())}


def value(found, name, **labels):
    """The one sample with these labels."""
    matching = [
        s.value
        for f in found.values()
        for s in f.samples
        if s.name == name and labels.items() <= s.labels.items()
    ]
    assert len(matching) == 1, (name, labels, matching)
    return matching[0]


def test_what_the_plant_reads():
    found = families(PlantView())
    temperature = {"part": "heat_pump", "signal": "T_source_out"}
    assert value(found, "hukka_measured_celsius", **temperature) == pytest.approx(26.85)
    assert value(found, "hukka_measured_watts", signal="P_it") == 300.0
    assert value(found, "hukka_measured_pascals", signal="dp_consumer") == 300.0
    assert value(found, "hukka_command_ratio", signal="u_compressor") == 0.5
    sink = {"part": "heat_pump", "signal": "T_sink_out"}
    assert value(found, "hukka_predicted_celsius", **sink) == pytest.approx(66.85)
    assert value(found, "hukka_band_kelvin", **sink) == 0.8  # a difference
    assert value(found, "hukka_signal_quality", **sink) == 2
    named = [s.labels["signal"] for s in found["hukka_measured_celsius"].samples]
    assert named.count("T_sink_out") == 0  # nobody read it: no sample
    assert value(found, "hukka_part_standing", part="heat_pump", standing="undecided") == 1
    assert value(found, "hukka_part_standing", part="heat_pump", standing="fault") == 0
    assert value(found, "hukka_row_timestamp_seconds") == T_NS / 1e9
    assert value(found, "hukka_prediction_timestamp_seconds") == T_NS / 1e9 - 60
    assert value(found, "hukka_info", site="mantsala") == 1


def test_how_the_desk_is():
    found = families(PlantView())
    assert value(found, "hukka_link_up", link="hall", controller="cdu") == 1
    assert value(found, "hukka_link_up", controller="pump") == 0
    assert value(found, "hukka_link_errors_total", controller="cdu") == 3
    assert value(found, "hukka_link_response_seconds", controller="cdu", percentile="99") == 0.004
    assert len(found["hukka_link_response_seconds"].samples) == 2  # none of what never answered
    assert value(found, "hukka_process_restarts_total", process="twin") == 2
    assert value(found, "hukka_process_cpu_seconds_total", process="loop") == 12.5
    assert value(found, "hukka_cycle_lateness_seconds", percentile="50") == 50e-6
    assert value(found, "hukka_cycle_overruns_total") == 2
    assert value(found, "hukka_rows_dropped_total") == 1
    assert value(found, "hukka_clock_offset_seconds") == -0.25
    assert value(found, "hukka_historian_bytes") == 1e9
    assert value(found, "hukka_disk_left_seconds") == 100 * 86_400
    assert (value(found, "hukka_gaps"), value(found, "hukka_gaps_seconds")) == (1, 5)
    assert [s.labels for s in found["hukka_twin_nis_ratio"].samples] == [{"part": "heat_pump"}]


def test_alarms_are_counted_by_priority_and_state():
    rows = [alarm(n, "high", State.UNACKNOWLEDGED.value, asks=True) for n in (1, 2)]
    rows.append(alarm(3, "low", State.SHELVED.value, asks=False, chatters=True))
    found = families(PlantView(listed=rows))
    assert value(found, "hukka_alarms", priority="high", state="unacknowledged") == 2
    assert value(found, "hukka_alarms", priority="low", state="shelved") == 1
    assert value(found, "hukka_alarms", priority="medium", state="unacknowledged") == 0
    assert sum(s.value for s in found["hukka_alarms"].samples) == 3
    assert value(found, "hukka_alarms_asking", priority="high") == 2
    assert value(found, "hukka_alarms_asking", priority="low") == 0
    assert value(found, "hukka_alarms_chattering") == 1


def test_names_follow_the_rules():
    found = families(PlantView())
    for name, family in found.items():
        assert re.fullmatch(r"hukka(_[a-z0-9]+)+", name), name
        assert family.documentation.endswith("."), name
        if family.type == "counter":
            assert all(s.name.endswith("_total") for s in family.samples)
        elif not re.search(rf"_({UNITS})$", name):  # then it counts things, or says yes or no
            assert all(s.value == int(s.value) for s in family.samples), name
    every = [(s.name, tuple(s.labels.items())) for f in found.values() for s in f.samples]
    assert max(Counter(every).values()) == 1


def test_alarms_and_faults_make_no_more_series():
    """What happens changes values; only the site's signals and controllers make series."""
    rows = [
        alarm(n, ("high", "low")[n % 2], list(State)[1 + n % 8].value, asks=True)
        for n in range(500)
    ]
    quiet = sum(len(f.samples) for f in families(PlantView()).values())
    busy = sum(len(f.samples) for f in families(PlantView(listed=rows)).values())
    assert busy == quiet
    assert quiet < 100 + 5 * len(SITE.signals)


def test_a_bench_has_no_time_of_day():
    found = families(PlantView(kind="bench"))
    assert "hukka_row_timestamp_seconds" not in found
    assert value(found, "hukka_measured_watts", signal="P_it") == 300.0


def asked(client, token=None, behind=False, version="1.1", **headers):
    """What `client` (an address) is answered."""
    route = metrics_route(PlantView(), token, behind_proxy=behind)
    headers = {"host": "localhost:8470"} | headers
    shown = [(name.encode(), word.encode()) for name, word in headers.items()]
    scope = {"type": "http", "method": "GET", "client": (client, 50000), "headers": shown}
    scope["http_version"] = version
    assert (route.path, route.methods) == ("/metrics", {"GET", "HEAD"})
    return route.endpoint(Request(scope))


def test_without_a_token_this_machine_is_answered():
    for host in ("127.0.0.1", "::1"):
        answer = asked(host)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        assert answer.body == rendered(PlantView())
    assert asked("10.0.0.7").status_code == 403


@pytest.mark.parametrize(
    "more",
    [
        {"x-forwarded-for": "10.0.0.7"},
        {"x-real-ip": "10.0.0.7"},
        {"x-forwarded-proto": "https"},
        {"cf-connecting-ip": "10.0.0.7"},
        {"via": "1.1 proxy"},
        {"host": "plant.example"},
        {"host": "192.0.2.7:8470"},
        {"version": "1.0"},
        {"behind": True},
    ],
)
def test_without_a_token_what_a_proxy_hands_on_is_not(more):
    refused = asked("127.0.0.1", **more)
    assert (refused.status_code, b"metrics.token_file" in refused.body) == (403, True)


def test_a_token_opens_from_elsewhere():
    assert asked("10.0.0.7", "s3cret", authorization="Bearer s3cret").status_code == 200
    for wrong in ({}, {"authorization": "Bearer s3cre"}, {"authorization": "s3cret"}):
        refused = asked("10.0.0.7", "s3cret", **wrong)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")
    assert asked("127.0.0.1", "s3cret").status_code == 401
