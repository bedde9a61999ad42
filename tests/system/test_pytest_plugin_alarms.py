"""`expect_no_alarm` on a real twin: what stands, what comes, and when nobody can say."""

from plugin_desk import run

WARM = ("--hukka-site", "mantsala", "--hukka-warmup", "10m")
"""The twin judges nothing before its 20th minute."""

SUITE = """
import pytest

from hil.pytest_plugin.steps import Inconclusive, Unmet

FOULED = "heat_pump.condenser_fouling=0.5"


def test_one_that_stands(bench):
    bench.fault(FOULED)
    bench.expect_alarm("heat_pump", within="2 h")
    for part in ("heat_pump", None):
        with pytest.raises(Unmet, match="has one already, by "):
            bench.expect_no_alarm(part, hold="1 min")


def test_one_that_comes(bench):
    bench.fault(FOULED)
    with pytest.raises(Unmet, match="heat_pump raised one, by heat_pump"):
        bench.expect_no_alarm("heat_pump", hold="2 h")


def test_a_twin_that_has_just_begun(bench):
    for part in ("heat_pump", None):
        with pytest.raises(Inconclusive, match="heat_pump: not observable, it has just begun"):
            bench.expect_no_alarm(part, hold="10 s")


def test_too_short_to_be_judged(bench):
    bench.run(minutes=11)
    with pytest.raises(Inconclusive, match="judges every 10 s, and did not in these 0 s"):
        bench.expect_no_alarm("heat_pump", hold="0 s")


def test_quiet(bench):
    bench.run(minutes=11)
    bench.expect_no_alarm("heat_pump", hold="30 s")
    bench.expect_no_alarm(hold="30 s")
"""


def test_silence_of_the_twin_is_believed_only_where_it_would_speak(tmp_path):
    ran = run(tmp_path, *WARM, test_suite=SUITE)
    assert len(ran.outcomes) == 5
    assert set(ran.outcomes.values()) == {"passed"}, ran.said
