"""`pytest --hukka-site`: what comes of tests on a plant, and what is left of them."""

import csv
import json

import pytest
from plugin_desk import WARM, run

SUITE = """
import os
import signal

import pytest

from hil.pytest_plugin.steps import Inconclusive, Unmet

LIMIT = "heat_pump:T_sink_max"


@pytest.mark.requirement("SPEC-4.2", "SPEC-9")
def test_passes(bench, clock):
    bench.set(LIMIT, "75 degC")
    bench.run(minutes=30, seconds=5)
    assert clock.now_s == 1805.0
    assert bench.value(LIMIT) == bench.value(LIMIT, "K") - 273.15 == 75.0
    assert bench.says(LIMIT) == "75 degC"
    assert bench.says("heat_pump:state") == "RUNNING"


@pytest.mark.requirement("SPEC-4.2")
def test_fails(bench):
    bench.set(LIMIT, "75 degC")
    bench.force("heat_pump:T_outdoor", "-10 degC")
    bench.expect("heat_pump:state == TRIPPED", within="2 min")


def test_begins_anew(bench, clock, link):
    assert clock.now_s == 0.0
    assert bench.value(LIMIT) == 85.0
    bench.expect("heat_pump:T_outdoor == -6.3 degC +- 1 K")
    bench.run(seconds=10)
    assert link.transactions("heat_pump") == 20
    assert link.errors("heat_pump") == 0


def test_asserts(bench):
    bench.run(minutes=2)
    assert bench.value("heat_pump:T_sink_out") == 0.0


def test_says_what_went_wrong(bench):
    with pytest.raises(Unmet, match="was so for 0 s only|after 3 s heat_pump:u_run is ON"):
        bench.expect("heat_pump:u_run", equals=0, within="3 s")
    bench.force("heat_pump:T_outdoor", "lost")
    with pytest.raises(Inconclusive, match="heat_pump:T_outdoor has no value"):
        bench.expect("heat_pump:T_outdoor > -50 degC", within="1 min")


def test_wrong_point(bench):
    bench.force("heat_pump:T_source_inn", "20 degC")


def test_wrong_value(bench):
    bench.set(LIMIT, "300 degC")


def test_wrong_line(bench):
    bench.expect("heat_pump:T_sink_out >= 50 degC")


@pytest.mark.hukka_controller("network")
def test_not_shown(controller):
    controller.expect("state == RUNNING")


def test_each(controller, plant):
    assert controller.type in ("heat_pump", "cooling_loop", "network")
    assert plant["district_network.T_outdoor"] == pytest.approx(
        plant.weather("district_network.T_outdoor", "degC"), abs=0.5
    )
    assert set(plant.standing()) == {"heat_pump", "cooling_loop", "district_network"}


@pytest.mark.hukka_controller("heat_pump")
def test_power(controller):
    assert controller.design("T_source_stop") == 26.0
    controller.power(on=False)
    assert controller.value("state") is None
    controller.power(on=True)
    controller.expect("state == STARTING", within="10 min")


def test_crash(bench):
    os.kill(bench._stand._test, signal.SIGSEGV)
    bench.run(minutes=1)


def test_after_the_crash(bench):
    bench.run(minutes=1)


@pytest.mark.timeout(2)
def test_hangs(bench):
    bench.run(hours=23)


def test_after_the_time_out(bench, clock):
    bench.run(minutes=1)
    assert clock.now_s == 60.0


def test_twin(bench):
    bench.fault("heat_pump.condenser_fouling=0.5")
    bench.expect_alarm("heat_pump", within="2 h")


def test_procedure(bench):
    bench.procedure("heat_pump.source_limit")


def test_own_procedure(bench):
    bench.procedure("own.yaml")


def test_procedure_too_late(bench):
    bench.run(seconds=1)
    bench.procedure("heat_pump.source_limit")


@pytest.mark.hukka_hardware("cabinet", reason="its own controller")
def test_cabinet(hardware):
    assert hardware["cabinet"] == "tcp://10.0.0.7"


@pytest.mark.hukka_hardware("adapter")
def test_adapter():
    pass


@pytest.fixture
def cooler(bench):
    bench.set(LIMIT, "75 degC")
    return bench


def test_own_fixture(cooler):
    assert cooler.value(LIMIT) == 75.0


def test_plain():
    pass
"""
OWN = """
procedure: own.hot
title: It never trips by itself
of: heat_pump
requirements: [X-1]
blocks:
  - block: now
    steps:
      - expect: {point: state, equals: TRIPPED, within: 1 min}
"""
BAD = {
    "test_fails", "test_asserts", "test_wrong_point", "test_wrong_value", "test_wrong_line",
    "test_crash", "test_hangs", "test_own_procedure", "test_procedure_too_late",
}  # fmt: skip
SKIPPED = {"test_not_shown[network]", "test_cabinet", "test_adapter"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("suite")


@pytest.fixture(scope="module")
def ran(folder):
    (folder / "own.yaml").write_text(OWN)
    return run(folder, *WARM, "--hukka-hardware", "adapter=/dev/none", test_suite=SUITE)


def test_every_test_ends_as_it_should(ran):
    assert {name for name, o in ran.outcomes.items() if o == "failed"} == BAD, ran.said
    assert {name for name, o in ran.outcomes.items() if o == "skipped"} == SKIPPED
    assert set(ran.outcomes.values()) == {"passed", "failed", "skipped"}
    assert len(ran.cases) == 25


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (
            "test_fails",
            "hil.pytest_plugin.steps.Unmet: heat_pump:state is TRIPPED within 2 min:"
            " after 120 s heat_pump:state is RUNNING",
        ),
        (
            "test_wrong_point",
            "twin.errors.BadInput: heat_pump: unknown point 'T_source_inn',"
            " did you mean 'T_source_in'?",
        ),
        ("test_wrong_value", "twin.errors.BadInput: set = '300 degC': must be 20 to 130 degC"),
        (
            "test_wrong_line",
            "twin.errors.BadInput: expect = 'heat_pump:T_sink_out >= 50 degC': must be POINT =="
            " VALUE, POINT > VALUE, POINT < VALUE, POINT in LOW .. HIGH, or POINT == VALUE +-"
            " TOLERANCE",
        ),
        (
            "test_crash",
            "twin.errors.PlantLost: its process ended by signal 11: an FMU has crashed",
        ),
        ("test_hangs", "Failed: Timeout (>2.0s) from pytest-timeout."),
        (
            "test_own_procedure",
            "hil.pytest_plugin.steps.Unmet: own.hot@heat_pump/now: state is TRIPPED within 1 min:"
            " after 60 s state is RUNNING",
        ),
        (
            "test_procedure_too_late",
            "twin.errors.BadInput: procedure = 'heat_pump.source_limit': begins with the plant in"
            " normal operation: run it before anything else",
        ),
        ("test_not_shown[network]", "network does not show 'network:state' here"),
        (
            "test_cabinet",
            "needs cabinet (its own controller): --hukka-hardware does not name it",
        ),
        ("test_adapter", "needs adapter: there is no /dev/none"),
    ],
)
def test_it_says_what_was_seen(ran, name, message):
    assert ran.cases[name].message == message


