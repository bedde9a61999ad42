"""`alarms.yaml`: what may be said, and how it is refused; priorities by consequence."""

import csv
from pathlib import Path

import pytest

import twin.site
from hil.alarms import load_settings
from twin.alarms.priority import consequence_of, consequences, priority_of
from twin.errors import BadInput
from twin.site import load_site

CATALOGUE = Path(twin.site.__file__).with_name("faults.csv")


@pytest.fixture
def told(tmp_path):
    def write(text):
        path = tmp_path / "alarms.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


GOOD = """
operators: 2
forget_after: 12 h
priorities: {sensor: diagnostic, fan_loss: medium}
links: {delay_on: 1 min, priority: low}
limits:
  hot:
    signal: cooling_loop.T_supply
    above: 32 degC
    deadband: 0.5 K
    text: look at the fans
"""


def test_limits_are_in_si(told):
    found = load_settings(told(GOOD), load_site("mantsala"))
    (limit,) = found.limit_map().values()
    assert (limit.value, limit.deadband, limit.side) == (pytest.approx(305.15), 0.5, "above")
    assert (limit.delay_on_ns, limit.delay_off_ns) == (60 * 10**9, 60 * 10**9)
    assert limit.text == "above 32 degC; look at the fans"
    assert found.link_rule().delay_on_ns == 60 * 10**9
    assert found.operators == 2


def test_a_command_may_have_a_limit(told):
    site = load_site("mantsala")
    command = site.commands[0]
    text = GOOD.replace("cooling_loop.T_supply", command).replace("32 degC", "0.95 -")
    found = load_settings(told(text.replace("0.5 K", "0.02 -")), site)
    assert [limit.signal for limit in found.limit_map().values()] == [command]


def test_without_a_file_all_defaults_hold(tmp_path, told):
    absent = load_settings(tmp_path / "none.yaml")
    assert absent.limit_map() == {}
    assert load_settings(None) == absent
    assert load_settings(told("\n# operators: 2\n")) == absent
    with pytest.raises(BadInput, match=str(tmp_path)):
        load_settings(tmp_path)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("above: 32 degC", "abov: 32 degC"), "alarms.yaml:9 limits.hot: unknown key 'abov', did"),
        (("cooling_loop.T_supply", "cooling_loop.T_suply"), "alarms.yaml:8 limits.hot.signal: unk"),
        (("32 degC", "32 kW"), "deadband"),
        (("0.5 K", "-0.5 K"), "must be ≥ 0"),
        (("    above: 32 degC\n", ""), "needs one of 'above' and 'below'"),
        (("32 degC", "32"), "must be a number with its unit"),
        (
            ("fan_loss: medium", "fan_los: medium"),
            "unknown fault or consequence 'fan_los', did you",
        ),
        (("fan_loss: medium", "fan_loss: urgent"), "must be one of high, medium, low, diagnostic"),
        (("operators: 2", "operators: 0"), "alarms.yaml:2 operators = 0: must be ≥ 1"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(told, wrong, words):
    with pytest.raises(BadInput) as caught:
        load_settings(told(GOOD.replace(*wrong)), load_site("mantsala"))
    assert words in str(caught.value)


def test_a_limit_in_another_unit_than_its_signal_is_refused(told):
    text = GOOD.replace("32 degC", "3 bar").replace("0.5 K", "0.1 bar")
    with pytest.raises(BadInput, match="is measured in degC"):
        load_settings(told(text), load_site("mantsala"))


def test_every_fault_of_the_catalogue_has_a_consequence():
    with CATALOGUE.open(encoding="utf-8", newline="") as file:
        words = {row["fault"].rpartition(".")[2] for row in csv.DictReader(file)}
    assert words | {"dead"} == set(consequences())


@pytest.mark.parametrize(
    ("fault", "consequence", "priority"),
    [
        ("fan_loss", "servers", "high"),
        ("unit2.condenser_fouling", "efficiency", "medium"),
        ("cdu_fouling[7]", "efficiency", "medium"),
        ("harbour.leak", "heat", "high"),
        ("T_consumer.bias", "sensor", "low"),
        ("heat_pump.silent", "link", "diagnostic"),
        (None, "unknown", "medium"),
        ("made_up", "unknown", "medium"),
    ],
)
def test_priorities_follow_from_consequences(fault, consequence, priority):
    assert consequence_of(fault) == consequence
    assert priority_of(fault, {}) == priority


def test_a_site_may_see_it_otherwise():
    own = {"sensor": "diagnostic", "bias": "medium", "T_consumer.bias": "high"}
    assert priority_of("T_consumer.bias", own) == "high"
    assert priority_of("T_other.bias", own) == "medium"
    assert priority_of("T_other.drift", own) == "diagnostic"
    assert priority_of("fan_loss", own) == "high"