def test_the_traceback_is_of_the_test_alone(ran):
    text = ran.cases["test_fails"].text
    assert 'bench.expect("heat_pump:state == TRIPPED"' in text
    assert "/hil/pytest_plugin/" not in text


def test_what_a_failed_test_wrote_is_put_back(ran, folder):
    lines = (folder / "temp" / "test_fails0" / "gate" / "audit.jsonl").read_text().splitlines()
    told = [json.loads(line) for line in lines]
    assert [t["event"] for t in told][-3:] == ["confirmed", "put back", "disarmed"]
    assert (told[-2]["before"], told[-2]["found"]) == ([85.0], [75.0])


def test_what_was_seen_is_kept(ran, folder):
    kept = folder / "temp" / "test_fails0"
    assert str(kept / "trace.csv") in ran.said
    with (kept / "trace.csv").open() as file:
        rows = list(csv.DictReader(file))
    # three cycles to connect, one after the forced reading; the gate has its own
    assert float(rows[-1]["t [s]"]) == len(rows)
    assert rows[-1]["heat_pump:T_outdoor [K]"] == "263.15"
    assert rows[0]["heat_pump:u_run [-]"] == "1"  # nobody spoke of it, and it is there all the same
    actions = [step["action"] for step in json.loads((kept / "steps.json").read_text())]
    assert actions == ["set", "force", "expect"]
    assert "✗ step 3: fail" in (kept / "picture.svg").read_text(encoding="utf-8")
    assert not (folder / "temp" / "test_passes0" / "trace.csv").exists()


def test_an_assert_is_a_step_in_the_picture(ran, folder):
    (step,) = json.loads((folder / "temp" / "test_asserts0" / "steps.json").read_text())[1:]
    assert (step["action"], step["verdict"], step["end_s"]) == ("assert", "fail", 120.0)


def test_junit_says_what_it_ran_on(ran):
    told = ran.cases["test_passes"].properties
    assert told["hukka_site"] == ["mantsala"]
    assert told["hukka_transport"] == ["loopback"]
    assert told["hukka_seed"] == ["1"]
    assert told["plant_time_s"] == ["1805.0"]
    assert told["writes"] == ["1"]
    assert told["requirement"] == ["SPEC-4.2", "SPEC-9"]
    assert len(told["site_sha256"][0]) == len(told["fmu_sha256.heat_pump"][0]) == 64
    assert ran.cases["test_plain"].properties == {}
    assert float(ran.cases["test_procedure"].properties["plant_time_s"][0]) > 600.0


def test_requirements_are_summed_up(ran):
    assert "\nSPEC-4.2  failed   1 failed, 1 passed\nSPEC-9    passed   1 passed\n" in ran.said


def test_the_header_says_what_it_runs_on(ran):
    line = "hukka: site mantsala, transport loopback, seed 1, cycle 1s, warm-up 20m"
    assert line in ran.said.splitlines()
